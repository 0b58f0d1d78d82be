"""Lists of conversations as the desk shows them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from litestar.exceptions import ValidationException

from stepaside.core.conversation import Control, Status
from stepaside.core.roster import Roster
from stepaside.core.schedule import PATIENCE
from stepaside.core.turn import Author
from stepaside.desk import words
from stepaside.desk.control import Holder, holder
from stepaside.desk.deadlines import Due, Owed, Urgency, dues
from stepaside.desk.pages import ROOT
from stepaside.desk.pausing import Return, brought_back_by
from stepaside.desk.times import Clockwork
from stepaside.desk.visit import Me
from stepaside.desk.words import _
from stepaside.store.database import Tx
from stepaside.store.desk_lists import (
    ConversationRow,
    Listing,
    Narrow,
    Place,
    View,
    count_listed,
    list_conversations,
    rows_of,
)
from stepaside.store.desk_tasks import count_open_tasks
from stepaside.store.notification_lists import count_unread
from stepaside.store.staff import load_roster

NARROWED: Final = tuple(field.name for field in fields(Narrow))
"""The names of the filters, in addresses and forms."""
PAGE: Final = 30
"""Rows at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One conversation in a list, ready to be shown.

    order: rows of a list stand by this number, the smallest on top.
    said_by: who said the last words; empty for the contact.
    is_overdue: the contact has waited longer than staff are given before a reminder.
    due: the most pressing thing that is owed; None when there is none, or only the
        channel's window and that is not near.
    returns: what brings the bot back; says nothing while the bot has it.
    """

    row: ConversationRow
    name: str
    holder: Holder
    cause: str
    said_by: str
    order: int
    is_overdue: bool
    due: Due | None
    returns: Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is to do, for the navigation. `unread`: notifications."""

    views: Mapping[View, int]
    my_tasks: int
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    """One page of a list. `more`: where the next one begins; None on the last."""

    listing: Listing
    rows: list[Row]
    more: Place | None


async def read_list(
    tx: Tx, listing: Listing, times: Clockwork, after: Place | None = None
) -> ListShown:
    """One page of a list."""
    found = await list_conversations(tx, listing, after=after, limit=PAGE + 1)
    roster = await load_roster(tx)
    more = found[PAGE - 1].place if len(found) > PAGE else None
    rows = show_rows(found[:PAGE], listing, roster, times)
    return ListShown(listing=listing, rows=rows, more=more)


async def read_rows(
    tx: Tx, listing: Listing, ids: list[str], times: Clockwork
) -> list[Row]:
    """These conversations as rows, also those the list does not show."""
    found = await rows_of(tx, listing, ids)
    return show_rows(found, listing, await load_roster(tx), times)


async def read_counts(tx: Tx, me: Me) -> Counts:
    """The numbers beside the names of the lists."""
    return Counts(
        views=await count_listed(tx, me.staff_id),
        my_tasks=await count_open_tasks(tx, assignee_id=me.staff_id),
        unread=await count_unread(tx, me.staff_id),
    )


def show_rows(
    found: Iterable[ConversationRow],
    listing: Listing,
    roster: Roster,
    times: Clockwork,
) -> list[Row]:
    """Rows with everything said in words."""
    return [_row(row, listing, roster, times) for row in found]


def parse_place(text: str) -> Place:
    """Where a page of a list begins. Raises: ValidationException: it is no place."""
    try:
        return Place.parse(text)
    except ValueError:
        raise ValidationException("after: not a place in a list") from None


def parse_only(values: Mapping[str, str]) -> Narrow:
    """What an address or a form narrows a list to; other names are left alone.

    Raises: ValidationException: there is no such control, status or day.
    """
    given = {name: values[name].strip() for name in NARROWED if values.get(name)}
    try:
        read = {name: _READ.get(name, _short)(text) for name, text in given.items()}
        return Narrow(**read)
    except ValueError:
        names = ", ".join(_READ)
        raise ValidationException(f"{names}: not one of ours") from None


def _short(text: str) -> str:
    return text[:100]


_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "control": Control,
    "status": Status,
    "from_day": date.fromisoformat,
    "to_day": date.fromisoformat,
}


def link(
    view: View,
    search: str = "",
    conversation_id: str = "",
    only: Narrow | None = None,
    **more: str,
) -> str:
    """The address of a list, or of a conversation beside it: it holds the state."""
    path = f"{ROOT}/conversations"
    if conversation_id:
        path += f"/{conversation_id}"
    narrowed = only.given if only else {}
    search_term = {"q": search} if search else {}
    return f"{path}?{urlencode({'view': str(view), **narrowed, **search_term, **more})}"


def _row(
    row: ConversationRow, listing: Listing, roster: Roster, times: Clockwork
) -> Row:
    waits = row.waiting_since is not None
    waited = times.now - row.waiting_since if row.waiting_since else timedelta(0)
    microseconds = int(row.place.at.timestamp() * 1_000_000)
    return Row(
        row=row,
        name=row.contact_name or row.contact_email or _("Unnamed contact"),
        holder=holder(row.control, row.assignee_id, listing.me, roster),
        cause=words.cause(row.cause, row.rule) if row.cause else "",
        said_by=_said_by(row, listing, roster),
        order=microseconds if listing.view is View.UNASSIGNED else -microseconds,
        is_overdue=waits and row.control != "bot" and waited >= PATIENCE,
        due=_pressing(row, times),
        returns=brought_back_by(row),
    )


def _pressing(row: ConversationRow, times: Clockwork) -> Due | None:
    calm = (Owed.WINDOW, Urgency.CALM)
    owed = (d for d in dues(row.state, times) if (d.owed, d.urgency) != calm)
    return next(owed, None)


def _said_by(row: ConversationRow, listing: Listing, roster: Roster) -> str:
    if row.last_author is Author.BOT:
        return _("Bot")
    if row.last_author is Author.STAFF:
        if row.last_staff_id == listing.me:
            return _("You")
        member = roster.staff.get(row.last_staff_id) if row.last_staff_id else None
        return member.first_name if member else _("Outside the desk")
    return ""
