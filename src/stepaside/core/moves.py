"""What contacts, the bot and people may do to a conversation. One function a deed.

Each returns an outcome that the store saves in one commit. An outcome without events
means that there was nothing to do, which is how a repeated request stays harmless.
"""

from dataclasses import replace
from datetime import datetime

from stepaside.core import clock
from stepaside.core.conversation import (
    Control,
    Conversation,
    Move,
    Status,
    StatusMove,
)
from stepaside.core.effects import (
    NotificationEvent,
    NotifyStaff,
    PromiseState,
    SettlePromise,
)
from stepaside.core.episode import (
    contact_name,
    end_episode,
    iso,
    with_people,
    withdrawn,
)
from stepaside.core.errors import InvalidField, Refusal
from stepaside.core.events import CONTACT, Actor, EventType
from stepaside.core.ids import HandoverId, StaffId
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.pauses import Resume, pause_after_words, rule_pause_begins
from stepaside.core.policy import Decision, DecisionKind
from stepaside.core.roster import BotMode
from stepaside.core.schedule import reminders_by
from stepaside.core.terms import USUAL, Returning, Terms


class AlreadyClaimed(Refusal):
    """Somebody else holds the conversation."""

    def __init__(self, holder_id: StaffId, holder: str) -> None:
        super().__init__(f"{holder or 'Somebody else'} already has this conversation.")
        self.holder_id = holder_id


class NotOnStaff(Refusal):
    """The staff member is unknown, disabled or deleted."""

    def __init__(self) -> None:
        super().__init__("This staff member is disabled or deleted; choose another.")


class PeopleHaveControl(Refusal):
    """A bot may not speak while people have control."""

    def __init__(self) -> None:
        super().__init__("People have control; a bot may not speak now.")


def contact_writes(
    c: Conversation, at: datetime, message_id: str, terms: Terms = USUAL
) -> Outcome:
    """Store that the contact wrote. Opens a resolved or snoozed conversation again.

    Where people have control and the contact had not waited, an answer is now due.
    """
    change = c.status_moved(StatusMove.CONTACT_WRITES)
    opened = nothing(c)
    if change:
        opened = opened.then(
            EventType.REOPENED, at, CONTACT, {**change, **_work_again(c, at, terms)}
        )
    last = max(at, c.last_contact_at) if c.last_contact_at else at
    changes = {
        "last_contact_at": last,
        **clock.window_opens(last, terms),
        **clock.only_changed(c, clock.SILENCE_ENDS),
    }
    if c.waiting_since is None:
        began = clock.only_changed(c, clock.wait_begins(c, at, terms))
        changes = {"waiting_since": at, "chases": 0, **began, **changes}
    return opened.then(
        EventType.MESSAGE_RECEIVED, at, CONTACT, changes, message_id=message_id
    )


def _work_again(c: Conversation, at: datetime, terms: Terms) -> clock.Changes:
    """What was settled is begun anew.

    What people still have is theirs to settle once more. What the bot said before it
    was settled counts no more; that it failed does, until the contact shows that it is
    solved or turns to something else, since silence settles a conversation too.
    """
    if c.status is not Status.RESOLVED:
        return {}
    if c.control is Control.BOT:
        return clock.only_changed(c, {"bot_messages": 0})
    return clock.only_changed(c, clock.resolution_begins(at, terms))


def reply_notice(s: Situation, message_id: str, text: str) -> NotifyStaff | None:
    """Whom to tell that their contact wrote; None where nobody needs to be.

    s: as it was before the message. Told once per wait and not per message, and only
        where a person has it: of what waits for the first to come, they are told
        when it starts to wait.
    """
    c = s.conversation
    holder = s.roster.active(c.assignee_id)
    if holder is None or c.waiting_since is not None:
        return None
    return NotifyStaff(
        key=f"replied:{message_id}",
        event=NotificationEvent.CONTACT_REPLIED,
        staff_ids=(holder.id,),
        title=f"{contact_name(s)} replied",
        body=_beginning(text),
    )


def _beginning(text: str, length: int = 200) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"


def record_decision(
    c: Conversation, at: datetime, actor: Actor, d: Decision
) -> Outcome:
    """Store what was decided about a turn, also when nothing follows from it."""
    after = {
        "failed_attempts": d.failed_attempts,
        "clarifying": d.clarifies,
        "offered": c.offered or d.kind is DecisionKind.OFFER,
    }
    return nothing(c).then(
        EventType.DECIDED,
        at,
        actor,
        {name: x for name, x in after.items() if x != getattr(c, name)},
        decision=str(d.kind),
        cause=str(d.cause) if d.cause else None,
        rule_id=d.rule.id if d.rule else None,
        reason=d.reason,
    )


def bot_replies(
    outcome: Outcome,
    at: datetime,
    actor: Actor,
    messages: int,
    silence: clock.Changes | None = None,
) -> Outcome:
    """Store that the bot answered with so many messages.

    silence: what happens if the contact says nothing more (`silence_begins`).
    Raises:
        PeopleHaveControl: the bot has no control.
    """
    c = outcome.conversation
    if c.control is not Control.BOT:
        raise PeopleHaveControl
    changes: clock.Changes = {
        "bot_messages": c.bot_messages + messages,
        "waiting_since": None,
        **clock.only_changed(c, {"step_at": None, "bot_errors": 0}),
        **clock.only_changed(c, silence or {}),
    }
    return outcome.then(EventType.BOT_REPLIED, at, actor, changes, messages=messages)


def staff_replies(
    s: Situation, actor: Actor, message_id: str, new_handover: HandoverId
) -> Outcome:
    """Store that a person spoke. Takes control over if nobody held it.

    actor: a staff member, or `OUTSIDE` for an echo of words we did not send.
    """
    taken = _take_over(s, actor, new_handover)
    c = taken.conversation
    replied = taken.then(
        EventType.STAFF_REPLIED,
        s.now,
        actor,
        {
            "waiting_since": None,
            "chases": 0,
            "last_staff_at": s.now,
            "answered": True,
            **clock.only_changed(c, clock.REPLY_OWED_NO_MORE),
        },
        message_id=message_id,
        handover_id=c.handover_id,
    )
    replied = _promise_settled(replied, c, s.now, actor)
    return _in_dialogue(replied, s, actor)


def _in_dialogue(outcome: Outcome, s: Situation, actor: Actor) -> Outcome:
    """A pause that would end in the middle of a dialogue ends later."""
    resume_at = outcome.conversation.resume_at
    end = pause_after_words(outcome.conversation, s.bot, s.now)
    if end == resume_at:
        return outcome
    return outcome.then(
        EventType.PAUSE_EXTENDED, s.now, actor, {"resume_at": end}, until=iso(end)
    )


def _promise_settled(
    replied: Outcome, c: Conversation, at: datetime, actor: Actor
) -> Outcome:
    """Whether a person answered by the time the contact was told."""
    if c.promised_at is None or c.handover_id is None:
        return replied
    kept = at <= c.promised_at
    state = PromiseState.KEPT if kept else PromiseState.BROKEN
    return replied.then(
        EventType.PROMISE_KEPT if kept else EventType.PROMISE_BROKEN,
        at,
        actor,
        None,
        SettlePromise(handover_id=c.handover_id, state=state),
        handover_id=c.handover_id,
        due_at=iso(c.promised_at),
    )


def _take_over(s: Situation, actor: Actor, new_handover: HandoverId) -> Outcome:
    c = s.conversation
    if c.control is Control.HUMAN:
        return nothing(c)
    changes = {**c.moved(Move.TAKE_OVER, s.now), "assignee_id": actor.staff_id}
    return with_people(s, EventType.TAKEN_OVER, actor, changes, new_handover)


def claim(s: Situation, staff_id: StaffId, actor: Actor, new: HandoverId) -> Outcome:
    """Take the conversation for oneself: atomic, first come, first served.

    Raises:
        AlreadyClaimed: somebody else holds it.
        NotOnStaff: the claimer is disabled or deleted.
    """
    c = s.conversation
    require_active(s, staff_id)
    if c.assignee_id == staff_id:
        return nothing(c)
    if c.assignee_id:
        holder = s.roster.staff.get(c.assignee_id)
        raise AlreadyClaimed(c.assignee_id, holder.name if holder else "")
    changes = {**c.moved(Move.CLAIM, s.now), "assignee_id": staff_id}
    claimed = with_people(s, EventType.CLAIMED, actor, changes, new)
    return _in_dialogue(claimed, s, actor)


def assign(s: Situation, staff_id: StaffId, actor: Actor, new: HandoverId) -> Outcome:
    """Give the conversation to a staff member and tell them.

    Raises:
        NotOnStaff: that staff member is disabled or deleted.
    """
    c = s.conversation
    require_active(s, staff_id)
    if c.assignee_id == staff_id:
        return nothing(c)
    changes = {**c.moved(Move.ASSIGN, s.now), "assignee_id": staff_id}
    assigned = with_people(s, EventType.ASSIGNED, actor, changes, new)
    if actor.staff_id == staff_id:
        return assigned
    lease = assigned.conversation.lease
    return assigned.also(
        NotifyStaff(
            key=f"notify:{c.id}:assigned:{lease}",
            event=NotificationEvent.CONVERSATION_ASSIGNED,
            staff_ids=(staff_id,),
            title=f"{contact_name(s)} was assigned to you",
            body="",
        )
    )


def release(s: Situation, actor: Actor) -> Outcome:
    """Give it back to the queue, where it is open; everyone who may claim is told.

    Raises:
        IllegalMove: no person holds it.
    """
    c = s.conversation
    changes = {**c.moved(Move.RELEASE, s.now), "assignee_id": None}
    lease = changes["lease"]
    return nothing(c).then(
        EventType.RELEASED,
        s.now,
        actor,
        changes,
        NotifyStaff(
            key=f"notify:{c.id}:released:{lease}",
            event=NotificationEvent.HANDOVER_WAITING,
            staff_ids=s.who_may_claim(),
            title=f"{contact_name(s)} waits for a person",
            body="The conversation was released to the queue.",
        ),
        handover_id=c.handover_id,
    )


def hand_back(s: Situation, actor: Actor) -> Outcome:
    """Return control to the bot. It answers the contact's next message, not the old.

    Raises:
        IllegalMove: the bot already has control.
    """
    changes = s.conversation.moved(Move.HAND_BACK, s.now)
    return end_episode(s, EventType.HANDED_BACK, actor, changes, "handed_back")


def pause(
    s: Situation,
    until: datetime | None,
    actor: Actor,
    new: HandoverId,
    resume: Resume = Resume.TIME,
) -> Outcome:
    """Silence the bot until an instant, or until people hand back when None.

    resume: what ends it instead. With staff_inactive `until` is how far away the end
        is from each of people's words, from now on.
    Raises:
        InvalidField: the end is not in the future.
    """
    if until is not None and until <= s.now:
        raise InvalidField("until", "must be in the future")
    c = s.conversation
    inactive = until - s.now if until else None
    begun = rule_pause_begins(resume, until, inactive, s.bot)
    begun = clock.only_changed(c, {**begun, "paused_by_hand": True})
    changes = {**c.moved(Move.PAUSE, s.now), "resume_at": until, **begun}
    return with_people(s, EventType.PAUSED, actor, changes, new, until=iso(until))


def resolve(s: Situation, actor: Actor) -> Outcome:
    """Say that the work is done. Control and a running pause stay as they are.

    Unless the rule, or the bot's setting for contacts who come back, ends the pause.

    Raises:
        IllegalMove: it is resolved already.
    """
    changes = {
        **s.conversation.status_moved(StatusMove.RESOLVE),
        "waiting_since": None,
        "chases": 0,
        **clock.only_changed(s.conversation, clock.NOTHING_OWED),
    }
    silence = {**clock.SILENCE_ENDS, "clarifying": False}
    changes |= clock.only_changed(s.conversation, silence)
    resolved = nothing(s.conversation).then(
        EventType.RESOLVED, s.now, actor, changes, *withdrawn(s.conversation)
    )
    return resolved.followed_by(_back_to_the_bot(s, resolved.conversation, actor))


def _back_to_the_bot(s: Situation, c: Conversation, actor: Actor) -> Outcome:
    """What is settled is the bot's again where the rule or the bot has it so."""
    wanted = c.resume_on_resolve or (
        s.terms.returning is Returning.BOT and not c.paused_by_hand
    )
    answers = s.bot is not None and s.bot.mode is BotMode.AUTO
    if c.control is Control.BOT or not wanted or not answers:
        return nothing(c)
    after = replace(s, conversation=c)
    changes = c.moved(Move.RESUME, s.now)
    return end_episode(after, EventType.RESUMED, actor, changes, "resolved")


def reopen(s: Situation, actor: Actor) -> Outcome:
    """Open a resolved conversation again. Raises: IllegalMove: it is not resolved."""
    c = s.conversation
    changes = c.status_moved(StatusMove.REOPEN)
    if c.control is not Control.BOT:
        # Whoever opens it looks at it: the reminders of the days between are past.
        changes["chases"] = reminders_by(c, s.now)
        changes |= _work_again(c, s.now, s.terms)
    return nothing(c).then(EventType.REOPENED, s.now, actor, changes)


def snooze(s: Situation, until: datetime, actor: Actor) -> Outcome:
    """Put it aside until an instant, or until the contact writes.

    Raises:
        InvalidField: the end is not in the future.
        IllegalMove: it is resolved.
    """
    if until <= s.now:
        raise InvalidField("until", "must be in the future")
    changes = {
        **s.conversation.status_moved(StatusMove.SNOOZE),
        "snoozed_until": until,
    }
    return nothing(s.conversation).then(
        EventType.SNOOZED, s.now, actor, changes, until=iso(until)
    )


def unsnooze(s: Situation, actor: Actor) -> Outcome:
    """End a snooze before its time. Raises: IllegalMove: it is not snoozed."""
    changes = s.conversation.status_moved(StatusMove.WAKE)
    return nothing(s.conversation).then(EventType.WOKEN, s.now, actor, changes)


def require_active(s: Situation, staff_id: StaffId | None) -> None:
    """Raises: NotOnStaff: the staff member is unknown, disabled or deleted."""
    if s.roster.active(staff_id) is None:
        raise NotOnStaff
