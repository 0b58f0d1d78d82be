"""Episodes of people's control, as records for the desk, the API and reports."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.brief import Brief, Sentiment
from stepaside.core.effects import OpenEpisode
from stepaside.core.ids import ConversationId, HandoverId, StaffId
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.promises import PROMISE, Promise, promise_beside
from stepaside.store.tasks import Task, pass_on


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHandover:
    """One episode.

    tried: what the bot had answered, shortened, oldest first.
    claimed_at: when a person first held it; None while it waits.
    first_reply_at: when a person first wrote to the contact.
    how_ended: `handed_back`, `resumed`, or `watchdog` where nobody came and the bot was
        let back; None while it is open.
    brief: the summary in parts; None where people took it without a handover.
    promise: the time its final message told; None where it told none.
    """

    id: HandoverId
    conversation_id: ConversationId
    bot_id: str | None
    inbox_id: str
    cause: str
    rule_id: str | None
    evidence: str
    reason: str
    summary: str
    tried: tuple[str, ...]
    trigger_message_id: str | None
    assignee_id: StaffId | None
    started_at: datetime
    claimed_at: datetime | None
    first_reply_at: datetime | None
    first_reply_by: StaffId | None
    ended_at: datetime | None
    how_ended: str | None
    verdict: str | None
    brief: Brief | None = None
    promise: Promise | None = None


async def open_handover(
    tx: Tx,
    episode: OpenEpisode,
    *,
    conversation_id: str,
    inbox_id: str,
    bot_id: str | None,
    at: datetime,
) -> None:
    """Record that people have control.

    Raises:
        psycopg.errors.UniqueViolation: an episode is open, or was opened by the same
            message before. The row lock makes that impossible; the index proves it.
    """
    await tx.run(
        """INSERT INTO handovers (id, account_id, conversation_id, bot_id, inbox_id,
            cause, rule_id, evidence, reason, summary, tried, trigger_message_id,
            assignee_id, claimed_at, started_at, language, brief)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        episode.handover_id,
        tx.account_id,
        conversation_id,
        bot_id,
        inbox_id,
        episode.cause,
        episode.rule_id,
        episode.evidence,
        episode.reason,
        episode.summary,
        list(episode.tried),
        episode.trigger_message_id,
        episode.assignee_id,
        at if episode.assignee_id else None,
        at,
        episode.language,
        Jsonb(asdict(episode.brief)) if episode.brief else None,
    )


async def close_handover(tx: Tx, handover_id: str, how: str, at: datetime) -> None:
    """Record how people's stretch ended."""
    await tx.run(
        """UPDATE handovers SET ended_at = %s, how_ended = %s
        WHERE id = %s AND ended_at IS NULL""",
        at,
        how,
        handover_id,
    )


async def reopen_handover(tx: Tx, handover_id: str) -> None:
    """Record that people's stretch goes on as if it had not ended."""
    await tx.run(
        "UPDATE handovers SET ended_at = NULL, how_ended = NULL WHERE id = %s",
        handover_id,
    )


async def set_holder(
    tx: Tx, handover_id: str, staff_id: str | None, at: datetime
) -> list[Task]:
    """Record who holds it; the follow-up tasks of the episode that went with it."""
    before = await tx.one(
        "SELECT assignee_id FROM handovers WHERE id = %s", handover_id
    )
    await tx.run(
        """UPDATE handovers SET assignee_id = %s,
            claimed_at = CASE WHEN %s::text IS NULL THEN claimed_at
                         ELSE COALESCE(claimed_at, %s) END
        WHERE id = %s""",
        staff_id,
        staff_id,
        at,
        handover_id,
    )
    had_it = before["assignee_id"] if before else None
    return await pass_on(tx, handover_id, had_it, staff_id, at)


async def set_brief(tx: Tx, handover_id: str, brief: Brief) -> bool:
    """Replace an open episode's summary in parts; False once it is closed."""
    return bool(
        await tx.run(
            "UPDATE handovers SET brief = %s WHERE id = %s AND ended_at IS NULL",
            *(Jsonb(asdict(brief)), handover_id),
        )
    )


async def note_released(tx: Tx, handover_id: str, staff_id: str) -> None:
    """Record that somebody gave it back: it does not come to them by itself again."""
    await tx.run(
        """UPDATE handovers SET released_by = array_append(released_by, %s)
        WHERE id = %s AND NOT %s = ANY(released_by)""",
        staff_id,
        handover_id,
        staff_id,
    )


async def set_first_reply(
    tx: Tx, handover_id: str, staff_id: str | None, at: datetime
) -> None:
    """Record the first human answer of the episode; later ones change nothing."""
    await tx.run(
        """UPDATE handovers SET first_reply_at = %s, first_reply_by = %s
        WHERE id = %s AND first_reply_at IS NULL""",
        at,
        staff_id,
        handover_id,
    )


_READ: Final = f"""
SELECT h.*, {PROMISE} FROM handovers h LEFT JOIN promises p ON p.handover_id = h.id
"""  # noqa: S608 - the columns are constants


class Verdict(StrEnum):
    """What staff think of a handover, for the quality report."""

    RIGHT = "right"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"


async def set_verdict(
    tx: Tx,
    handover_id: str,
    verdict: Verdict | None,
    by: StaffId | None,
    at: datetime,
    *,
    conversation_id: str,
) -> StoredHandover:
    """Keep a verdict on a handover, or with None none any more.

    by: whose verdict it is; None for a program's.
    Raises: NotFound: the conversation has no such handover.
    """
    await tx.run(
        """UPDATE handovers SET verdict = %s, verdict_by = %s, verdict_at = %s
        WHERE id = %s AND conversation_id = %s""",
        *(verdict, by if verdict else None, at if verdict else None),
        *(handover_id, conversation_id),
    )
    found = await find_handover(tx, handover_id)
    if found is None or found.conversation_id != conversation_id:
        raise NotFound("handover", handover_id)
    return found


async def find_handover(tx: Tx, handover_id: str) -> StoredHandover | None:
    """One episode, or None."""
    row = await tx.one(f"{_READ} WHERE h.id = %s", handover_id)
    return _handover(row) if row else None


async def list_handovers(tx: Tx, conversation_id: str) -> tuple[StoredHandover, ...]:
    """A conversation's episodes, oldest first."""
    rows = await tx.all(
        f"{_READ} WHERE h.conversation_id = %s ORDER BY h.started_at, h.id",
        conversation_id,
    )
    return tuple(_handover(row) for row in rows)


def _handover(row: Mapping[str, Any]) -> StoredHandover:
    names = (name for name in StoredHandover.__slots__ if name != "promise")
    values = {name: row[name] for name in names}
    values["tried"] = tuple(row["tried"])
    values["promise"] = promise_beside(row)
    values["brief"] = _brief(row["brief"]) if row["brief"] else None
    return StoredHandover(**values)


def _brief(stored: Mapping[str, Any]) -> Brief:
    return Brief(**{**stored, "sentiment": Sentiment(stored["sentiment"])})
