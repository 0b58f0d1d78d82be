"""Telling staff: one row per person and channel, whatever is retried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.ids import ConversationId, StaffId
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.outbox import queue_notification


class NotificationChannel(StrEnum):
    """Ways to reach a staff member."""

    IN_APP = "in_app"
    EMAIL = "email"


DEFAULTS: Final[Mapping[tuple[NotificationEvent, NotificationChannel], bool]] = {
    (event, channel): not (
        event is NotificationEvent.CONTACT_REPLIED
        and channel is NotificationChannel.EMAIL
    )
    for event in NotificationEvent
    for channel in NotificationChannel
}
"""What a staff member gets who never changed a setting: everything but e-mails about
each reply of their contacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing one staff member is told on one channel."""

    id: str
    staff_id: StaffId
    event: NotificationEvent
    channel: NotificationChannel
    title: str
    body: str
    conversation_id: ConversationId | None
    task_id: str | None
    state: str
    attempts: int
    detail: str
    read_at: datetime | None
    created_at: datetime


async def notify(
    tx: Tx,
    effect: NotifyStaff,
    *,
    conversation_id: str | None,
    task_id: str | None,
    now: datetime,
) -> list[str]:
    """Store a notification for each person and channel their settings allow.

    Channels that the installation has not set up are no notification: an e-mail that
    nobody could have sent is no failure to show.

    Returns the outbox streams to deliver at once. The in-app one is delivered by
    being stored.
    """
    wanted = await _wanted(tx, effect.staff_ids, effect.event)
    streams = []
    for staff_id, channel in wanted:
        notification_id = await _insert(
            tx,
            effect,
            staff_id,
            channel,
            conversation_id=conversation_id,
            task_id=task_id,
            now=now,
        )
        if notification_id and channel is not NotificationChannel.IN_APP:
            stream = await queue_notification(
                tx,
                conversation_id=conversation_id,
                notification_id=notification_id,
                now=now,
            )
            streams.append(stream)
    return streams


async def _wanted(
    tx: Tx, staff_ids: Sequence[StaffId], event: NotificationEvent
) -> list[tuple[StaffId, NotificationChannel]]:
    rows = await tx.all(
        """SELECT staff_id, channel, enabled FROM notification_settings
        WHERE staff_id = ANY(%s) AND event = %s""",
        list(staff_ids),
        event,
    )
    chosen = {(row["staff_id"], row["channel"]): row["enabled"] for row in rows}
    return [
        (staff_id, channel)
        for staff_id in staff_ids
        for channel in NotificationChannel
        if channel in tx.reaches
        and chosen.get((staff_id, channel.value), DEFAULTS[event, channel])
    ]


async def _insert(
    tx: Tx,
    effect: NotifyStaff,
    staff_id: StaffId,
    channel: NotificationChannel,
    *,
    conversation_id: str | None,
    task_id: str | None,
    now: datetime,
) -> str | None:
    notification_id = new_id("notification")
    state = "sent" if channel is NotificationChannel.IN_APP else "queued"
    inserted = await tx.run(
        """INSERT INTO notifications (id, account_id, staff_id, event, channel, key,
            title, body, conversation_id, task_id, state, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (account_id, key, staff_id, channel) DO NOTHING""",
        notification_id,
        tx.account_id,
        staff_id,
        effect.event,
        channel,
        effect.key,
        effect.title,
        effect.body,
        conversation_id,
        task_id,
        state,
        now,
    )
    return notification_id if inserted else None


async def find_notification(tx: Tx, notification_id: str) -> Notification | None:
    """One notification, or None."""
    row = await tx.one("SELECT * FROM notifications WHERE id = %s", notification_id)
    return _notification(row) if row else None


async def list_notifications(
    tx: Tx, staff_id: str, *, limit: int = 50, before: str | None = None
) -> tuple[Notification, ...]:
    """A staff member's notifications, newest first."""
    rows = await tx.all(
        """SELECT * FROM notifications WHERE staff_id = %s
            AND (%s::text IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        staff_id,
        before,
        before,
        limit,
    )
    return tuple(_notification(row) for row in rows)


async def about_conversation(tx: Tx, conversation_id: str) -> tuple[Notification, ...]:
    """Everything staff were told about a conversation, oldest first."""
    rows = await tx.all(
        "SELECT * FROM notifications WHERE conversation_id = %s ORDER BY id",
        conversation_id,
    )
    return tuple(_notification(row) for row in rows)


async def set_notification_state(
    tx: Tx, notification_id: str, state: str, *, attempts: int, detail: str = ""
) -> None:
    """Record how far a notification has come: `queued`, `sent` or `failed`."""
    await tx.run(
        """UPDATE notifications SET state = %s, attempts = %s, detail = %s
        WHERE id = %s""",
        state,
        attempts,
        detail,
        notification_id,
    )


def _notification(row: Mapping[str, Any]) -> Notification:
    values = {name: row[name] for name in Notification.__slots__}
    values["event"] = NotificationEvent(row["event"])
    values["channel"] = NotificationChannel(row["channel"])
    return Notification(**values)
