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
    """One effect. `key` is the idempotency key the outside sees, stable over tries."""

    id: str
    conversation_id: ConversationId | None
    kind: OutboxKind
    key: str
    message_id: MessageId | None
    notification_id: str | None
    attempts: int


async def queue_message(
    tx: Tx, *, conversation_id: str, message_id: str, now: datetime
) -> None:
    """Queue a message for its channel, behind earlier ones of its conversation."""
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


async def take_next(
    tx: Tx, stream: str, now: datetime, until: datetime
) -> OutboxRow | None:
    """Claim what is next in a stream, for as long as until; None when nothing is due.

    In a conversation's stream the messages go out one after the other: the oldest
    that is still queued, or nothing while it waits for its next try.
    """
    row = await tx.one(
        """UPDATE outbox SET claimed_until = %s, attempts = attempts + 1
        WHERE id = (
            SELECT id FROM outbox WHERE state = 'queued'
                AND ((conversation_id = %s AND kind = 'message') OR id = %s)
            ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED)
        AND next_attempt_at <= %s AND (claimed_until IS NULL OR claimed_until <= %s)
        RETURNING *""",
        until,
        stream,
        stream,
        now,
        now,
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
    tx: Tx, outbox_id: str, state: OutboxState, now: datetime, detail: str = ""
) -> None:
    """Record that an effect is done with, one way or the other."""
    await tx.run(
        """UPDATE outbox SET state = %s, done_at = %s, detail = %s, claimed_until = NULL
        WHERE id = %s""",
        state,
        now,
        detail,
        outbox_id,
    )


async def try_again(
    tx: Tx, row: OutboxRow, at: datetime, detail: str, stream: str
) -> None:
    """Leave an effect queued for its next try, and have a worker make it."""
    await tx.run(
        """UPDATE outbox SET next_attempt_at = %s, detail = %s, claimed_until = NULL
        WHERE id = %s""",
        at,
        detail,
        row.id,
    )
    await defer_delivery(tx, stream, at)


def _row(row: Mapping[str, Any]) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        conversation_id=row["conversation_id"],
        kind=OutboxKind(row["kind"]),
        key=row["key"],
        message_id=row["message_id"],
        notification_id=row["notification_id"],
        attempts=row["attempts"],
    )
