"""Narrowing a list: the filters, the chips that name them, and views that are kept."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post
from litestar.exceptions import ValidationException
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from stepaside.core.conversation import Control, Status
from stepaside.core.ids import BotId, StaffId, TeamId
from stepaside.core.policy import Cause
from stepaside.core.roster import Roster
from stepaside.desk import words
from stepaside.desk.control import by_name, name_of
from stepaside.desk.forms import Form
from stepaside.desk.frame import go_on
from stepaside.desk.listing import link, parse_only
from stepaside.desk.pages import page
from stepaside.desk.shown import MANY
from stepaside.desk.times import date as day_text
from stepaside.desk.visit import Visited
from stepaside.desk.words import _
from stepaside.store.bots import find_bot, list_bots
from stepaside.store.database import Tx
from stepaside.store.desk_lists import Listing, View, count_found, list_tags
from stepaside.store.inboxes import InboxKind, list_inboxes
from stepaside.store.saved_views import (
    SavedView,
    create_saved_view,
    delete_saved_view,
    list_saved_views,
)
from stepaside.store.staff import load_roster
from stepaside.store.teams import list_teams, team_names, team_queues
from stepaside.store.workflows import list_workflows

_COUNTED: Final = 99
"""Saved views are counted so far: they are many, and counted together."""
Search = Annotated[str, Meta(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter that is on. without: the address of the list without it."""

    name: str
    text: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One filter: what it is called, its values with their names, and the present."""

    name: str
    label: str
    options: list[tuple[str, str]]
    value: str


class ViewForm(Form, kw_only=True):
    """A list to keep under a name."""

    name: Annotated[str, Meta(max_length=60)] = ""
    is_shared: str = ""


async def read_chips(tx: Tx, listing: Listing, roster: Roster) -> list[Chip]:
    """The filters that are on, in words."""
    chips = []
    for name, value in listing.only.given.items():
        said = _value(name, value, roster)
        if name == "bot":
            bot = await find_bot(tx, BotId(value))
            said = bot.name if bot else _("deleted")
        if name == "workflow":
            flows = {str(flow.id): flow.name for flow in await list_workflows(tx)}
            said = flows.get(value, _("deleted"))
        if name == "team":
            said = (await team_names(tx)).get(TeamId(value)) or _("deleted")
        text = _("%(filter)s: %(value)s", filter=_(LABELS[name]), value=said)
        only = replace(listing.only, **{name: None})
        without = link(listing.view, listing.search, only=only)
        chips.append(Chip(name=name, text=text, without=without))
    return chips


@get("/filters")
async def show_filters(
    visit: Visited, view: FromQuery[View] = View.ALL, q: FromQuery[Search] = ""
) -> Response[str]:
    """What a list can be narrowed to."""
    only = parse_only(visit.request.query_params)
    listing = Listing(view=view, me=visit.me.staff_id, search=q.strip(), only=only)
    async with visit.transaction() as tx:
        choices = [choice async for choice in _choices(tx, listing)]
    return page("filters.html", choices=choices, listing=listing, labels=LABELS)


@get("/views")
async def show_views(visit: Visited) -> Response[str]:
    """The views that are kept."""
    async with visit.transaction() as tx:
        views = await list_saved_views(tx, visit.me.staff_id)
        counts = {view.id: await _count(tx, view, visit.me.staff_id) for view in views}
        queues = await team_queues(tx, visit.me.staff_id)
    return page(
        "saved_views.html", views=views, counts=counts, queues=queues, me=visit.me
    )


@post("/views", status_code=HTTP_200_OK)
async def save_view(visit: Visited, data: URLEncodedBody[ViewForm]) -> Response[Any]:
    """Keep the list that is shown."""
    listing = data.listing(visit.me.staff_id)
    name = data.name.strip() or _("Unnamed view")
    async with visit.transaction() as tx:
        await create_saved_view(
            tx,
            visit.me.staff_id,
            name,
            urlencode(listing.query),
            is_shared=bool(data.is_shared),
            now=visit.now(),
        )
    return _to(urlencode(listing.query), _("View “%(name)s” is kept.", name=name))


@post("/views/{view_id:str}/delete", status_code=HTTP_200_OK)
async def drop_view(
    visit: Visited, view_id: FromPath[str], data: URLEncodedBody[Form]
) -> Response[Any]:
    """Let a view go."""
    async with visit.transaction() as tx:
        view = await delete_saved_view(tx, view_id, visit.me.staff_id)
    query = urlencode(data.listing(visit.me.staff_id).query)
    return _to(query, _("View “%(name)s” is gone.", name=view.name))


async def _count(tx: Tx, view: SavedView, me: StaffId) -> str:
    """How much a view holds now; empty for one that searches, or says nothing now."""
    try:
        listing = parse_query(view.query, Listing(view=View.ALL, me=me))
    except (ValueError, ValidationException):
        return ""  # of a version that knew other filters
    if listing.search:
        return ""
    found = await count_found(tx, listing, most=_COUNTED)
    return f"{_COUNTED}+" if found > _COUNTED else str(found)


def parse_query(query: str, listing: Listing) -> Listing:
    """The list that a saved query names, for the same reader."""
    values = dict(parse_qsl(query))
    view = View(values.get("view", View.ALL))
    search = values.get("q", "")
    return replace(listing, view=view, search=search, only=parse_only(values))


def _to(query: str, said: str) -> Response[Any]:
    return go_on(f"/conversations?{query}", said)


LABELS: Final[Mapping[str, str]] = {
    "control": words.mark("Who has it"),
    "status": words.mark("Status"),
    "assignee": words.mark("Held by"),
    "channel": words.mark("Channel"),
    "scenario": words.mark("Handed over because"),
    "bot": words.mark("Bot"),
    "tag": words.mark("Tag"),
    "workflow": words.mark("Workflow"),
    "from_day": words.mark("Last message from"),
    "to_day": words.mark("Last message until"),
    "team": words.mark("Team"),
}
KINDS: Final[Mapping[str, str]] = {
    InboxKind.API: words.mark("API"),
    InboxKind.WIDGET: words.mark("Website chat"),
    InboxKind.WEBHOOK: words.mark("Webhook"),
}
"""What channels are called; others go by their own name."""


def _value(name: str, value: str, roster: Roster) -> str:
    said: Mapping[str, Callable[[], str]] = {
        "control": lambda: _(words.CONTROL[Control(value)]),
        "status": lambda: _(words.STATUS[Status(value)]),
        "assignee": lambda: name_of(StaffId(value), roster),
        "channel": lambda: _kind(value),
        "scenario": lambda: words.cause(value),
        "from_day": lambda: _day(value),
        "to_day": lambda: _day(value),
    }
    return said[name]() if name in said else value


def _day(value: str) -> str:
    return day_text(datetime.fromisoformat(value).replace(tzinfo=UTC), UTC)


def _kind(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind.replace("_", " ").capitalize()


async def _choices(tx: Tx, listing: Listing) -> AsyncIterator[Choice]:
    roster = await load_roster(tx)
    kinds = {str(inbox.kind) for inbox in await list_inboxes(tx)}
    bots = [(b.bot.id, b.bot.name) for b in await list_bots(tx)]
    tags = await list_tags(tx)
    options: Mapping[str, list[tuple[str, str]]] = {
        "control": [(str(c), _(words.CONTROL[c])) for c in Control],
        "status": [(str(s), _(words.STATUS[s])) for s in Status],
        "assignee": [(str(m.id), m.name) for m in by_name(roster)],
        "channel": [(kind, _kind(kind)) for kind in sorted(kinds)],
        "scenario": [(str(c), words.cause(c)) for c in Cause],
        "bot": [(str(bot_id), name) for bot_id, name in bots],
        "workflow": [(str(f.id), f.name) for f in await list_workflows(tx)],
        "tag": [(tag, tag) for tag in tags],
        "team": [(team.id, team.name) for team in await list_teams(tx, limit=MANY)],
    }
    given = listing.only.given
    for name, values in options.items():
        yield Choice(
            name=name,
            label=_(LABELS[name]),
            options=_with(values, given.get(name, "")),
            value=given.get(name, ""),
        )


def _with(options: list[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    """What is chosen can be chosen, whatever became of it."""
    known = {key for key, _name in options}
    return [*options, (value, value)] if value and value not in known else options


FILTER_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_filters,
    show_views,
    save_view,
    drop_view,
)
