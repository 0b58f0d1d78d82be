"""What each staff member wants to be told about, how, and when not."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from stepaside.core.effects import NotificationEvent
from stepaside.core.ids import StaffId
from stepaside.core.reach import URGENT, NotificationChannel, Quiet
from stepaside.store.database import Tx
from stepaside.store.notifications import DEFAULTS

Matrix = Mapping[NotificationEvent, Mapping[NotificationChannel, bool]]


class Need(StrEnum):
    """What is missing before a channel reaches a staff member."""

    NOT_SET_UP = "not_set_up"
    """The installation has no such channel; an operator's affair."""
    ADDRESS = "address"
    """An e-mail address."""
    PHONE = "phone"
    """A telephone number."""
    BROWSER = "browser"
    """A browser that was told to show them."""
    CHAT = "chat"
    """A chat to write to."""


async def settings_of(tx: Tx, staff_id: StaffId) -> Matrix:
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


async def set_wanted(
    tx: Tx,
    staff_id: StaffId,
    event: NotificationEvent,
    channel: NotificationChannel,
    *,
    wanted: bool,
) -> None:
    """Say of one cell of the matrix whether it is wanted; the others stay."""
    await tx.run(
        """INSERT INTO notification_settings
            (staff_id, event, channel, account_id, enabled) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (staff_id, event, channel) DO UPDATE SET enabled = excluded.enabled
        """,
        *(staff_id, event, channel, tx.account_id, wanted),
    )


async def save_matrix(tx: Tx, staff_id: StaffId, matrix: Matrix) -> None:
    """Store what was chosen; a cell that is not named goes back to its default."""
    await tx.run("DELETE FROM notification_settings WHERE staff_id = %s", staff_id)
    for event, cells in matrix.items():
        for channel, wanted in cells.items():
            await set_wanted(tx, staff_id, event, channel, wanted=wanted)


async def what_channel_needs(
    tx: Tx, staff_id: StaffId, channel: NotificationChannel
) -> Need | None:
    """What is missing before a channel reaches a staff member; None when it does."""
    if channel not in tx.reaches:
        return Need.NOT_SET_UP
    row = await tx.one(
        """SELECT email, phone, EXISTS (SELECT FROM notification_targets t
            WHERE t.staff_id = staff.id AND t.channel = %s) AS has_target
        FROM staff WHERE id = %s""",
        channel,
        staff_id,
    )
    there = row or {"email": "", "phone": "", "has_target": False}
    missing = {
        NotificationChannel.EMAIL: None if there["email"] else Need.ADDRESS,
        NotificationChannel.SMS: None if there["phone"] else Need.PHONE,
        NotificationChannel.PUSH: None if there["has_target"] else Need.BROWSER,
        NotificationChannel.CHAT: None if there["has_target"] else Need.CHAT,
    }
    return missing.get(channel)


async def quiet_of(tx: Tx, staff_id: StaffId) -> Quiet:
    """When a staff member does not want to be reached outside the desk."""
    row = await tx.one("SELECT * FROM quiet_hours WHERE staff_id = %s", staff_id)
    if row is None:
        return Quiet()
    return Quiet(
        start=row["quiet_from"],
        end=row["quiet_until"],
        zone=ZoneInfo(row["time_zone"]),
        urgent=frozenset(NotificationEvent(e) for e in row["urgent"]),
        muted_until=row["muted_until"],
    )


async def save_quiet(tx: Tx, staff_id: StaffId, quiet: Quiet) -> None:
    """Store it."""
    await tx.run(
        """INSERT INTO quiet_hours (staff_id, account_id, quiet_from, quiet_until,
            time_zone, urgent, muted_until) VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (staff_id) DO UPDATE SET quiet_from = excluded.quiet_from,
            quiet_until = excluded.quiet_until, time_zone = excluded.time_zone,
            urgent = excluded.urgent, muted_until = excluded.muted_until""",
        staff_id,
        tx.account_id,
        quiet.start,
        quiet.end,
        quiet.zone.key,
        sorted(quiet.urgent),
        quiet.muted_until,
    )


async def mute(tx: Tx, staff_id: StaffId, until: datetime | None) -> None:
    """Tell them nothing outside the desk until then; None ends it."""
    await tx.run(
        """INSERT INTO quiet_hours (staff_id, account_id, urgent, muted_until)
        VALUES (%s, %s, %s, %s)
        ON CONFLICT (staff_id) DO UPDATE SET muted_until = excluded.muted_until""",
        *(staff_id, tx.account_id, sorted(URGENT), until),
    )
