"""Who may speak: control, its lease, the status, and the only ways they change.

The two tables below are the law. Every pair is in them: a pair that leads to None is
refused. `docs/states.md` is drawn from them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from stepaside.core.errors import Refusal
from stepaside.core.events import Event
from stepaside.core.ids import ConversationId, HandoverId, StaffId, TeamId


class Control(StrEnum):
    """Who may speak to the contact."""

    BOT = "bot"
    QUEUE = "queue"
    """People, but nobody has taken it yet."""
    HUMAN = "human"


class Status(StrEnum):
    """Whether there is work left. Says nothing about who may speak."""

    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Move(StrEnum):
    """What can happen to control. Each accepted one bumps the lease."""

    HAND_OVER_TO_QUEUE = "hand_over_to_queue"
    HAND_OVER_TO_STAFF = "hand_over_to_staff"
    TAKE_OVER = "take_over"
    """A person spoke while the bot or the queue had control."""
    CLAIM = "claim"
    ASSIGN = "assign"
    RELEASE = "release"
    GIVE_TO_TEAM = "give_to_team"
    """It waits in a team's queue."""
    HAND_BACK = "hand_back"
    RESUME = "resume"
    """The timer returns control."""
    PAUSE = "pause"
    """Silence the bot, or change until when it is silent."""
    TRANSFER = "transfer"
    """Another bot gets it."""


class StatusMove(StrEnum):
    """What can happen to the status."""

    RESOLVE = "resolve"
    REOPEN = "reopen"
    SNOOZE = "snooze"
    WAKE = "wake"
    CONTACT_WRITES = "contact_writes"


CONTROL_AFTER: Final[Mapping[tuple[Control, Move], Control | None]] = {
    (Control.BOT, Move.HAND_OVER_TO_QUEUE): Control.QUEUE,
    (Control.BOT, Move.HAND_OVER_TO_STAFF): Control.HUMAN,
    (Control.BOT, Move.TAKE_OVER): Control.HUMAN,
    (Control.BOT, Move.CLAIM): Control.HUMAN,
    (Control.BOT, Move.ASSIGN): Control.HUMAN,
    (Control.BOT, Move.RELEASE): None,
    (Control.BOT, Move.GIVE_TO_TEAM): Control.QUEUE,
    (Control.BOT, Move.HAND_BACK): None,
    (Control.BOT, Move.RESUME): None,
    (Control.BOT, Move.PAUSE): Control.QUEUE,
    (Control.BOT, Move.TRANSFER): Control.BOT,
    (Control.QUEUE, Move.HAND_OVER_TO_QUEUE): None,
    (Control.QUEUE, Move.HAND_OVER_TO_STAFF): None,
    (Control.QUEUE, Move.TAKE_OVER): Control.HUMAN,
    (Control.QUEUE, Move.CLAIM): Control.HUMAN,
    (Control.QUEUE, Move.ASSIGN): Control.HUMAN,
    (Control.QUEUE, Move.RELEASE): None,
    (Control.QUEUE, Move.GIVE_TO_TEAM): Control.QUEUE,
    (Control.QUEUE, Move.HAND_BACK): Control.BOT,
    (Control.QUEUE, Move.RESUME): Control.BOT,
    (Control.QUEUE, Move.PAUSE): Control.QUEUE,
    (Control.QUEUE, Move.TRANSFER): None,
    (Control.HUMAN, Move.HAND_OVER_TO_QUEUE): None,
    (Control.HUMAN, Move.HAND_OVER_TO_STAFF): None,
    (Control.HUMAN, Move.TAKE_OVER): None,
    (Control.HUMAN, Move.CLAIM): Control.HUMAN,
    (Control.HUMAN, Move.ASSIGN): Control.HUMAN,
    (Control.HUMAN, Move.RELEASE): Control.QUEUE,
    (Control.HUMAN, Move.GIVE_TO_TEAM): Control.QUEUE,
    (Control.HUMAN, Move.HAND_BACK): Control.BOT,
    (Control.HUMAN, Move.RESUME): Control.BOT,
    (Control.HUMAN, Move.PAUSE): Control.HUMAN,
    (Control.HUMAN, Move.TRANSFER): None,
}
"""Control after a move; None where the move is refused. A claim of a conversation
that somebody else holds is refused by `moves.claim`, which knows who asks."""

NEW_HOLDER: Final = timedelta(minutes=10)
"""Time for whoever gets a conversation before the next step is taken about it."""

STATUS_AFTER: Final[Mapping[tuple[Status, StatusMove], Status | None]] = {
    (Status.OPEN, StatusMove.RESOLVE): Status.RESOLVED,
    (Status.OPEN, StatusMove.REOPEN): None,
    (Status.OPEN, StatusMove.SNOOZE): Status.SNOOZED,
    (Status.OPEN, StatusMove.WAKE): None,
    (Status.OPEN, StatusMove.CONTACT_WRITES): Status.OPEN,
    (Status.SNOOZED, StatusMove.RESOLVE): Status.RESOLVED,
    (Status.SNOOZED, StatusMove.REOPEN): None,
    (Status.SNOOZED, StatusMove.SNOOZE): Status.SNOOZED,
    (Status.SNOOZED, StatusMove.WAKE): Status.OPEN,
    (Status.SNOOZED, StatusMove.CONTACT_WRITES): Status.OPEN,
    (Status.RESOLVED, StatusMove.RESOLVE): None,
    (Status.RESOLVED, StatusMove.REOPEN): Status.OPEN,
    (Status.RESOLVED, StatusMove.SNOOZE): None,
    (Status.RESOLVED, StatusMove.WAKE): None,
    (Status.RESOLVED, StatusMove.CONTACT_WRITES): Status.OPEN,
}
"""Status after a move; None where the move is refused."""


class IllegalMove(Refusal):
    """The move does not exist from where the conversation stands."""

    def __init__(self, state: Control | Status, move: Move | StatusMove) -> None:
        super().__init__(_REFUSED.get((state, move)) or f"{state}: cannot {move} now")
        self.state = state
        self.move = move


_HAND_BACK_FIRST: Final = "People have control; hand back to give it to another bot."
_REOPEN_FIRST: Final = "It is resolved; reopen it to hand it over."
_REFUSED: Final[Mapping[tuple[Control | Status, Move | StatusMove], str]] = {
    (Control.BOT, Move.HAND_BACK): "The bot already has control.",
    (Control.BOT, Move.RESUME): "The bot already has control.",
    (Control.BOT, Move.RELEASE): "The bot has control; there is nothing to release.",
    (Control.QUEUE, Move.RELEASE): "Nobody holds it; it already waits in the queue.",
    (Control.QUEUE, Move.HAND_OVER_TO_QUEUE): "People already have control.",
    (Control.QUEUE, Move.HAND_OVER_TO_STAFF): "People already have control.",
    (Control.HUMAN, Move.HAND_OVER_TO_QUEUE): "People already have control.",
    (Control.HUMAN, Move.HAND_OVER_TO_STAFF): "People already have control.",
    (Control.HUMAN, Move.TAKE_OVER): "A person already has control.",
    (Control.QUEUE, Move.TRANSFER): _HAND_BACK_FIRST,
    (Control.HUMAN, Move.TRANSFER): _HAND_BACK_FIRST,
    (Status.RESOLVED, StatusMove.RESOLVE): "It is already resolved.",
    (Status.RESOLVED, StatusMove.SNOOZE): "It is resolved; reopen it to snooze it.",
    (Status.OPEN, StatusMove.REOPEN): "It is already open.",
    (Status.OPEN, StatusMove.WAKE): "It is not snoozed.",
    (Status.SNOOZED, StatusMove.REOPEN): "It is snoozed, not resolved.",
    (Status.RESOLVED, StatusMove.WAKE): "It is resolved, not snoozed.",
    (Status.RESOLVED, Move.HAND_OVER_TO_QUEUE): _REOPEN_FIRST,
    (Status.RESOLVED, Move.HAND_OVER_TO_STAFF): _REOPEN_FIRST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The state that decides who speaks and what is due; nothing else.

    lease: grows by one with every accepted `Move`. A bot reply decided under a lease
        that has since moved is never sent.
    control_since: when the last accepted move happened; None before the first.
    assignee_id: the staff member who holds it. With control `human` None means a
        person outside the desk, seen by an echo.
    team_id: the team whose it is, and in whose queue it waits; None where no team is
        meant.
    handover_id: the open episode; set exactly while people have control.
    resume_at: when the timer returns control; None until people hand back.
    failed_attempts: answers in a row that failed on the current issue.
    bot_messages: how many replies the bot has sent since it last got control, or the
        contact came back to what was resolved.
    waiting_since: since when the contact has waited for an answer; None when the
        last word was ours. A final message is no answer.
    chases: reminders about the present quiet whose time has come; 0 with the bot.
    last_staff_at, last_contact_at: when each last wrote; None when never.
    answered: whether a person has written to the contact in the open episode.
    reply_due_at: by when people owe the waiting contact an answer; None when they owe
        none. The channel's reply window may end sooner (see `schedule.reply_by`).
    reply_warn_at: when staff are warned of that; None once they were.
    reply_missed: whether that time has passed and staff were told.
    resolve_due_at, resolve_warn_at, resolve_missed: the same for settling it all.
    resume_latest_at: people's words extend the pause no further than this; None: as far
        as they go.
    resume_on_resolve: control returns to the bot when it is resolved.
    inactive_minutes: control returns so long after a person's last word; None: it does
        not depend on that.
    paused_by_hand: staff chose the pause, or the contact told the bot to stop, so that
        neither resolving nor the watchdog ends it.
    last_holder_id: who held it when people last gave it back.
    follow_up_at: when the bot asks a silent contact again; None: not.
    follow_ups: how often it has, since the contact last wrote.
    close_at: when it is resolved unless the contact writes; None: not by itself.
    bot_errors: handovers in a row because the bot failed, without an answer between.
    promised_at: by when the contact was told to have an answer; None when nothing was
        told, or it is settled whether that was kept.
    steps: how many steps of the watchdog are past in the open episode.
    step_at: when its next one is taken; None while none is due. With the bot in
        control, when staff are told again of a contact who was left without an answer.
    window_closes_at: until when the channel lets us write freely; None: always.
    window_warn_at: when staff are warned of that; None once they were.
    offered: the bot has offered a person in this conversation.
    clarifying: the contact asked for a person, and was asked what it is about.
    """

    id: ConversationId
    control: Control = Control.BOT
    control_since: datetime | None = None
    lease: int = 0
    status: Status = Status.OPEN
    assignee_id: StaffId | None = None
    team_id: TeamId | None = None
    handover_id: HandoverId | None = None
    resume_at: datetime | None = None
    snoozed_until: datetime | None = None
    failed_attempts: int = 0
    bot_messages: int = 0
    waiting_since: datetime | None = None
    chases: int = 0
    last_contact_at: datetime | None = None
    last_staff_at: datetime | None = None
    answered: bool = False
    reply_due_at: datetime | None = None
    reply_warn_at: datetime | None = None
    reply_missed: bool = False
    resolve_due_at: datetime | None = None
    resolve_warn_at: datetime | None = None
    resolve_missed: bool = False
    resume_latest_at: datetime | None = None
    resume_on_resolve: bool = False
    inactive_minutes: int | None = None
    paused_by_hand: bool = False
    last_holder_id: StaffId | None = None
    follow_up_at: datetime | None = None
    follow_ups: int = 0
    close_at: datetime | None = None
    bot_errors: int = 0
    promised_at: datetime | None = None
    steps: int = 0
    step_at: datetime | None = None
    window_closes_at: datetime | None = None
    window_warn_at: datetime | None = None
    offered: bool = False
    clarifying: bool = False

    def after(self, event: Event) -> "Conversation":
        """The conversation once the event has happened."""
        return replace(self, **event.changes)

    def moved(self, move: Move, at: datetime) -> dict[str, Any]:
        """The changes a control move makes by itself: control, since when, and lease.

        Reminders start afresh: whoever gets it has not been reminded yet. What was put
        aside is open again where it comes to the queue or the bot hands it over.

        Raises:
            IllegalMove: the table refuses the move.
        """
        target = CONTROL_AFTER[self.control, move]
        if target is None:
            raise IllegalMove(self.control, move)
        asked = {"clarifying": False} if self.clarifying else {}
        alone = {"follow_up_at": None, "close_at": None, "follow_ups": 0}
        changed = {k: v for k, v in alone.items() if getattr(self, k) != v}
        more_time = {"step_at": at + NEW_HOLDER} if self.step_at else {}
        return {
            "control": target,
            "control_since": at,
            "lease": self.lease + 1,
            "chases": 0,
            **asked,
            **more_time,
            **changed,
            **self._seen_again(move, target),
        }

    def _seen_again(self, move: Move, target: Control) -> dict[str, Any]:
        """Whoever it comes to did not put it aside, and would not see it."""
        new_queue = self.control is not Control.QUEUE or move is Move.GIVE_TO_TEAM
        comes = move is Move.HAND_OVER_TO_STAFF or (
            target is Control.QUEUE and new_queue
        )
        if self.status is not Status.SNOOZED or not comes:
            return {}
        return self.status_moved(StatusMove.WAKE)

    def status_moved(self, move: StatusMove) -> dict[str, Any]:
        """The change a status move makes; empty where the status stays.

        Raises:
            IllegalMove: the table refuses the move.
        """
        target = STATUS_AFTER[self.status, move]
        if target is None:
            raise IllegalMove(self.status, move)
        if target is self.status:
            return {}
        return {"status": target, "snoozed_until": None}


def replay(start: Conversation, events: Iterable[Event]) -> Conversation:
    """Fold events, oldest first, over a conversation as it was when it started."""
    for event in events:
        start = start.after(event)
    return start


def broken_laws(conversation: Conversation) -> list[str]:
    """What is wrong with a state, in plain words; empty for every reachable one."""
    c, people = conversation, conversation.control is not Control.BOT
    laws = {
        "a staff member is assigned only while a person has control": (
            c.assignee_id is None or c.control is Control.HUMAN
        ),
        "a team has only what people have": people or c.team_id is None,
        "an episode is open exactly while people have control": (
            (c.handover_id is not None) == people
        ),
        "a pause ends only where there is one": c.resume_at is None or people,
        "a snooze has an end": (c.status is Status.SNOOZED)
        == (c.snoozed_until is not None),
        "nobody waits in a resolved conversation": (
            c.status is not Status.RESOLVED or c.waiting_since is None
        ),
        "a question before the handover is asked only by the bot": (
            not c.clarifying or not people
        ),
        "people are reminded only of what they have": people or c.chases == 0,
        "people owe an answer only where somebody waits for them": (
            c.reply_due_at is None or (people and c.waiting_since is not None)
        ),
        "people promise only while they have it": c.promised_at is None or people,
        "the watchdog watches only where somebody waits": (
            c.step_at is None or c.waiting_since is not None
        ),
        "the watchdog's steps belong to an episode": people or c.steps == 0,
        "the bot asks again and closes only what it has": (
            not people or (c.follow_up_at, c.close_at, c.follow_ups) == (None, None, 0)
        ),
        "how a pause ends is told only while there is one": people
        or not (c.resume_on_resolve or c.inactive_minutes or c.paused_by_hand),
        "people owe a settlement only of open work they have": (
            c.resolve_due_at is None or (people and c.status is not Status.RESOLVED)
        ),
        "counters never go below zero": min(
            c.lease, c.failed_attempts, c.bot_messages, c.chases, c.steps
        )
        >= 0,
    }
    return [law for law, holds in laws.items() if not holds]


STATE_FIELDS: Final = tuple(f.name for f in fields(Conversation) if f.name != "id")
"""The fields an event may change."""
