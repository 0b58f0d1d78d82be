"""Effects to carry out outside the database: each a row with a unique key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from stepaside.core.ids import ConversationId, MessageId
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.queue import defer_deliveries, defer_delivery

NET: Final = timedelta(seconds=5)
"""How long the process that stored an effect has to carry it out before a worker."""

_FIRST: Final = """SELECT id FROM outbox WHERE conversation_id = %s
    AND kind = 'message' AND state = 'queued' ORDER BY seq LIMIT 1"""
_SAME_TRY: Final = "id = %s AND state = 'queued' AND attempts = %s"


class OutboxKind(StrEnum):
    """What is to be carried out."""

    MESSAGE = "message"
    NOTIFICATION = "notification"


class OutboxState(StrEnum):
    """How far an effect has come."""

    QUEUED = "queued"
    SENT = "sent"
    DROPPED = "dropped"
    MERGED = "merged"
    """A notification that goes out with another, in one summary."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One effect.

    key: the idempotency key the outside sees, stable over tries.
    attempts: which try it is in; a result of another one is not taken any more.
    """

    id: str
    conversation_id: ConversationId | None
    kind: OutboxKind
    key: str
    message_id: MessageId | None
    notification_id: str | None
    attempts: int
    created_at: datetime


async def queue_message(
    tx: Tx, *, conversation_id: str, message_id: str, now: datetime
) -> None:
    """Queue a message for its channel, behind earlier ones of its conversation.

    What is tried again later is tried now: it would hold this one up. Only a wait that
    the channel asked for is kept. The caller holds the conversation.
    """
    await _bring_forward(tx, conversation_id, now)
    await tx.run(
        """INSERT INTO outbox (id, account_id, conversation_id, kind, key, message_id,
            next_attempt_at, created_at)
        VALUES (%s, %s, %s, 'message', %s, %s, %s, %s)""",
        new_id("outbox"),
        tx.account_id,
        conversation_id,
        f"message:{message_id}",
        message_id,
        now,
        now,
    )
    await defer_delivery(tx, conversation_id, now + NET)


async def queue_notifications(
    tx: Tx,
    notification_ids: Sequence[str],
    conversation_id: str | None,
    now: datetime,
) -> list[str]:
    """Queue notifications; they wait for nothing and hold nothing up.

    Returns the ids of the rows, each of which is a stream to deliver.
    """
    if not notification_ids:
        return []
    row_ids = [new_id("outbox") for _ in notification_ids]
    await tx.run(
        """INSERT INTO outbox (id, account_id, conversation_id, kind, key,
            notification_id, next_attempt_at, created_at)
        SELECT id, %s, %s, 'notification', 'notification:' || about, about, %s, %s
        FROM unnest(%s::text[], %s::text[]) AS new (id, about)""",
        tx.account_id,
        conversation_id,
        now,
        now,
        row_ids,
        list(notification_ids),
    )
    await defer_deliveries(tx, row_ids, now + NET)
    return row_ids


async def first_waiting(
    tx: Tx, conversation_id: str, now: datetime
) -> OutboxRow | None:
    """The oldest message of a conversation that is still queued, due or not.

    None when none is, and while it is being sent: those behind it wait for it.
    """
    row = await tx.one(
        f"""SELECT * FROM outbox WHERE id = ({_FIRST})
        AND (claimed_until IS NULL OR claimed_until <= %s)""",  # noqa: S608
        *(conversation_id, now),
    )
    return _row(row) if row else None


async def claim(
    tx: Tx, outbox_id: str, now: datetime, until: datetime
) -> OutboxRow | None:
    """Claim an effect for as long as until; None when it is not due or is claimed."""
    row = await tx.one(
        """UPDATE outbox SET claimed_until = %s, attempts = attempts + 1
        WHERE id = %s AND state = 'queued' AND next_attempt_at <= %s
            AND (claimed_until IS NULL OR claimed_until <= %s)
        RETURNING *""",
        *(until, outbox_id, now, now),
    )
    return _row(row) if row else None


async def channel_of(tx: Tx, outbox_id: str) -> str | None:
    """The channel of a notification that is still to be told; None for any other."""
    row = await tx.one(
        """SELECT n.channel FROM outbox o JOIN notifications n
            ON n.id = o.notification_id WHERE o.id = %s AND o.state = 'queued'""",
        outbox_id,
    )
    return row["channel"] if row else None


async def finish(
    tx: Tx, row: OutboxRow, state: OutboxState, now: datetime, detail: str = ""
) -> bool:
    """Record that an effect is done with, one way or the other.

    False: it is done with already, or somebody else tries it since the claim lapsed.
    What they find counts.
    """
    return bool(
        await tx.run(
            f"""UPDATE outbox SET state = %s, done_at = %s, detail = %s,
                claimed_until = NULL WHERE {_SAME_TRY}""",  # noqa: S608
            *(state, now, detail, row.id, row.attempts),
        )
    )


async def try_again(
    tx: Tx,
    row: OutboxRow,
    at: datetime,
    detail: str,
    stream: str,
    *,
    not_before: datetime | None = None,
) -> bool:
    """Leave an effect queued for its next try, and have a worker make it.

    not_before: what the other side asked for; nothing brings the try forward of it.
    Returns False as `finish` does.
    """
    ours = await tx.run(
        f"""UPDATE outbox SET next_attempt_at = %s, not_before = %s, detail = %s,
            claimed_until = NULL WHERE {_SAME_TRY}""",  # noqa: S608
        *(at, not_before, detail, row.id, row.attempts),
    )
    if ours:
        await defer_delivery(tx, stream, at)
    return bool(ours)


async def _bring_forward(tx: Tx, conversation_id: str, now: datetime) -> None:
    await tx.run(
        f"""UPDATE outbox SET next_attempt_at = greatest(%s, not_before)
        WHERE id = ({_FIRST}) AND next_attempt_at > %s""",  # noqa: S608
        *(now, conversation_id, now),
    )


def _row(row: Mapping[str, Any]) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        conversation_id=row["conversation_id"],
        kind=OutboxKind(row["kind"]),
        key=row["key"],
        message_id=row["message_id"],
        notification_id=row["notification_id"],
        attempts=row["attempts"],
        created_at=row["created_at"],
    )
