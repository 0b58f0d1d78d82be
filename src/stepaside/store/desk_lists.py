"""What the desk shows in lists: rows by the page, and how many there are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from stepaside.core.conversation import (
    STATE_FIELDS,
    Control,
    Conversation,
    Status,
)
from stepaside.core.ids import ConversationId, StaffId
from stepaside.core.turn import Author
from stepaside.store.codec import conversation_from_row
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
class Narrow:
    """What a list is narrowed to; None leaves it wide.

    tag: of the contact.
    channel: the kind of the inbox.
    scenario: why it was ever handed over (see `policy.Cause`).
    bot: the id of the bot that has or had it.
    assignee: the id of the staff member who holds it.
    workflow: the id of the entry point it came in by.
    from_day, to_day: the first and last day, by the account's clock, on which
        something was last said.
    team: the id of the team in whose queue it waits, or whose people have it.
    """

    control: Control | None = None
    status: Status | None = None
    tag: str | None = None
    channel: str | None = None
    scenario: str | None = None
    bot: str | None = None
    assignee: str | None = None
    workflow: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    team: str | None = None

    @property
    def given(self) -> dict[str, str]:
        """What is narrowed, by name."""
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: str(value) for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list: what is in it, and for whom.

    me: the reader, whose conversations are `mine`.
    search: part of a contact's name, e-mail address or phone, or words that were said;
        empty for everything.
    """

    view: View
    me: StaffId
    search: str = ""
    only: Narrow = field(default_factory=Narrow)

    @property
    def query(self) -> dict[str, str]:
        """What names the list in an address."""
        search = {"q": self.search} if self.search else {}
        return {"view": str(self.view), **self.only.given, **search}


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
    state: who has it, since when, and what is owed.
    team: the name of the team whose it is; None where no team is meant.
    tags: of the contact, the first few.
    last_text: the start of what was last said; None before the first message. Final
        messages are passed over: they are all alike and hide what the contact wants.
    """

    id: ConversationId
    control: Control
    status: Status
    assignee_id: StaffId | None
    waiting_since: datetime | None
    resume_at: datetime | None
    resume_on_resolve: bool
    inactive_minutes: int | None
    snoozed_until: datetime | None
    last_message_at: datetime
    state: Conversation
    team: str | None
    contact_name: str
    contact_email: str
    tags: tuple[str, ...]
    cause: str | None
    rule: str | None
    last_author: Author | None
    last_staff_id: StaffId | None
    last_text: str | None
    place: Place
    is_listed: bool


# The page is cut first: what else a row shows is looked up for its rows alone.
_ROWS: Final = """
SELECT c.id, {state}, coalesce(c.last_message_at, c.created_at) AS last_message_at,
    w.name AS team,
    ARRAY(SELECT t.tag FROM contact_tags t WHERE t.contact_id = c.contact_id
        AND t.tag <> 'human_handover' ORDER BY t.tag LIMIT 3) AS tags,
    p.name AS contact_name, p.email AS contact_email, h.cause, r.name AS rule,
    m.author AS last_author, m.staff_id AS last_staff_id, m.text AS last_text,
    {place} AS place_at, {listed} AS is_listed
FROM (
    SELECT * FROM conversations c
    WHERE c.account_id = %(account)s AND {which} {order} LIMIT %(limit)s
) c
JOIN contacts p ON p.id = c.contact_id
LEFT JOIN teams w ON w.id = c.team_id
LEFT JOIN handovers h ON h.id = c.handover_id
LEFT JOIN handover_rules r ON r.id = h.rule_id
LEFT JOIN LATERAL (
    SELECT author, staff_id, left(text, 200) AS text FROM messages
    WHERE conversation_id = c.id AND kind = 'reply' AND state <> 'dropped'
    ORDER BY at DESC, seq DESC LIMIT 1
) m ON true
{order}
"""
_STATE: Final = ", ".join(f"c.{name}" for name in STATE_FIELDS)
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
_ZONE: Final = "(SELECT time_zone FROM accounts a WHERE a.id = %(account)s)"
_NARROWED: Final[Mapping[str, str]] = {
    "control": "c.control = %(control)s",
    "status": "c.status = %(status)s",
    "tag": """EXISTS (SELECT FROM contact_tags t WHERE t.account_id = %(account)s
        AND t.tag = %(tag)s AND t.contact_id = c.contact_id)""",
    "channel": """c.inbox_id = ANY(ARRAY(SELECT id FROM inboxes i
        WHERE i.account_id = %(account)s AND i.kind = %(channel)s))""",
    "scenario": """EXISTS (SELECT FROM handovers x WHERE x.account_id = %(account)s
        AND x.cause = %(scenario)s AND x.conversation_id = c.id)""",
    "bot": "c.bot_id = %(bot)s",
    "assignee": "c.assignee_id = %(assignee)s",
    "workflow": "c.workflow_id = %(workflow)s",
    "from_day": f"""c.last_message_at >= (%(from_day)s::date)::timestamp
        AT TIME ZONE {_ZONE}""",
    "to_day": f"""c.last_message_at < (%(to_day)s::date + 1)::timestamp
        AT TIME ZONE {_ZONE}""",
    "team": "c.team_id = %(team)s",
}
_MOST_FOUND: Final = 2000
"""Messages a search gathers before it walks down the list instead."""
# The contacts first: there are fewer of them, and one with no match ends the search.
_NAMED: Final = """c.contact_id = ANY(ARRAY(
    SELECT id FROM contacts f WHERE f.account_id = %(account)s
        AND strpos(f.sought, lower(%(search)s)) > 0
    ORDER BY f.id DESC LIMIT 500))"""
_SAID_IN_FEW: Final = "c.id = ANY(%(said_in)s)"
# Words that stand everywhere are soon found by walking down the list itself. Without
# EXISTS, for which the planner would first put every message there is into a hash.
_SAID_IN_MANY: Final = """(SELECT bool_or(
        to_tsvector('simple', w.text) @@ to_tsquery('simple', %(words)s))
    FROM messages w WHERE w.conversation_id = c.id)"""


async def list_conversations(
    tx: Tx, listing: Listing, *, after: Place | None = None, limit: int = 30
) -> list[ConversationRow]:
    """One page of a list, those after a place.

    Costs the same for the first page and the thousandth.
    """
    search = await _searched(tx, listing)
    which = [_LISTED[listing.view], *_narrowed(listing), *search.clauses]
    if after:
        which.append(_AFTER[listing.view])
    rows = await _fetch(
        tx,
        _sql(listing.view, listed="true", which=" AND ".join(which)),
        listing,
        **search.values,
        limit=limit,
        after_at=after.at if after else None,
        after_id=after.id if after else None,
    )
    return [_row(row) for row in rows]


async def rows_of(
    tx: Tx, listing: Listing, ids: Sequence[str]
) -> list[ConversationRow]:
    """These conversations as rows, each saying whether the list shows it."""
    if not ids:
        return []
    words = _words(listing.search)
    search = _Search(
        clauses=[f"({_NAMED} OR {_SAID_IN_MANY})" if words else _NAMED],
        values={"words": words},
    )
    found = search.clauses if listing.search else []
    listed = " AND ".join([_LISTED[listing.view], *_narrowed(listing), *found])
    sql = _sql(listing.view, listed=f"({listed})", which="c.id = ANY(%(ids)s)")
    rows = await _fetch(
        tx, sql, listing, **search.values, ids=list(ids), limit=len(ids)
    )
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


async def count_found(tx: Tx, listing: Listing, *, most: int = 99) -> int:
    """How many conversations a list holds, up to `most` and one.

    Of a list without a search: that would be done in full for the number alone.
    """
    which = " AND ".join([_LISTED[listing.view], *_narrowed(listing)])
    rows = await _fetch(
        tx,
        f"""SELECT count(*) AS n FROM (SELECT 1 FROM conversations c
            WHERE c.account_id = %(account)s AND {which} LIMIT {most + 1})
            AS counted""",  # noqa: S608
        listing,
    )
    return int(rows[0]["n"])


async def list_tags(tx: Tx, *, limit: int = 100) -> list[str]:
    """The tags contacts have, in their order, the first so many.

    Jumps from one to the next in the index instead of reading every contact's.
    """
    rows = await tx.all(
        """WITH RECURSIVE one AS (
            (SELECT tag FROM contact_tags WHERE account_id = %s ORDER BY tag LIMIT 1)
            UNION ALL
            SELECT (SELECT t.tag FROM contact_tags t WHERE t.account_id = %s
                AND t.tag > one.tag ORDER BY t.tag LIMIT 1)
            FROM one WHERE one.tag IS NOT NULL
        ) SELECT tag FROM one WHERE tag IS NOT NULL LIMIT %s""",
        *(tx.account_id, tx.account_id, limit),
    )
    return [row["tag"] for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What a search adds to a query."""

    clauses: list[str]
    values: dict[str, Any]


async def _searched(tx: Tx, listing: Listing) -> _Search:
    if not listing.search:
        return _Search(clauses=[], values={})
    words = _words(listing.search)
    if not words:
        return _Search(clauses=[_NAMED], values={})
    # In the list of columns, where the function stops as soon as the limit is reached.
    row = await tx.one(
        """SELECT count(*) AS n, array_agg(DISTINCT id) AS ids FROM (
            SELECT conversations_saying(to_tsquery('simple', %s)) AS id LIMIT %s
        ) AS found""",
        *(words, _MOST_FOUND),
    )
    is_common = row is not None and row["n"] >= _MOST_FOUND
    said = _SAID_IN_MANY if is_common else _SAID_IN_FEW
    return _Search(
        clauses=[f"({_NAMED} OR {said})"],
        values={"words": words, "said_in": (row and row["ids"]) or []},
    )


def _narrowed(listing: Listing) -> list[str]:
    return [_NARROWED[name] for name in listing.only.given]


def _sql(view: View, *, listed: str, which: str) -> str:
    return _ROWS.format(
        state=_STATE, place=_PLACE[view], listed=listed, which=which, order=_ORDER[view]
    )


async def _fetch(
    tx: Tx, sql: str, listing: Listing, **values: Any
) -> list[dict[str, Any]]:
    named = {
        "account": tx.account_id,
        "me": listing.me,
        "search": listing.search,
        **listing.only.given,
        **values,
    }
    cursor = await tx.conn.execute(sql, named)
    return await cursor.fetchall()


def _words(search: str) -> str:
    """Every word or its beginning, for `to_tsquery`; empty where there is none."""
    return " & ".join(f"{word}:*" for word in re.findall(r"[^\W_]+", search))


def _row(row: Mapping[str, Any]) -> ConversationRow:
    return ConversationRow(
        id=row["id"],
        control=Control(row["control"]),
        status=Status(row["status"]),
        assignee_id=row["assignee_id"],
        waiting_since=row["waiting_since"],
        resume_at=row["resume_at"],
        resume_on_resolve=row["resume_on_resolve"],
        inactive_minutes=row["inactive_minutes"],
        snoozed_until=row["snoozed_until"],
        last_message_at=row["last_message_at"],
        state=conversation_from_row(row),
        team=row["team"],
        contact_name=row["contact_name"],
        contact_email=row["contact_email"],
        tags=tuple(row["tags"]),
        cause=row["cause"],
        rule=row["rule"],
        last_author=Author(row["last_author"]) if row["last_author"] else None,
        last_staff_id=row["last_staff_id"],
        last_text=row["last_text"],
        place=Place(at=row["place_at"], id=row["id"]),
        is_listed=row["is_listed"],
    )
