"""The stream of a page: gathers what happens at once, and tells it in one go."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from stepaside.live.feed import Feed
from stepaside.live.sse import sse_event
from stepaside.store.errors import without_values
from stepaside.store.events import StoredEvent

log = structlog.get_logger(__name__)

GATHER: Final = 0.05
"""Seconds: what one commit wrote, and what follows from it, is drawn once."""
PULSE: Final = 15.0
"""Seconds between signs of life, by which the page knows that it is not cut off."""
LIFETIME: Final = 3600.0
"""Seconds after which the page comes back and shows again who it is."""
LOOK_AGAIN: Final = 1.0
"""Seconds until the first look at what goes on silently; doubled for each further."""
_MOST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a page is told. `look_again`: something is under way no event will tell."""

    html: str
    look_again: bool = False


Draw = Callable[[Sequence[StoredEvent]], Coroutine[Any, Any, Drawn]]
"""Draws what changed; of no events, what may have changed silently."""
Pulse = Callable[[], str]
"""What a sign of life says."""
StillThere = Callable[[], Awaitable[bool]]
"""Whether the reader may go on reading."""


async def stream(
    feed: Feed,
    draw: Draw,
    still_there: StillThere,
    pulse: Pulse,
    *,
    nudge: asyncio.Event | None = None,
    pulse_every: float = PULSE,
) -> AsyncGenerator[bytes]:
    """Yield a feed as server-sent events for a page.

    nudge: whenever it is set, a sign of life goes out at once.

    Ends with the feed, after `LIFETIME`, or once the reader has no session any more.
    Closes the feed. A reader who leaves interrupts neither that nor a query: a query
    broken off costs its connection.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + LIFETIME
    source = _Batches(feed, nudge or asyncio.Event())
    wait = pulse_every
    try:
        start = str(await feed.start())
        yield sse_event(pulse(), event="pulse", id=start)
        while loop.time() < until:
            batch = await source.take(wait)
            if source.was_nudged() or (not batch and wait >= pulse_every):
                if not await still_there():
                    return
                yield sse_event(pulse(), event="pulse")
            elif not batch:
                drawn = await asyncio.shield(draw(()))
                yield sse_event(drawn.html)
                wait = _patience(drawn, wait * 2, pulse_every)
            if batch:
                drawn = await asyncio.shield(draw(batch))
                yield sse_event(drawn.html, id=batch[-1].cursor)
                wait = _patience(drawn, LOOK_AGAIN, pulse_every)
    except StopAsyncIteration:
        return
    except Exception as error:  # noqa: BLE001 - the page comes back and tries again
        log.warning(
            "desk_stream_broke",
            error=type(error).__name__,
            detail=without_values(error),
        )
    finally:
        await asyncio.shield(source.close())


def _patience(drawn: Drawn, soon: float, most: float) -> float:
    """Seconds until the next look of one's own accord."""
    return min(soon, most) if drawn.look_again else most


class _Batches:
    """A feed, some events at a time."""

    def __init__(self, feed: Feed, nudge: asyncio.Event) -> None:
        self._feed = feed
        self._nudge = nudge
        self._upcoming: asyncio.Future[StoredEvent] | None = None

    async def take(self, seconds: float) -> list[StoredEvent]:
        """Everything that comes within a breath of the first; empty if none comes.

        Raises: StopAsyncIteration: the feed has ended.
        """
        first = await self._next(seconds)
        if first is None:
            return []
        batch = [first]
        loop = asyncio.get_running_loop()
        until = loop.time() + GATHER
        while len(batch) < _MOST and (left := until - loop.time()) > 0:
            event = await self._next(left)
            if event is None:
                break
            batch.append(event)
        return batch

    async def _next(self, seconds: float) -> StoredEvent | None:
        if self._upcoming is None:
            self._upcoming = asyncio.ensure_future(anext(self._feed))
        upcoming = self._upcoming
        nudged = asyncio.ensure_future(self._nudge.wait())
        either: set[asyncio.Future[Any]] = {upcoming, nudged}
        try:
            await asyncio.wait(
                either,
                timeout=seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            nudged.cancel()
        if not upcoming.done():
            return None
        self._upcoming = None
        return upcoming.result()

    def was_nudged(self) -> bool:
        """Whether something besides events is to be told; once for each time."""
        nudged = self._nudge.is_set()
        self._nudge.clear()
        return nudged

    async def close(self) -> None:
        """Stop reading, and close the feed."""
        try:
            if self._upcoming:
                self._upcoming.cancel()
                await asyncio.gather(self._upcoming, return_exceptions=True)
        finally:
            await self._feed.aclose()
