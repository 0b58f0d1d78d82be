"""Telling staff: one row per person, channel and target, whatever is retried."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.ids import ConversationId, StaffId
from stepaside.core.reach import DEFAULTS, NotificationChannel
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.outbox import queue_notifications

__all__ = ["DEFAULTS", "Notification", "NotificationChannel", "NotificationState"]


class NotificationState(StrEnum):
    """How far a notification has come."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Nobody needed to be told any more: taken, answered or done by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing one staff member is told on one channel.

    staff_id: None where an account's own chat is told.
    target_id: which browser or chat; empty where the channel has only one place.
    held_until: it waits for quiet hours or a flood to end; None where it does not.
    summary_id: the notification it went out with, in one summary.
    claimed_at: when its link that claims was used.
    """

    id: str
    staff_id: StaffId | None
    event: NotificationEvent
    channel: NotificationChannel
    target_id: str
    title: str
    body: str
    conversation_id: ConversationId | None
    task_id: str | None
    state: str
    attempts: int
    detail: str
    held_until: datetime | None
    summary_id: str | None
    read_at: datetime | None
    claimed_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Way:
    staff_id: StaffId | None
    channel: NotificationChannel
    target_id: str = ""


async def notify(
    tx: Tx,
    effect: NotifyStaff,
    *,
    conversation_id: str | None,
    task_id: str | None,
    now: datetime,
) -> list[str]:
    """Store a notification for each person and place their settings allow.

    Channels that the installation has not set up are no notification: an e-mail that
    nobody could have sent is no failure to show. Neither is a text message to somebody
    without a number.

    Returns the outbox rows to deliver at once. The in-app one is delivered by being
    stored.
    """
    ways = [*await _of_people(tx, effect), *await _of_account(tx, effect)]
    if not ways:
        return []
    rows = await tx.all(
        """INSERT INTO notifications (id, account_id, staff_id, event, channel,
            target_id, key, title, body, conversation_id, task_id, state, created_at)
        SELECT id, %s, staff_id, %s, channel, target_id, %s, %s, %s, %s, %s,
            CASE channel WHEN 'in_app' THEN 'sent' ELSE 'queued' END, %s
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
            AS way (id, staff_id, channel, target_id)
        ON CONFLICT (account_id, key, staff_id, channel, target_id) DO NOTHING
        RETURNING id, channel""",
        tx.account_id,
        effect.event,
        effect.key,
        effect.title,
        effect.body,
        conversation_id,
        task_id,
        now,
        [new_id("notification") for _ in ways],
        [way.staff_id for way in ways],
        [way.channel for way in ways],
        [way.target_id for way in ways],
    )
    outside = [r["id"] for r in rows if r["channel"] != NotificationChannel.IN_APP]
    return await queue_notifications(tx, outside, conversation_id, now)


async def insert_in_app(tx: Tx, effect: NotifyStaff, now: datetime) -> None:
    """Tell people in the desk, whatever their settings say."""
    for staff_id in effect.staff_ids:
        await tx.run(
            """INSERT INTO notifications (id, account_id, staff_id, event, channel, key,
                title, body, state, created_at)
            VALUES (%s, %s, %s, %s, 'in_app', %s, %s, %s, 'sent', %s)""",
            new_id("notification"),
            tx.account_id,
            staff_id,
            effect.event,
            effect.key,
            effect.title,
            effect.body,
            now,
        )


async def _of_people(tx: Tx, effect: NotifyStaff) -> Iterable[_Way]:
    """The ways to these people that their settings allow, and that lead anywhere."""
    rows = await tx.all(
        """SELECT staff_id, channel, enabled FROM notification_settings
        WHERE staff_id = ANY(%s) AND event = %s""",
        list(effect.staff_ids),
        effect.event,
    )
    chosen = {(row["staff_id"], row["channel"]): row["enabled"] for row in rows}
    places = await _places(tx, effect.staff_ids)
    return [
        _Way(staff_id, channel, target_id)
        for staff_id in effect.staff_ids
        for channel in NotificationChannel
        if channel in tx.reaches
        and chosen.get((staff_id, channel.value), DEFAULTS[effect.event, channel])
        for target_id in places.get((staff_id, channel), ())
    ]


async def _places(
    tx: Tx, staff_ids: Sequence[StaffId]
) -> Mapping[tuple[StaffId, NotificationChannel], Sequence[str]]:
    rows = await tx.all(
        """SELECT id AS staff_id, 'sms' AS channel, '' AS id FROM staff
        WHERE id = ANY(%s) AND phone <> ''
        UNION ALL SELECT staff_id, channel, id FROM notification_targets
        WHERE staff_id = ANY(%s)""",
        list(staff_ids),
        list(staff_ids),
    )
    places: dict[tuple[StaffId, NotificationChannel], list[str]] = {}
    for staff_id in staff_ids:
        places[staff_id, NotificationChannel.IN_APP] = [""]
        places[staff_id, NotificationChannel.EMAIL] = [""]
    for row in rows:
        way = (row["staff_id"], NotificationChannel(row["channel"]))
        places.setdefault(way, []).append(row["id"])
    return places


async def _of_account(tx: Tx, effect: NotifyStaff) -> Iterable[_Way]:
    """The account's own chats that are told of such an event: once, not per person."""
    if NotificationChannel.CHAT not in tx.reaches:
        return []
    rows = await tx.all(
        """SELECT id FROM notification_targets
        WHERE account_id = %s AND staff_id IS NULL AND %s = ANY(events)""",
        tx.account_id,
        effect.event,
    )
    return [_Way(None, NotificationChannel.CHAT, row["id"]) for row in rows]


async def find_notification(tx: Tx, notification_id: str) -> Notification | None:
    """One notification, or None."""
    row = await tx.one("SELECT * FROM notifications WHERE id = %s", notification_id)
    return to_notification(row) if row else None


async def list_notifications(
    tx: Tx, staff_id: str, *, limit: int = 50, before: str | None = None
) -> tuple[Notification, ...]:
    """A staff member's notifications on every channel, newest first."""
    rows = await tx.all(
        """SELECT * FROM notifications WHERE staff_id = %s
            AND (%s::text IS NULL OR id < %s) ORDER BY id DESC LIMIT %s""",
        staff_id,
        before,
        before,
        limit,
    )
    return tuple(to_notification(row) for row in rows)


async def about_conversation(tx: Tx, conversation_id: str) -> tuple[Notification, ...]:
    """Everything staff were told about a conversation, oldest first."""
    rows = await tx.all(
        "SELECT * FROM notifications WHERE conversation_id = %s ORDER BY id",
        conversation_id,
    )
    return tuple(to_notification(row) for row in rows)


def to_notification(row: Mapping[str, Any]) -> Notification:
    """A row of `notifications` as what it says."""
    values = {name: row[name] for name in Notification.__slots__}
    values["event"] = NotificationEvent(row["event"])
    values["channel"] = NotificationChannel(row["channel"])
    return Notification(**values)
