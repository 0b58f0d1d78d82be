"""What the desk shows in lists: rows by the page, and how many there are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from stepaside.core.conversation import Control, Status
from stepaside.core.ids import ConversationId, StaffId
from stepaside.core.turn import Author
from stepaside.store.database import Tx

COUNTED: Final = 999
"""Lists are counted up to one more than this: nobody reads the exact number."""


class View(StrEnum):
    """Which conversations a list shows."""

    UNASSIGNED = "unassigned"
    """Waiting in the queue for anybody, who has waited longest first."""
    MINE = "mine"
    """Held by the reader and not resolved, the latest message first."""
    ALL = "all"
    """Every conversation, the latest message first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list: what is in it, and for whom.

    me: the reader, whose conversations are `mine`.
    search: part of a contact's name, e-mail address or phone; empty for everybody.
    """

    view: View
    me: StaffId
    search: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A row's place in its list: the instant it is ordered by, and its id."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read what `str()` wrote. Raises: ValueError: it is not one of ours."""
        at, tilde, row_id = text.partition("~")
        instant = datetime.fromisoformat(at)
        if not tilde or not row_id or instant.tzinfo is None:
            raise ValueError(f"not a place in a list: {text}")
        return cls(at=instant, id=row_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRow:
    """A conversation as one row of a list.

    is_listed: whether the list shows it; only rows asked for by id can be outside.
    cause: why people have it (see `policy.Cause`); None while the bot has control.
    rule: the name of the handover rule that fired; None where none did.
    last_text: the start of what was last said; None before the first message. Final
        messages are passed over: they are all alike and hide what the contact wants.
    """

    id: ConversationId
    control: Control
    status: Status
    assignee_id: StaffId | None
    waiting_since: datetime | None
    resume_at: datetime | None
    snoozed_until: datetime | None
    last_message_at: datetime
    contact_name: str
    contact_email: str
    cause: str | None
    rule: str | None
    last_author: Author | None
    last_staff_id: StaffId | None
    last_text: str | None
    place: Place
    is_listed: bool


# The page is cut first: what else a row shows is looked up for its rows alone.
_ROWS: Final = """
SELECT c.id, c.control, c.status, c.assignee_id, c.waiting_since, c.resume_at,
    c.snoozed_until, coalesce(c.last_message_at, c.created_at) AS last_message_at,
    p.name AS contact_name, p.email AS contact_email, h.cause, r.name AS rule,
    m.author AS last_author, m.staff_id AS last_staff_id, m.text AS last_text,
    {place} AS place_at, {listed} AS is_listed
FROM (
    SELECT * FROM conversations c
    WHERE c.account_id = %(account)s AND {which} {order} LIMIT %(limit)s
) c
JOIN contacts p ON p.id = c.contact_id
LEFT JOIN handovers h ON h.id = c.handover_id
LEFT JOIN handover_rules r ON r.id = h.rule_id
LEFT JOIN LATERAL (
    SELECT author, staff_id, left(text, 200) AS text FROM messages
    WHERE conversation_id = c.id AND kind = 'reply' AND state <> 'dropped'
    ORDER BY at DESC, seq DESC LIMIT 1
) m ON true
{order}
"""
_LISTED: Final[Mapping[View, str]] = {
    View.UNASSIGNED: "(c.control = 'queue' AND c.status = 'open')",
    View.MINE: "(c.assignee_id = %(me)s AND c.status <> 'resolved')",
    View.ALL: "true",
}
_WAITING: Final = "coalesce(c.waiting_since, c.control_since, c.created_at)"
_LATEST: Final = "coalesce(c.last_message_at, c.created_at)"
_PLACE: Final[Mapping[View, str]] = {
    View.UNASSIGNED: _WAITING,
    View.MINE: _LATEST,
    View.ALL: _LATEST,
}
# The latest first in the words of the index, so that no page has to be sorted.
_LATEST_FIRST: Final = "ORDER BY c.last_message_at DESC NULLS LAST, c.id"
_ORDER: Final[Mapping[View, str]] = {
    View.UNASSIGNED: f"ORDER BY {_WAITING}, c.id",
    View.MINE: _LATEST_FIRST,
    View.ALL: _LATEST_FIRST,
}
_BEHIND: Final = """c.last_message_at <= %(after_at)s
    AND (c.last_message_at < %(after_at)s OR c.id > %(after_id)s)"""
_AFTER: Final[Mapping[View, str]] = {
    View.UNASSIGNED: f"({_WAITING}, c.id) > (%(after_at)s, %(after_id)s)",
    View.MINE: _BEHIND,
    View.ALL: _BEHIND,
}
# The contacts first: there are fewer of them, and one with no match ends the search.
_FOUND: Final = """c.contact_id = ANY(ARRAY(
    SELECT id FROM contacts f WHERE f.account_id = %(account)s
        AND (f.name ILIKE %(like)s OR f.email ILIKE %(like)s OR f.phone ILIKE %(like)s)
    ORDER BY f.id DESC LIMIT 500))"""


async def list_conversations(
    tx: Tx, listing: Listing, *, after: Place | None = None, limit: int = 30
) -> list[ConversationRow]:
    """One page of a list, those after a place.

    Costs the same for the first page and the thousandth.
    """
    which = [_LISTED[listing.view]]
    if listing.search:
        which.append(_FOUND)
    if after:
        which.append(_AFTER[listing.view])
    rows = await _fetch(
        tx,
        _sql(listing.view, listed="true", which=" AND ".join(which)),
        listing,
        limit=limit,
        after_at=after.at if after else None,
        after_id=after.id if after else None,
    )
    return [_row(row) for row in rows]


async def rows_of(
    tx: Tx, listing: Listing, ids: Sequence[str]
) -> list[ConversationRow]:
    """These conversations as rows, each saying whether the list shows it."""
    listed = _LISTED[listing.view]
    if listing.search:
        listed = f"({listed} AND {_FOUND})"
    sql = _sql(listing.view, listed=listed, which="c.id = ANY(%(ids)s)")
    rows = await _fetch(tx, sql, listing, ids=list(ids), limit=len(ids))
    return [_row(row) for row in rows]


async def count_listed(tx: Tx, me: StaffId) -> Mapping[View, int]:
    """How many conversations each list holds, up to `COUNTED` and one."""
    counts = {}
    for view in View:
        rows = await _fetch(
            tx,
            f"""SELECT count(*) AS n FROM (
                SELECT 1 FROM conversations c
                WHERE c.account_id = %(account)s AND {_LISTED[view]}
                LIMIT {COUNTED + 1}) AS counted""",  # noqa: S608
            Listing(view=view, me=me),
        )
        counts[view] = int(rows[0]["n"])
    return counts


def _sql(view: View, *, listed: str, which: str) -> str:
    return _ROWS.format(
        place=_PLACE[view], listed=listed, which=which, order=_ORDER[view]
    )


async def _fetch(
    tx: Tx, sql: str, listing: Listing, **values: Any
) -> list[dict[str, Any]]:
    named = {
        "account": tx.account_id,
        "me": listing.me,
        "like": f"%{_literal(listing.search)}%",
        **values,
    }
    cursor = await tx.conn.execute(sql, named)
    return await cursor.fetchall()


def _literal(search: str) -> str:
    """Text for LIKE in which nothing stands for anything else."""
    return re.sub(r"([\\%_])", r"\\\1", search)


def _row(row: Mapping[str, Any]) -> ConversationRow:
    return ConversationRow(
        id=row["id"],
        control=Control(row["control"]),
        status=Status(row["status"]),
        assignee_id=row["assignee_id"],
        waiting_since=row["waiting_since"],
        resume_at=row["resume_at"],
        snoozed_until=row["snoozed_until"],
        last_message_at=row["last_message_at"],
        contact_name=row["contact_name"],
        contact_email=row["contact_email"],
        cause=row["cause"],
        rule=row["rule"],
        last_author=Author(row["last_author"]) if row["last_author"] else None,
        last_staff_id=row["last_staff_id"],
        last_text=row["last_text"],
        place=Place(at=row["place_at"], id=row["id"]),
        is_listed=row["is_listed"],
    )
