"""What each staff member wants to be told about, and how."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from stepaside.core.effects import NotificationEvent
from stepaside.core.ids import StaffId
from stepaside.store.database import Tx


class NotificationChannel(StrEnum):
    """A way to reach a staff member."""

    IN_APP = "in_app"
    EMAIL = "email"


Matrix = Mapping[NotificationEvent, Mapping[NotificationChannel, bool]]

_QUIET: Final = {(NotificationEvent.CONTACT_REPLIED, NotificationChannel.EMAIL)}
DEFAULTS: Final[Matrix] = {
    event: {channel: (event, channel) not in _QUIET for channel in NotificationChannel}
    for event in NotificationEvent
}
"""Everything is told until switched off, save that a reply makes no e-mail."""


async def get_matrix(tx: Tx, staff_id: StaffId) -> Matrix:
    """The whole matrix of a staff member, defaults filled in."""
    rows = await tx.all(
        "SELECT event, channel, enabled FROM notification_settings WHERE staff_id = %s",
        staff_id,
    )
    chosen = {(row["event"], row["channel"]): row["enabled"] for row in rows}
    return {
        event: {c: chosen.get((event, c), default) for c, default in cells.items()}
        for event, cells in DEFAULTS.items()
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


async def wanted_channels(
    tx: Tx, staff_ids: Iterable[StaffId], event: NotificationEvent
) -> Mapping[StaffId, tuple[NotificationChannel, ...]]:
    """How each of these staff members wants to be told about an event."""
    ids = list(staff_ids)
    rows = await tx.all(
        "SELECT staff_id, channel, enabled FROM notification_settings "
        "WHERE event = %s AND staff_id = ANY(%s)",
        *(event, ids),
    )
    chosen = {(row["staff_id"], row["channel"]): row["enabled"] for row in rows}
    return {
        staff_id: tuple(
            channel
            for channel, default in DEFAULTS[event].items()
            if chosen.get((staff_id, channel), default)
        )
        for staff_id in ids
    }
