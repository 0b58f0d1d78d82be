"""What staff read of their notifications in the desk, and what they do to them."""

from collections.abc import Sequence
from datetime import datetime

from stepaside.core.ids import StaffId
from stepaside.store.database import Tx
from stepaside.store.notifications import Notification, to_notification

MOST_COUNTED = 99
"""Unread ones are counted no further."""


async def count_unread(tx: Tx, staff_id: StaffId) -> int:
    """How many a staff member has not read; at most one more than is counted."""
    row = await tx.one(
        """SELECT count(*) AS n FROM (SELECT FROM notifications
        WHERE staff_id = %s AND channel = 'in_app' AND read_at IS NULL LIMIT %s) AS few
        """,
        *(staff_id, MOST_COUNTED + 1),
    )
    return int(row["n"]) if row else 0


async def list_in_app(
    tx: Tx,
    staff_id: StaffId,
    *,
    unread: bool = False,
    before: str | None = None,
    limit: int = 30,
) -> tuple[Notification, ...]:
    """What a staff member was told in the desk, the newest first."""
    rows = await tx.all(
        """SELECT * FROM notifications WHERE staff_id = %s AND channel = 'in_app'
            AND (NOT %s OR read_at IS NULL) AND (%s::text IS NULL OR id < %s)
        ORDER BY id DESC LIMIT %s""",
        *(staff_id, unread, before, before, limit),
    )
    return tuple(to_notification(row) for row in rows)


async def set_read(
    tx: Tx, staff_id: StaffId, notification_id: str, at: datetime | None
) -> bool:
    """Mark one as read at an instant, or unread with None; False: no such one."""
    touched = await tx.run(
        """UPDATE notifications SET read_at = %s
        WHERE id = %s AND staff_id = %s AND channel = 'in_app'""",
        *(at, notification_id, staff_id),
    )
    return bool(touched)


async def read_all(tx: Tx, staff_id: StaffId, now: datetime) -> int:
    """Mark all of a staff member's as read; how many were not."""
    return await tx.run(
        """UPDATE notifications SET read_at = %s
        WHERE staff_id = %s AND channel = 'in_app' AND read_at IS NULL""",
        *(now, staff_id),
    )


async def read_about(
    tx: Tx, staff_id: StaffId, conversation_id: str, now: datetime
) -> int:
    """Mark what they were told about a conversation as read; how many were not."""
    return await tx.run(
        """UPDATE notifications SET read_at = %s WHERE staff_id = %s
            AND conversation_id = %s AND channel = 'in_app' AND read_at IS NULL""",
        *(now, staff_id, conversation_id),
    )


async def list_failed(
    tx: Tx, *, staff_id: StaffId | None = None, before: str = "", limit: int = 50
) -> Sequence[Notification]:
    """What was given up and can be sent again, the newest first.

    staff_id: one person's; None: everybody's and the account's own.
    before: the id of the one to go on after; empty begins at the newest.
    """
    rows = await tx.all(
        """SELECT * FROM notifications WHERE account_id = %s AND state = 'failed'
            AND summary_id IS NULL AND (%s::text IS NULL OR staff_id = %s)
            AND (%s = '' OR id < %s)
        ORDER BY id DESC LIMIT %s""",
        *(tx.account_id, staff_id, staff_id, before, before, limit),
    )
    return tuple(to_notification(row) for row in rows)


async def use_claim(tx: Tx, notification_id: str, now: datetime) -> None:
    """Record that the link in a notification has claimed: it will not again."""
    await tx.run(
        "UPDATE notifications SET claimed_at = %s WHERE id = %s",
        *(now, notification_id),
    )
