"""Deferring jobs in the caller's transaction: a job exists exactly with its row.

The insert names procrastinate's own table instead of its `defer` call: `ON CONFLICT`
then makes a second job for the same thing a no-op in one round trip, where the call
needs a savepoint around an error. A test asserts that a worker runs what it finds.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from psycopg.types.json import Jsonb

from stepaside.core.ids import ConversationId
from stepaside.store.database import Tx

TURN: Final = "turn"
DELIVER: Final = "deliver"
WAKE: Final = "wake"
WEBHOOK: Final = "webhook"

_DEFER = """
INSERT INTO jobs.procrastinate_jobs
    (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
VALUES ('default', %s, 0, %s, %s, %s, %s)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
RETURNING scheduled_at <= now() AS is_due
"""

_DEFER_MANY = """
INSERT INTO jobs.procrastinate_jobs
    (queue_name, task_name, priority, queueing_lock, args, scheduled_at)
SELECT 'default', %s, 0, %s || ':' || subject || ':' || %s,
    jsonb_build_object('account_id', %s::text, 'subject', subject), %s
FROM unnest(%s::text[]) AS subject
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
RETURNING scheduled_at <= now() AS is_due
"""


async def defer_turn(tx: Tx, conversation_id: ConversationId, at: datetime) -> None:
    """Have a worker answer the waiting burst at `at`, unless it was answered by then.

    One job a conversation: turns of one conversation never run side by side.
    """
    key = f"turn:{conversation_id}"
    await _defer(tx, TURN, conversation_id, key=key, lock=key, at=at)


async def defer_delivery(tx: Tx, stream: str, at: datetime) -> None:
    """Have a worker deliver what is queued for a stream at `at`.

    The time is part of the key: a job that is due sooner does not stand for a later
    one, which is for the next try.

    stream: a conversation's id, or an outbox row's own id where order does not matter.
    """
    key = f"deliver:{stream}:{at.isoformat()}"
    await _defer(tx, DELIVER, stream, key=key, lock=None, at=at)


async def defer_webhook(tx: Tx, stream: str, at: datetime) -> None:
    """Have a worker send what is queued for a webhook's stream at `at`."""
    key = f"webhook:{stream}:{at.isoformat()}"
    await _defer(tx, WEBHOOK, stream, key=key, lock=None, at=at)


async def defer_deliveries(tx: Tx, streams: Sequence[str], at: datetime) -> None:
    """The same for many streams, in one round trip."""
    rows = await tx.all(
        _DEFER_MANY,
        *(DELIVER, DELIVER, at.isoformat(), tx.account_id, at, list(streams)),
    )
    tx.deferred_jobs |= any(row["is_due"] for row in rows)


async def defer_wake(tx: Tx, conversation_id: ConversationId, at: datetime) -> None:
    """Have a worker look at a conversation when something is due at `at`.

    Without a lock: a future job with a lock blocks its key until it is due.
    """
    key = f"wake:{conversation_id}:{at.isoformat()}"
    await _defer(tx, WAKE, conversation_id, key=key, lock=None, at=at)


async def _defer(
    tx: Tx, task: str, subject: str, *, key: str, lock: str | None, at: datetime
) -> None:
    args = Jsonb({"account_id": tx.account_id, "subject": subject})
    row = await tx.one(_DEFER, task, lock, key, args, at)
    # Workers poll for what falls due later; only what is due now is worth a hint.
    tx.deferred_jobs |= bool(row and row["is_due"])
