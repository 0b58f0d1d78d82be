"""What happened in the account: `/v1/events`, and live: `/v1/stream`."""

from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Request as HttpRequest
from litestar import get
from litestar.datastructures import State
from litestar.params import FromQuery
from litestar.response import Stream
from msgspec import Struct

from stepaside.api.auth import READ, is_valid
from stepaside.api.call import Called
from stepaside.api.paging import Items, Paged
from stepaside.core.errors import InvalidField
from stepaside.core.events import EventType
from stepaside.live.cursor import Cursor
from stepaside.live.hub import Hub
from stepaside.live.sse import HEADERS, MEDIA_TYPE, parse_last_event_id, sse_stream
from stepaside.store.codec import changes_to_json
from stepaside.store.events import StoredEvent, account_events


class EventView(Struct, kw_only=True):
    """Something that happened.

    id: where a list or a stream goes on after it.
    actor: `contact`, `bot`, `staff:<id>`, `outside`, `api` or `timer`.
    changes: the fields of the conversation it set.
    data: what a reader wants to know besides, by the type of event.
    """

    id: str
    type: EventType
    at: datetime
    actor: str
    conversation_id: str | None
    changes: dict[str, Any]
    data: dict[str, Any]


@get("/events", scopes=READ)
async def list_events(call: Called, page: Paged) -> Items[EventView]:
    """List the account's events, the oldest first. `after` is any event's id.

    The list ends where events may still come in between: ask again with the last id.
    """
    after = _cursor(page.after) if page.after else Cursor(0, 0)
    async with call.transaction() as tx:
        rows = await account_events(tx, after, page.one_more)
    return page.of(rows, event_view, lambda event: event.cursor)


@get(
    "/stream",
    scopes=READ,
    answers=str,
    answers_in=MEDIA_TYPE,
    reads_headers={"Last-Event-ID": False},
)
async def stream(
    request: HttpRequest[Any, Any, State],
    call: Called,
    conversation_id: FromQuery[str | None] = None,
) -> Stream:
    """Follow the account's events as server-sent events.

    Each event's `id` goes back as `Last-Event-ID` to go on after it; without one the
    stream begins now. `conversation_id`: only what happens there. Ends within seconds
    of the key being revoked.
    """
    hub: Hub = request.app.state.hub
    after = parse_last_event_id(request.headers.get("last-event-id"))
    feed = hub.subscribe(call.account_id, after, conversation_id)
    reading = sse_stream(feed, _render, still_there=partial(is_valid, request))
    return Stream(reading, media_type=MEDIA_TYPE, headers=HEADERS)


ROUTES: Final = (list_events, stream)


def event_view(stored: StoredEvent) -> EventView:
    """An event as it is shown."""
    event = stored.event
    return EventView(
        id=stored.cursor,
        type=event.type,
        at=event.at,
        actor=str(event.actor),
        conversation_id=stored.conversation_id,
        changes=changes_to_json(event.changes),
        data=dict(event.data),
    )


async def _render(stored: StoredEvent) -> str:
    return msgspec.json.encode(event_view(stored)).decode()


def _cursor(text: str) -> Cursor:
    try:
        return Cursor.parse(text)
    except ValueError:
        raise InvalidField("after", "not the id of an event") from None
