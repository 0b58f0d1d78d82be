"""Events as a stream of server-sent events, for any web framework.

Source: the HTML standard, section 9.2, "Server-sent events".
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from stepaside.live.cursor import Cursor
from stepaside.live.feed import Feed
from stepaside.store.events import StoredEvent

MEDIA_TYPE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Proxies hold a stream back without the second one."""
HEARTBEAT: Final = 15.0
"""Seconds; proxies close what is silent for a minute."""
LIFETIME: Final = 3600.0
"""Seconds after which a reader must come back and show again who it is."""
_RETRY: Final = b"retry: 1000\n"

StillThere = Callable[[], Awaitable[bool]]
"""Whether the reader may go on reading."""
Render = Callable[[StoredEvent], Awaitable[str | None]]
"""What the reader is told about an event; None when it is not for this reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What a reader is told besides events: at once, and never again.

    say: asked whenever `nudge` is set; None for nothing.
    """

    say: Callable[[], str | None] = lambda: None
    nudge: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self) -> bytes | None:
        """What is to be told now; None where nothing has changed."""
        if not self.nudge.is_set():
            return None
        self.nudge.clear()
        said = self.say()
        return None if said is None else sse_event(said)


def parse_last_event_id(text: str | None) -> Cursor | None:
    """Read the header `Last-Event-ID`; None when it is missing or not one of ours."""
    try:
        return Cursor.parse(text) if text else None
    except ValueError:
        return None


def sse_event(data: str, *, event: str | None = None, id: str | None = None) -> bytes:  # noqa: A002 - the name of the field
    """Return one server-sent event.

    id: what the reader sends back as `Last-Event-ID` when it reconnects.
    """
    fields = [f"id: {id}"] if id else []
    fields += [f"event: {event}"] if event else []
    # Not splitlines: it also splits where the standard does not, inside of JSON.
    fields += [f"data: {line}" for line in re.split(r"\r\n|\r|\n", data)]
    return ("\n".join(fields) + "\n\n").encode()


async def sse_stream(
    feed: Feed,
    render: Render,
    *,
    still_there: StillThere | None = None,
    aside: Aside | None = None,
    heartbeat: float = HEARTBEAT,
    lifetime: float = LIFETIME,
) -> AsyncGenerator[bytes]:
    """Yield a feed as server-sent events, and a comment each `heartbeat` of silence.

    Begins with the feed's cursor, so that a reader who has seen no event yet also
    misses none when it reconnects. Ends with the feed, or after `lifetime` seconds.
    Closes the feed.

    still_there: asked each `heartbeat`, however much happens; False ends the stream.
        None: whoever began to read may read on.
    aside: what is told besides; None for nothing.
    """
    upcoming: asyncio.Future[StoredEvent] | None = None
    aside = aside or Aside()
    loop = asyncio.get_running_loop()
    until = loop.time() + lifetime
    look_at = loop.time() + heartbeat
    try:
        yield _RETRY + f"id: {await feed.start()}\n\n".encode()
        while loop.time() < until:
            upcoming = upcoming or asyncio.ensure_future(anext(feed))
            is_silent = not await _wait(upcoming, aside, heartbeat)
            if still_there and loop.time() >= look_at:
                if not await still_there():
                    return
                look_at = loop.time() + heartbeat
            if said := b":\n\n" if is_silent else aside.take():
                yield said
            if upcoming.done():
                if said := await _rendered(upcoming.result(), render):
                    yield said
                upcoming = None
    except StopAsyncIteration:
        return
    finally:
        await _close(feed, upcoming)


async def _rendered(event: StoredEvent, render: Render) -> bytes | None:
    data = await render(event)
    if data is None:
        return None
    return sse_event(data, event=event.event.type, id=event.cursor)


async def _wait(
    upcoming: asyncio.Future[StoredEvent], aside: Aside, seconds: float
) -> bool:
    """Wait for the one or the other, or so long; whether one of them came."""
    nudged = asyncio.ensure_future(aside.nudge.wait())
    either: set[asyncio.Future[Any]] = {upcoming, nudged}
    try:
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        nudged.cancel()
    return upcoming.done() or aside.nudge.is_set()


async def _close(feed: Feed, upcoming: "asyncio.Future[StoredEvent] | None") -> None:
    try:
        if upcoming:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
    finally:
        await feed.aclose()
