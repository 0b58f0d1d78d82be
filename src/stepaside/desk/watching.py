"""The live side of a page: its stream, and the answer to what was done on it."""

import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import FromQuery
from litestar.response import Stream
from msgspec import Meta

from stepaside.core.events import EventType
from stepaside.core.ids import ConversationId
from stepaside.desk.listing import parse_only
from stepaside.desk.live import Drawn, stream
from stepaside.desk.pages import BUILD
from stepaside.desk.task_list import TaskList
from stepaside.desk.updates import Toast, Updates, Watching, draw_updates
from stepaside.desk.visit import Visit, Visited
from stepaside.live.presence import CONTACT
from stepaside.live.sse import HEADERS, MEDIA_TYPE, parse_last_event_id
from stepaside.store.accounts import get_account
from stepaside.store.desk_lists import Listing, View
from stepaside.store.events import StoredEvent
from stepaside.store.sessions import find_session
from stepaside.store.staff import load_roster


@get("/stream", status_code=200)
async def follow(
    visit: Visited,
    *,
    view: FromQuery[View] = View.ALL,
    q: FromQuery[Annotated[str, Meta(max_length=100)]] = "",
    conversation: FromQuery[str | None] = None,
    since: FromQuery[datetime | None] = None,
    whose: FromQuery[str] = "",
    after: FromQuery[str | None] = None,
) -> Stream:
    """What changes on a page, while it is open."""
    watching = Watching(
        listing=Listing(
            view=view,
            me=visit.me.staff_id,
            search=q.strip(),
            only=parse_only(visit.request.query_params),
        ),
        conversation_id=conversation,
        since=since,
        tasks=TaskList.parse(whose),
    )
    last = visit.request.headers.get("last-event-id") or after
    return Stream(
        _events(visit, watching, last), media_type=MEDIA_TYPE, headers=HEADERS
    )


async def draw(
    visit: Visit,
    watching: Watching,
    changed: Sequence[str],
    *,
    events: Sequence[StoredEvent] = (),
    toasts: Iterable[Toast] = (),
) -> Updates:
    """Draw what these conversations changed on a page, in a transaction of its own."""
    async with visit.transaction() as tx:
        times = visit.times((await get_account(tx)).time_zone)
        return await draw_updates(
            tx, visit.me, watching, times, changed, events=events, toasts=toasts
        )


def _somebody_came(events: Iterable[StoredEvent]) -> bool:
    """Whether it is another one who can be given a conversation: its menu says so."""
    return any(e.event.type is EventType.AVAILABILITY_CHANGED for e in events)


async def _events(
    visit: Visit, watching: Watching, last: str | None
) -> AsyncGenerator[bytes]:
    feed = visit.desk.hub.subscribe(visit.account_id, after=parse_last_event_id(last))

    async def drawn(events: Sequence[StoredEvent]) -> Drawn:
        ids = [e.conversation_id for e in events if e.conversation_id]
        if watching.conversation_id and (not events or _somebody_came(events)):
            ids.append(ConversationId(watching.conversation_id))
        # All of them, since nothing tells them again: a batch has an end of its own.
        changed = list(dict.fromkeys(reversed(ids)))
        updates = await draw(visit, watching, changed, events=events)
        return Drawn(html=updates.html, look_again=updates.look_again)

    async def still_there() -> bool:
        db, now = visit.desk.rt.db, visit.now()
        return await find_session(db, visit.me.token, now) is not None

    place = (visit.account_id, watching.conversation_id or "")
    presence = visit.desk.hub.presence

    def pulse() -> str:
        others = [
            {"name": names[one.who], "writes": one.writes}
            for one in presence.others(place, visit.me.staff_id)
            if one.who in names
        ]
        told = {
            "now": visit.now().isoformat(),
            "build": BUILD,
            "others": others,
            "contact_writes": presence.writes(place, CONTACT),
        }
        return json.dumps(told)

    async with visit.transaction() as tx:
        roster = await load_roster(tx)
    names = {str(member.id): member.first_name for member in roster.staff.values()}
    with presence.follow(place) as nudge:
        async for chunk in stream(feed, drawn, still_there, pulse, nudge=nudge):
            yield chunk
