"""What to do besides changing the conversation, each with a key that makes it once.

The store turns each into rows in the same commit as the state. The keys are unique
there, so that however often a turn is retried, each effect exists once.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from stepaside.core.brief import Brief
from stepaside.core.ids import BotId, HandoverId, StaffId, TeamId


class MessageKind(StrEnum):
    """Why a message is said, which decides when it must not be said any more."""

    REPLY = "reply"
    """An ordinary message. The bot's is dropped once the lease has moved."""
    FINAL = "final"
    """The last words of a handover. Dropped only when a person has spoken since."""
    NOTE = "note"
    """Private to staff; never sent."""


class NotificationEvent(StrEnum):
    """What staff are told about."""

    CONVERSATION_ASSIGNED = "conversation_assigned"
    TASK_ASSIGNED = "task_assigned"
    HANDOVER_WAITING = "handover_waiting"
    CONTACT_REPLIED = "contact_replied"
    CONTACT_WAITING = "contact_waiting"
    DEADLINE_DUE_SOON = "deadline_due_soon"
    DEADLINE_MISSED = "deadline_missed"
    WINDOW_CLOSING = "window_closing"
    """The channel soon stops letting us write freely."""
    TASK_DUE = "task_due"
    MENTIONED = "mentioned"
    """A colleague named somebody in a note."""
    WARNING = "warning"

    @property
    def quotes(self) -> bool:
        """Whether its body is what somebody wrote, and not words of ours."""
        return self in (NotificationEvent.MENTIONED, NotificationEvent.CONTACT_REPLIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A message of the bot to the contact.

    lease: the lease it was decided under.
    """

    key: str
    text: str
    kind: MessageKind
    lease: int
    item_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTask:
    """A follow-up task on the contact and the conversation."""

    key: str
    title: str
    description: str
    due_at: datetime
    assignee_id: StaffId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagContact:
    """Tags to add to the contact; those already there stay."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyStaff:
    """Tell these staff members, each on the channels their settings name."""

    key: str
    event: NotificationEvent
    staff_ids: tuple[StaffId, ...]
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEpisode:
    """Record that people have control, and why.

    cause: the scenario, or what else led to it (see `policy.Cause`).
    tried: titles of what the bot answered on the way.
    brief: the summary in parts; None where people took it without a handover.
    language: what the contact writes in, as `de`; empty when nobody can tell.
    """

    handover_id: HandoverId
    cause: str
    rule_id: str | None
    evidence: str
    reason: str
    summary: str
    tried: tuple[str, ...]
    assignee_id: StaffId | None
    trigger_message_id: str | None = None
    brief: Brief | None = None
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseEpisode:
    """Record how people's stretch ended: handed_back or resumed."""

    handover_id: HandoverId
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenEpisode:
    """Record that people's stretch goes on after all: what ended it was taken back."""

    handover_id: HandoverId


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchBot:
    """Have another bot answer here. The one before never gets it back by itself."""

    bot_id: BotId


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberTurn:
    """Record whose turn it was in a team: the next one comes after them."""

    team_id: TeamId
    staff_id: StaffId


class PromiseState(StrEnum):
    """What became of a time a contact was told."""

    GIVEN = "given"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"
    """People gave it back or settled it before the time had come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivePromise:
    """Record the time that the final message of a handover tells."""

    handover_id: HandoverId
    due_at: datetime
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlePromise:
    """Record what became of it; what is settled stays so.

    told: instead, record that the contact was told that it takes longer.
    """

    handover_id: HandoverId
    state: PromiseState
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewPromise:
    """A withdrawn promise holds again: what withdrew it was taken back."""

    handover_id: HandoverId


Effect = (
    Say
    | CreateTask
    | TagContact
    | NotifyStaff
    | OpenEpisode
    | CloseEpisode
    | ReopenEpisode
    | SwitchBot
    | RememberTurn
    | GivePromise
    | SettlePromise
    | RenewPromise
)

Json = dict[str, Any]
