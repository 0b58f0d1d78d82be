"""The pages of the inbox: a list, and beside it the conversation that is open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from stepaside.desk.control import by_name
from stepaside.desk.filters import read_chips
from stepaside.desk.frame import open_frame
from stepaside.desk.listing import (
    link,
    parse_only,
    parse_place,
    read_counts,
    read_list,
)
from stepaside.desk.moments import snooze_moments
from stepaside.desk.pages import ROOT, page
from stepaside.desk.shown import MANY, Shown, read_conversation, read_earlier
from stepaside.desk.times import Clockwork
from stepaside.desk.visit import Visit, Visited, is_partial
from stepaside.store.accounts import get_account
from stepaside.store.database import Tx
from stepaside.store.desk_lists import Listing, View
from stepaside.store.errors import NotFound
from stepaside.store.notification_lists import read_about
from stepaside.store.setup import read_setup
from stepaside.store.staff import load_roster
from stepaside.store.teams import list_teams

Search = Annotated[str, Meta(max_length=100)]


@get(["/", "/conversations"])
async def show_list(
    visit: Visited,
    view: FromQuery[View] = View.UNASSIGNED,
    q: FromQuery[Search] = "",
    after: FromQuery[str] = "",
) -> Response[Any]:
    """A list; with `after`, only its next rows."""
    if visit.request.url.path.rstrip("/") == ROOT:
        return Redirect(await _first_page(visit, view))
    listing = _listing(visit, view, q)
    if after:
        return await _more_rows(visit, listing, after)
    return await _inbox(visit, listing, None)


@get("/conversations/{conversation_id:str}")
async def show_conversation(
    visit: Visited,
    conversation_id: FromPath[str],
    view: FromQuery[View] = View.ALL,
    q: FromQuery[Search] = "",
) -> Response[str]:
    """A conversation beside the list it was opened from; for htmx, without the list."""
    listing = _listing(visit, view, q)
    if is_partial(visit.request):
        return await _stage(visit, listing, conversation_id)
    return await _inbox(visit, listing, conversation_id)


@get("/conversations/{conversation_id:str}/earlier")
async def show_earlier(
    visit: Visited, conversation_id: FromPath[str], before: FromQuery[datetime]
) -> Response[str]:
    """What came before an instant in a transcript, one page of it."""
    async with visit.transaction() as tx:
        times = await _times(tx, visit)
        earlier = await read_earlier(tx, visit.me, conversation_id, times, before)
    return page("earlier.html", earlier=earlier, times=times)


async def _first_page(visit: Visit, view: View) -> str:
    """The inbox; for who may set it up, the set-up while there is no bot at all."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "conversations")
        is_new = frame["may_configure"] and not (await read_setup(tx)).bot_id
    return f"{ROOT}/start" if is_new else link(view)


def _listing(visit: Visit, view: View, q: str) -> Listing:
    only = parse_only(visit.request.query_params)
    return Listing(view=view, me=visit.me.staff_id, search=q.strip(), only=only)


async def _inbox(
    visit: Visit, listing: Listing, conversation_id: str | None
) -> Response[str]:
    async with visit.transaction() as tx:
        await _seen(tx, visit, conversation_id)
        frame = await open_frame(tx, visit, "conversations")
        times = frame["times"]
        roster = await load_roster(tx)
        shown = await _find(tx, visit, conversation_id, times)
        missing = conversation_id is not None and shown is None
        return page(
            "inbox.html",
            status=404 if missing else 200,
            **frame
            | {
                "listed": await read_list(tx, listing, times),
                "listing": listing,
                "chips": await read_chips(tx, listing, roster),
                "staff_to_choose": by_name(roster),
                "teams_to_choose": await list_teams(tx, limit=MANY),
                "snoozes": snooze_moments(times.now, times.zone),
                "shown": shown,
                "missing": missing,
            },
        )


async def _stage(visit: Visit, listing: Listing, conversation_id: str) -> Response[str]:
    cursor = visit.desk.hub.position
    async with visit.transaction() as tx:
        times = await _times(tx, visit)
        await _seen(tx, visit, conversation_id)
        counts = await read_counts(tx, visit.me)
        shown = await _find(tx, visit, conversation_id, times)
    return page(
        "stage_part.html",
        status=200 if shown else 404,
        me=visit.me,
        times=times,
        listing=listing,
        shown=shown,
        missing=shown is None,
        cursor=cursor,
        counts=counts,
    )


async def _seen(tx: Tx, visit: Visit, conversation_id: str | None) -> None:
    """Who opens a conversation has read what they were told about it."""
    if conversation_id:
        await read_about(tx, visit.me.staff_id, conversation_id, visit.now())


async def _find(
    tx: Tx, visit: Visit, conversation_id: str | None, times: Clockwork
) -> Shown | None:
    if conversation_id is None:
        return None
    try:
        return await read_conversation(tx, visit.me, conversation_id, times, None)
    except NotFound:
        return None


async def _more_rows(visit: Visit, listing: Listing, after: str) -> Response[str]:
    async with visit.transaction() as tx:
        times = await _times(tx, visit)
        listed = await read_list(tx, listing, times, parse_place(after))
    return page("more_rows.html", listed=listed, listing=listing, times=times)


async def _times(tx: Tx, visit: Visit) -> Clockwork:
    return visit.times((await get_account(tx)).time_zone)


CONVERSATION_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_list,
    show_conversation,
    show_earlier,
)
