"""Numbers about handovers, and the conversations behind each of them.

One clause says what a number counts; the count and the list are both made of it, so
that a number and the list it leads to cannot tell different stories.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from stepaside.core.effects import PromiseState
from stepaside.core.policy import Cause
from stepaside.core.rules import Scenario
from stepaside.store.database import Tx


class GroupBy(StrEnum):
    """By what a report is broken down."""

    SCENARIO = "scenario"
    REASON = "reason"
    BOT = "bot"
    INBOX = "inbox"
    CHANNEL = "channel"
    STAFF = "staff"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a report is about; None leaves it wide.

    start, end: from the first instant to before the second.
    zone: the IANA name of the zone whose days are counted.
    reason: a cause, or the id of a custom rule.
    staff_id: who answered first, or else holds it; `nobody` for nobody.
    over, under: answered after at least so many seconds, and before so many.
    """

    start: datetime
    end: datetime
    zone: str = "UTC"
    scenario: str | None = None
    reason: str | None = None
    bot_id: str | None = None
    inbox_id: str | None = None
    channel: str | None = None
    staff_id: str | None = None
    over: int | None = None
    under: int | None = None


NOBODY: Final = "nobody"
"""In place of a staff member's id."""


class Number(StrEnum):
    """What is counted. The names are part of the API and of the desk's addresses."""

    CONVERSATIONS = "conversations"
    """Conversations the bot had: it decided on something the contact wrote."""
    HANDED_OVER = "handed_over"
    """Of these, the ones that were handed over. Taking over is not handing over."""
    HANDOVERS = "handovers"
    """Episodes; one conversation may have several. The base of all that follows."""
    CLAIMED = "claimed"
    UNCLAIMED = "unclaimed"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    HANDED_BACK = "handed_back"
    RESUMED = "resumed"
    RIGHT = "right"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    PROMISES_KEPT = "promises_kept"
    """The contact was told a time, and a person answered by then."""
    PROMISES_BROKEN = "promises_broken"


_EPISODES: Final[Mapping[Number, str]] = {
    Number.HANDOVERS: "true",
    Number.CLAIMED: "h.claimed_at IS NOT NULL",
    Number.UNCLAIMED: "h.claimed_at IS NULL",
    Number.ANSWERED: "h.first_reply_at IS NOT NULL",
    Number.UNANSWERED: "h.first_reply_at IS NULL",
    Number.HANDED_BACK: "h.how_ended = 'handed_back'",
    Number.RESUMED: "h.how_ended = 'resumed'",
    Number.RIGHT: "h.verdict = 'right'",
    Number.TOO_EARLY: "h.verdict = 'too_early'",
    Number.TOO_LATE: "h.verdict = 'too_late'",
    Number.PROMISES_KEPT: f"m.state = '{PromiseState.KEPT}'",
    Number.PROMISES_BROKEN: f"m.state = '{PromiseState.BROKEN}'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One line of a report; `Number` says what each count is.

    key: the group's id or name, None for what belongs to none.
    conversations: for a group by scenario, reason or staff those of the whole period,
        of which such a group is a share.
    median_seconds, p90_seconds: from a handover to the first words of a person, over
        the handovers that were answered; None when none was.
    """

    key: str | None = None
    conversations: int = 0
    handed_over: int = 0
    handovers: int = 0
    claimed: int = 0
    unclaimed: int = 0
    answered: int = 0
    unanswered: int = 0
    handed_back: int = 0
    resumed: int = 0
    right: int = 0
    too_early: int = 0
    too_late: int = 0
    promises_kept: int = 0
    promises_broken: int = 0
    median_seconds: float | None = None
    p90_seconds: float | None = None

    @property
    def rate(self) -> float | None:
        """The share of the bot's conversations that were handed over, 0 to 1.

        None where the bot had none.
        """
        if not self.conversations:
            return None
        return self.handed_over / self.conversations


_SPLITS_BOTH: Final = frozenset(
    {GroupBy.BOT, GroupBy.INBOX, GroupBy.CHANNEL, GroupBy.DAY}
)
"""Groups that the bot's conversations fall into as well as the handovers."""

_BUILT_IN: Final = ", ".join(f"'{scenario}'" for scenario in Scenario)
_REASON: Final = (
    f"CASE WHEN h.cause = '{Cause.CUSTOM}' THEN coalesce(h.rule_id, h.cause) "
    "ELSE h.cause END"
)
_SCENARIO: Final = f"CASE WHEN h.cause IN ({_BUILT_IN}) THEN h.cause END"
_STAFF: Final = "coalesce(h.first_reply_by, h.assignee_id)"
_DAY: Final = "to_char(({at} AT TIME ZONE %(zone)s)::date, 'YYYY-MM-DD')"

_HANDOVER_KEY: Final[Mapping[GroupBy | None, str]] = {
    None: "NULL::text",
    GroupBy.SCENARIO: _SCENARIO,
    GroupBy.REASON: _REASON,
    GroupBy.BOT: "h.bot_id",
    GroupBy.INBOX: "h.inbox_id",
    GroupBy.CHANNEL: "i.kind",
    GroupBy.STAFF: _STAFF,
    GroupBy.DAY: _DAY.format(at="h.started_at"),
}
_TURN_KEY: Final[Mapping[GroupBy, str]] = {
    GroupBy.BOT: "c.bot_id",
    GroupBy.INBOX: "c.inbox_id",
    GroupBy.CHANNEL: "i.kind",
    GroupBy.DAY: _DAY.format(at="d.at"),
}

# Taking over is people's own doing, and whoever told the bot to stop asked for nobody:
# the bot did not step aside. A bot that is off never
# had the conversation; people are asked all the same, so its handovers are episodes.
_NOT_STEPPED: Final = f"('{Cause.TAKEOVER}', '{Cause.PAUSE}', '{Cause.STOPPED}')"
_HAD: Final = f"h.cause <> '{Cause.BOT_UNAVAILABLE}'"
_HANDOVERS: Final = f"""handovers h JOIN inboxes i ON i.id = h.inbox_id
    LEFT JOIN promises m ON m.handover_id = h.id
    WHERE h.account_id = %(account)s AND h.cause NOT IN {_NOT_STEPPED}
    AND h.started_at >= %(start)s AND h.started_at < %(end)s"""
_OF_TURN: Final = """JOIN conversations c ON c.id = d.conversation_id
    JOIN inboxes i ON i.id = c.inbox_id"""
_TURNS: Final = f"""decisions d {{joined}}
    WHERE d.account_id = %(account)s AND d.at >= %(start)s AND d.at < %(end)s
    AND d.decision <> 'silent' AND d.cause IS DISTINCT FROM '{Cause.BOT_UNAVAILABLE}'"""

_NARROW_BOTH: Final[Mapping[str, tuple[str, str]]] = {
    "bot_id": ("h.bot_id = %(bot_id)s", "c.bot_id = %(bot_id)s"),
    "inbox_id": ("h.inbox_id = %(inbox_id)s", "c.inbox_id = %(inbox_id)s"),
    "channel": ("i.kind = %(channel)s", "i.kind = %(channel)s"),
}
"""What narrows handovers, and the same for turns."""
_SECONDS: Final = "extract(epoch FROM h.first_reply_at - h.started_at)::float8"
_NARROW_HANDOVERS: Final[Mapping[str, str]] = {
    "scenario": f"{_SCENARIO} = %(scenario)s",
    "reason": f"{_REASON} = %(reason)s",
    "staff_id": f"coalesce({_STAFF}, '{NOBODY}') = %(staff_id)s",
    "over": f"{_SECONDS} >= %(over)s",
    "under": f"{_SECONDS} < %(under)s",
}


async def report(
    tx: Tx, asked: Asked, group_by: GroupBy | None, *, whole: int | None = None
) -> list[Figures]:
    """The report, a line a group; without a group one line about everything.

    Lines come with the most handovers first; days in their order, also those on which
    nothing happened.

    whole: how many conversations the bot had in all, where that was counted before.
    """
    counted = {row["key"]: row for row in await _count_handovers(tx, asked, group_by)}
    keys = list(counted)
    if group_by is None or group_by in _SPLITS_BOTH:
        sizes = await _count_conversations(tx, asked, group_by)
        keys += [key for key in sizes if key not in counted]
    else:
        if whole is None:
            whole = (await _count_conversations(tx, asked, None)).get(None, 0)
        sizes = dict.fromkeys(keys, whole)
    lines = [
        Figures(**{**counted.get(key, {}), "key": key}, conversations=sizes.get(key, 0))
        for key in keys
    ]
    lines.sort(key=lambda line: (-line.handovers, -line.conversations, line.key or ""))
    if group_by is GroupBy.DAY:
        return _every_day(lines, asked)
    return lines or ([Figures()] if group_by is None else [])


async def _count_handovers(
    tx: Tx, asked: Asked, group_by: GroupBy | None
) -> list[dict[str, Any]]:
    counts = ", ".join(
        f"count(*) FILTER (WHERE {which}) AS {number}"
        for number, which in _EPISODES.items()
    )
    rows = await _run(
        tx,
        f"""SELECT {_HANDOVER_KEY[group_by]} AS key, {counts},
            count(DISTINCT h.conversation_id) FILTER (WHERE {_HAD}) AS handed_over,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY {_SECONDS}) AS median_seconds,
            percentile_cont(0.9) WITHIN GROUP (ORDER BY {_SECONDS}) AS p90_seconds
        FROM {_handovers(asked)} GROUP BY 1""",  # noqa: S608 - constants of ours
        asked,
    )
    return [row for row in rows if row["handovers"]]


async def _count_conversations(
    tx: Tx, asked: Asked, group_by: GroupBy | None
) -> dict[str | None, int]:
    """How many conversations the bot had, by group where they fall into groups."""
    split = group_by if group_by in _SPLITS_BOTH else None
    rows = await _run(
        tx,
        f"""SELECT key, count(*) AS n FROM (
            SELECT DISTINCT key, conversation_id FROM ({_had(asked, split)}) had
        ) once GROUP BY key""",  # noqa: S608 - constants of ours
        asked,
    )
    return {row["key"]: row["n"] for row in rows}


def _had(asked: Asked, split: GroupBy | None) -> str:
    """The conversations the bot had: it decided a turn in them, or handed them over.

    The second is part of the first but for what people hand over by hand before the
    contact wrote; with it no share of them is ever more than all.
    """
    turns = [
        _TURNS.format(joined=_OF_TURN if _looks_beyond_turns(asked, split) else ""),
        *(both[1] for name, both in _NARROW_BOTH.items() if _is_given(asked, name)),
    ]
    episodes = [
        _HANDOVERS,
        _HAD,
        *(both[0] for name, both in _NARROW_BOTH.items() if _is_given(asked, name)),
    ]
    key = _TURN_KEY[split] if split else "NULL::text"
    return f"""SELECT {key} AS key, d.conversation_id, d.at, NULL::text AS handover_id
        FROM {" AND ".join(turns)}
        UNION ALL SELECT {_HANDOVER_KEY[split]}, h.conversation_id, h.started_at, h.id
        FROM {" AND ".join(episodes)}"""  # noqa: S608 - constants of ours


def _looks_beyond_turns(asked: Asked, split: GroupBy | None) -> bool:
    """Whether the index of turns is not enough: it knows when, and no more."""
    narrow = any(_is_given(asked, name) for name in _NARROW_BOTH)
    return narrow or split not in (None, GroupBy.DAY)


def _handovers(asked: Asked) -> str:
    both = {name: clauses[0] for name, clauses in _NARROW_BOTH.items()}
    narrow = {**both, **_NARROW_HANDOVERS}
    given = (sql for name, sql in narrow.items() if _is_given(asked, name))
    return " AND ".join([_HANDOVERS, *given])


def _is_given(asked: Asked, name: str) -> bool:
    return getattr(asked, name) is not None


def _every_day(found: Sequence[Figures], asked: Asked) -> list[Figures]:
    by_day = {line.key: line for line in found}
    zone = ZoneInfo(asked.zone)
    first = asked.start.astimezone(zone).date()
    last = (asked.end - timedelta(microseconds=1)).astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [by_day.get(str(day), Figures(key=str(day))) for day in days]


SPANS: Final[Sequence[int]] = (60, 300, 900, 3600, 14_400, 86_400)
"""Where the bars of `reply_times` end, in seconds; the last bar has no end."""


async def reply_times(tx: Tx, asked: Asked) -> list[int]:
    """How many handovers were answered within each of `SPANS`, and how many later."""
    bounds = ", ".join(str(end) for end in SPANS)
    rows = await _run(
        tx,
        f"""SELECT width_bucket({_SECONDS}, ARRAY[{bounds}]::float8[]) AS bar,
            count(*) AS n FROM {_handovers(asked)} AND h.first_reply_at IS NOT NULL
        GROUP BY 1""",  # noqa: S608 - constants of ours
        asked,
    )
    found = {row["bar"]: row["n"] for row in rows}
    return [found.get(bar, 0) for bar in range(len(SPANS) + 1)]


async def _run(tx: Tx, sql: str, asked: Asked, **more: Any) -> list[dict[str, Any]]:
    values = {field.name: getattr(asked, field.name) for field in fields(asked)}
    cursor = await tx.conn.execute(sql, {"account": tx.account_id, **values, **more})
    return await cursor.fetchall()


# --- The conversations behind a number --------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """One conversation behind a number, or one handover of it.

    handover_id: None where the number counts conversations the bot kept.
    at: when it was handed over; for those, when the bot last decided something there.
    seconds: to the first words of a person; None where nobody answered.
    """

    id: str
    conversation_id: str
    contact_name: str
    inbox: str
    at: datetime
    handover_id: str | None
    cause: str | None
    rule: str | None
    staff_id: str | None
    seconds: float | None
    how_ended: str | None
    verdict: str | None


_BEHIND: Final = """SELECT b.id, b.conversation_id, b.at, b.handover_id,
    coalesce(nullif(p.name, ''), p.email) AS contact_name, i.name AS inbox,
    h.cause, r.name AS rule, coalesce(h.first_reply_by, h.assignee_id) AS staff_id,
    extract(epoch FROM h.first_reply_at - h.started_at)::float8 AS seconds,
    h.how_ended, h.verdict
FROM ({inner}) b
JOIN conversations c ON c.id = b.conversation_id
JOIN contacts p ON p.id = c.contact_id
JOIN inboxes i ON i.id = c.inbox_id
LEFT JOIN handovers h ON h.id = b.handover_id
LEFT JOIN handover_rules r ON r.id = h.rule_id
ORDER BY b.at DESC, b.id DESC"""


async def list_behind(
    tx: Tx,
    asked: Asked,
    number: Number,
    *,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Behind]:
    """What a number counts, the latest first; those after an instant and an id."""
    at, row_id = after or (None, "")
    inner = f"""SELECT * FROM ({_counted_by(asked, number)}) all_of_it
        WHERE %(after_at)s::timestamptz IS NULL
            OR (at, id) < (%(after_at)s, %(after_id)s)
        ORDER BY at DESC, id DESC LIMIT %(limit)s"""  # noqa: S608 - constants of ours
    sql = _BEHIND.format(inner=inner)
    rows = await _run(tx, sql, asked, after_at=at, after_id=row_id, limit=limit)
    return [Behind(**row) for row in rows]


def _counted_by(asked: Asked, number: Number) -> str:
    if number is Number.CONVERSATIONS:
        return f"""SELECT conversation_id AS id, conversation_id, max(at) AS at,
                max(handover_id) AS handover_id
            FROM ({_had(asked, None)}) had GROUP BY conversation_id"""  # noqa: S608
    if number is Number.HANDED_OVER:
        return f"""SELECT DISTINCT ON (h.conversation_id) h.conversation_id AS id,
                h.conversation_id, h.started_at AS at, h.id AS handover_id
            FROM {_handovers(asked)} AND {_HAD}
            ORDER BY h.conversation_id, h.started_at DESC"""  # noqa: S608
    return f"""SELECT h.id, h.conversation_id, h.started_at AS at, h.id AS handover_id
        FROM {_handovers(asked)} AND {_EPISODES[number]}"""  # noqa: S608
