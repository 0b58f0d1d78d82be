"""Which notifications go out now, which wait, and which came too late to matter.

A lane is one person on one channel in one place: what its pace is counted for.
"""

from collections.abc import Sequence
from datetime import datetime

from stepaside.store.database import Tx
from stepaside.store.notifications import (
    Notification,
    NotificationState,
    to_notification,
)
from stepaside.store.outbox import OutboxRow, OutboxState, finish

_LANE = """n.account_id = %s AND n.staff_id IS NOT DISTINCT FROM %s
    AND n.channel = %s AND n.target_id = %s"""
_AT_REST = """NOT EXISTS (SELECT 1 FROM outbox o
    WHERE o.notification_id = n.id AND o.claimed_until > %s)"""
"""Not going out at this moment: that would be told once more with others."""
_MATTERS = """coalesce(CASE n.event
    WHEN 'handover_waiting' THEN c.control = 'queue' AND c.status <> 'resolved'
    WHEN 'conversation_assigned' THEN c.status <> 'resolved'
        AND (n.staff_id IS NULL OR c.assignee_id = n.staff_id)
    WHEN 'contact_replied' THEN c.waiting_since IS NOT NULL
        AND (n.staff_id IS NULL OR c.assignee_id = n.staff_id)
    WHEN 'contact_waiting' THEN c.status = 'open'
    WHEN 'deadline_due_soon' THEN c.status = 'open'
    WHEN 'task_assigned' THEN t.status = 'open'
        AND (n.staff_id IS NULL OR t.assignee_id = n.staff_id)
    WHEN 'task_due' THEN t.status = 'open' AND t.due_at <= n.created_at
        AND (n.staff_id IS NULL OR coalesce(t.assignee_id, n.staff_id) = n.staff_id)
    END, true)"""


async def hold_lane(tx: Tx, outbox_id: str) -> None:
    """Decide about one notice of a lane at a time, until the transaction ends.

    Before any row of it is held: whoever gathers a summary holds many.
    """
    row = await tx.one(
        """SELECT n.staff_id, n.channel, n.target_id FROM outbox o
        JOIN notifications n ON n.id = o.notification_id WHERE o.id = %s""",
        outbox_id,
    )
    if row:
        lane = f"{tx.account_id}:{row['staff_id']}:{row['channel']}:{row['target_id']}"
        await tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", lane)


async def told_at(
    tx: Tx, n: Notification, since: datetime, now: datetime
) -> list[datetime]:
    """When other notices of the lane went out since then, or are going out now."""
    rows = await tx.all(
        f"""SELECT n.sent_at AS at FROM notifications n
        WHERE {_LANE} AND n.summary_id IS NULL AND n.sent_at > %s
        UNION ALL
        SELECT %s FROM notifications n JOIN outbox o ON o.notification_id = n.id
        WHERE {_LANE} AND n.state = 'queued' AND n.id <> %s AND o.claimed_until > %s
        """,  # noqa: S608 - the lane is the constant above
        *(*_lane(tx, n), since, now, *_lane(tx, n), n.id, now),
    )
    return [row["at"] for row in rows]


async def summary_at(tx: Tx, n: Notification, since: datetime) -> datetime | None:
    """When the lane's last summary went out; None when none did since then."""
    row = await tx.one(
        f"""SELECT max(n.sent_at) AS at FROM notifications n
        WHERE {_LANE} AND n.sent_at > %s AND n.summary_id IS NOT NULL
        """,  # noqa: S608
        *(*_lane(tx, n), since),
    )
    return row["at"] if row else None


async def held_by(tx: Tx, n: Notification, now: datetime) -> datetime | None:
    """Until when other notices of the lane are held; None when none is."""
    row = await tx.one(
        f"""SELECT min(n.held_until) AS until FROM notifications n
        WHERE {_LANE} AND n.state = 'queued' AND n.held_until IS NOT NULL
            AND n.summary_id IS NULL AND n.id <> %s AND {_AT_REST}
        """,  # noqa: S608
        *(*_lane(tx, n), n.id, now),
    )
    return row["until"] if row else None


async def hold(tx: Tx, row: OutboxRow, until: datetime) -> None:
    """Let a notice wait until then. It was not tried, and does not count as such."""
    await tx.run(
        "UPDATE notifications SET held_until = %s WHERE id = %s",
        *(until, row.notification_id),
    )
    await tx.run(
        """UPDATE outbox SET next_attempt_at = %s, claimed_until = NULL,
            attempts = attempts - 1 WHERE id = %s""",
        *(until, row.id),
    )


async def still_matters(tx: Tx, notification_id: str) -> bool:
    """Whether it is still news: not taken, answered or done in the meantime."""
    row = await tx.one(
        f"""SELECT {_MATTERS} AS matters FROM notifications n
        LEFT JOIN conversations c ON c.id = n.conversation_id
        LEFT JOIN tasks t ON t.id = n.task_id WHERE n.id = %s
        """,  # noqa: S608
        notification_id,
    )
    return bool(row and row["matters"])


async def gather(tx: Tx, n: Notification, now: datetime) -> list[Notification]:
    """What was held in the same lane and goes out together with this one.

    Settled once: at every further try the same ones go out, so that a repeated
    summary is the same summary.
    """
    settled = await _together(tx, n)
    if settled or n.held_until is None:
        return settled
    await _drop_old_news(tx, n, now)
    await tx.run(
        f"""WITH gathered AS (
            UPDATE notifications n SET summary_id = %s
            WHERE {_LANE} AND n.state = 'queued' AND n.held_until IS NOT NULL
                AND n.summary_id IS NULL AND n.id <> %s AND {_AT_REST}
            RETURNING n.id)
        UPDATE outbox SET state = 'merged', claimed_until = NULL, done_at = %s
        WHERE notification_id IN (SELECT id FROM gathered)
        """,  # noqa: S608
        *(n.id, *_lane(tx, n), n.id, now, now),
    )
    return await _together(tx, n)


async def _drop_old_news(tx: Tx, n: Notification, now: datetime) -> None:
    await tx.run(
        f"""WITH old AS (
            UPDATE notifications SET state = 'skipped' WHERE id IN (
                SELECT n.id FROM notifications n
                LEFT JOIN conversations c ON c.id = n.conversation_id
                LEFT JOIN tasks t ON t.id = n.task_id
                WHERE {_LANE} AND n.state = 'queued' AND n.held_until IS NOT NULL
                    AND n.summary_id IS NULL AND n.id <> %s AND {_AT_REST}
                    AND NOT {_MATTERS})
            RETURNING id)
        UPDATE outbox SET state = 'dropped', done_at = %s
        WHERE notification_id IN (SELECT id FROM old)
        """,  # noqa: S608
        *(*_lane(tx, n), n.id, now, now),
    )


async def _together(tx: Tx, n: Notification) -> list[Notification]:
    rows = await tx.all(
        "SELECT * FROM notifications WHERE summary_id = %s ORDER BY id", n.id
    )
    return [to_notification(row) for row in rows]


async def settle(
    tx: Tx,
    row: OutboxRow,
    state: NotificationState,
    now: datetime,
    detail: str = "",
) -> bool:
    """Record how telling ended, of this notification and all that went with it.

    False: it had ended already, or somebody else tries it since the claim lapsed.
    """
    if not await finish(tx, row, _OUTBOX[state], now, detail):
        return False
    await tx.run(
        """UPDATE notifications SET state = %s, attempts = %s, detail = %s,
            sent_at = CASE WHEN %s THEN %s::timestamptz ELSE sent_at END
        WHERE id = %s OR summary_id = %s""",
        state,
        row.attempts,
        detail,
        state is NotificationState.SENT,
        now,
        row.notification_id,
        row.notification_id,
    )
    return True


_OUTBOX = {
    NotificationState.SENT: OutboxState.SENT,
    NotificationState.FAILED: OutboxState.FAILED,
    NotificationState.SKIPPED: OutboxState.DROPPED,
}


async def note_try(tx: Tx, row: OutboxRow, detail: str) -> None:
    """Record that a try failed and that there will be another."""
    await tx.run(
        """UPDATE notifications SET attempts = %s, detail = %s
        WHERE id = %s OR summary_id = %s""",
        *(row.attempts, detail, row.notification_id, row.notification_id),
    )


async def revive(tx: Tx, notification_id: str, now: datetime) -> str | None:
    """Queue a notification that was given up once more, with the same key.

    Returns the outbox row to deliver; None when it was not given up.
    """
    revived = await tx.all(
        """UPDATE notifications SET state = 'queued', attempts = 0
        WHERE state = 'failed' AND (id = %s OR summary_id = %s) RETURNING id""",
        *(notification_id, notification_id),
    )
    if not any(row["id"] == notification_id for row in revived):
        return None
    row = await tx.one(
        """UPDATE outbox SET state = 'queued', attempts = 0, next_attempt_at = %s,
            done_at = NULL, claimed_until = NULL
        WHERE notification_id = %s RETURNING id""",
        *(now, notification_id),
    )
    return row["id"] if row else None


def _lane(tx: Tx, n: Notification) -> Sequence[object]:
    return (tx.account_id, n.staff_id, n.channel, n.target_id)
