"""What each staff member wants to be told about, and how."""

from collections.abc import Mapping

from stepaside.core.effects import NotificationEvent
from stepaside.core.ids import StaffId
from stepaside.store.database import Tx
from stepaside.store.notifications import DEFAULTS, NotificationChannel

Matrix = Mapping[NotificationEvent, Mapping[NotificationChannel, bool]]


async def get_matrix(tx: Tx, staff_id: StaffId) -> Matrix:
    """The whole matrix of a staff member, defaults filled in."""
    rows = await tx.all(
        "SELECT event, channel, enabled FROM notification_settings WHERE staff_id = %s",
        staff_id,
    )
    chosen = {(row["event"], row["channel"]): row["enabled"] for row in rows}
    return {
        event: {
            channel: chosen.get((event, channel), DEFAULTS[event, channel])
            for channel in NotificationChannel
        }
        for event in NotificationEvent
    }


async def save_matrix(tx: Tx, staff_id: StaffId, matrix: Matrix) -> None:
    """Store what was chosen; a cell that is not named goes back to its default."""
    await tx.run("DELETE FROM notification_settings WHERE staff_id = %s", staff_id)
    for event, cells in matrix.items():
        for channel, enabled in cells.items():
            await tx.run(
                "INSERT INTO notification_settings "
                "(staff_id, event, channel, account_id, enabled) "
                "VALUES (%s, %s, %s, %s, %s)",
                *(staff_id, event, channel, tx.account_id, enabled),
            )
