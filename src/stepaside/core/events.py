"""What happened, in the past tense. Events are never changed and never deleted.

An event carries the change it made to the conversation, so that folding a
conversation's events from the first to the last gives the stored state again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from stepaside.core.ids import StaffId


class ActorKind(StrEnum):
    """What sort of party did something."""

    CONTACT = "contact"
    BOT = "bot"
    STAFF = "staff"
    OUTSIDE = "outside"
    """A person of the business who spoke outside the desk, seen by an echo."""
    API = "api"
    TIMER = "timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it. `staff_id` is set for staff members and for nobody else."""

    kind: ActorKind
    staff_id: StaffId | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.staff_id}" if self.staff_id else str(self.kind)

    @classmethod
    def parse(cls, text: str) -> "Actor":
        """Read what `str()` wrote. Raises: ValueError for an unknown kind."""
        kind, _, staff = text.partition(":")
        return cls(kind=ActorKind(kind), staff_id=StaffId(staff) if staff else None)


CONTACT = Actor(kind=ActorKind.CONTACT)
BOT = Actor(kind=ActorKind.BOT)
API = Actor(kind=ActorKind.API)
TIMER = Actor(kind=ActorKind.TIMER)
OUTSIDE = Actor(kind=ActorKind.OUTSIDE)


def staff_actor(staff_id: StaffId) -> Actor:
    """The actor for one staff member."""
    return Actor(kind=ActorKind.STAFF, staff_id=staff_id)


class EventType(StrEnum):
    """Every kind of event. The names are part of the API."""

    CONVERSATION_STARTED = "conversation.started"
    MESSAGE_RECEIVED = "message.received"
    DECIDED = "turn.decided"
    BOT_REPLIED = "bot.replied"
    HANDOVER_STARTED = "handover.started"
    TAKEN_OVER = "handover.taken_over"
    CLAIMED = "handover.claimed"
    ASSIGNED = "handover.assigned"
    RELEASED = "handover.released"
    GIVEN_TO_TEAM = "handover.given_to_team"
    HANDED_BACK = "handover.handed_back"
    RESUMED = "handover.resumed"
    PAUSED = "bot.paused"
    BOT_STOPPED = "bot.stopped"
    """The contact told it to."""
    BOT_CHANGED = "bot.changed"
    PAUSE_EXTENDED = "bot.pause_extended"
    STAFF_REPLIED = "staff.replied"
    NOTE_ADDED = "note.added"
    CHASED = "contact.kept_waiting"
    DEADLINE_DUE_SOON = "deadline.due_soon"
    DEADLINE_MISSED = "deadline.missed"
    WINDOW_CLOSING = "reply_window.closing"
    PROMISE_GIVEN = "promise.given"
    SUMMARISED = "handover.summarised"
    PROMISE_KEPT = "promise.kept"
    PROMISE_BROKEN = "promise.broken"
    CONTACT_TOLD = "contact.told_to_wait"
    FOLLOWED_UP = "bot.followed_up"
    FOLLOW_UPS_ENDED = "bot.follow_ups_ended"
    RETURNED = "handover.returned"
    """The contact came back to who had it last."""
    NOT_RETURNED = "handover.not_returned"
    """The contact came back, and who had it last could not take it."""
    JUDGED = "handover.judged"
    RESOLVED = "conversation.resolved"
    REOPENED = "conversation.reopened"
    SNOOZED = "conversation.snoozed"
    WOKEN = "conversation.woken"
    TASK_CREATED = "task.created"
    TASK_CHANGED = "task.changed"
    TASK_COMPLETED = "task.completed"
    TASK_REOPENED = "task.reopened"
    CONTACT_CHANGED = "contact.changed"
    CONTACT_MERGED = "contact.merged"
    CONTACT_TAGGED = "contact.tagged"
    CONTACT_UNTAGGED = "contact.untagged"
    MESSAGE_SENT = "message.sent"
    MESSAGE_STATUS_CHANGED = "message.status_changed"
    REPLY_DROPPED = "message.dropped"
    DELIVERY_FAILED = "delivery.failed"
    ADMIN_WARNED = "admin.warned"
    NOTIFIED = "staff.notified"
    AVAILABILITY_CHANGED = "staff.availability_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact about one conversation.

    changes: the fields of `Conversation` it set, by name, with their new values.
    data: what a reader wants to know besides; JSON-safe.
    """

    type: EventType
    at: datetime
    actor: Actor
    changes: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
