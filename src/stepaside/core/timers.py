"""What the clock may do to a conversation. State decides, never the timer itself."""

from datetime import datetime

from stepaside.core.alarms import ring, who_has_it
from stepaside.core.conversation import Control, Conversation, Move, Status
from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.episode import contact_name, end_episode, iso
from stepaside.core.events import TIMER, EventType
from stepaside.core.following import follow_up
from stepaside.core.moves import resolve, unsnooze
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.plan import Handover, hand_over
from stepaside.core.roster import BotMode
from stepaside.core.schedule import (
    Alarm,
    alarm_due,
    look_at,
    person_due_at,
)
from stepaside.core.watchdog import left_waiting, never_answered, take_step


def wake(s: Situation, wanted: Handover | None = None) -> Outcome:
    """Do whatever is due by now: end a snooze, return control, remind the staff.

    Safe to call at any time and as often as one likes: state, not the timer,
    decides. Long after everything was due (the server was down), each happens once.

    wanted: the handover that the contact asked for; needed where `owes_a_person`.
    """
    c, now = s.conversation, s.now
    if c.snoozed_until and c.snoozed_until <= now:
        return unsnooze(s, TIMER)
    if c.resume_at and c.resume_at <= now:
        return resume(s)
    if c.status is not Status.OPEN:
        return nothing(c)
    if c.control is Control.BOT:
        return _of_the_bot(s, wanted)
    for alarm in Alarm:
        at = alarm_due(c, alarm)
        if at and at <= now:
            return ring(s, alarm)
    at = look_at(c)
    return take_step(s) if at and at <= now else nothing(c)


def owes_a_person(c: Conversation, now: datetime) -> bool:
    """Whether a contact who asked for a person is to get one without an answer."""
    at = person_due_at(c)
    return c.status is Status.OPEN and at is not None and at <= now


def _of_the_bot(s: Situation, wanted: Handover | None) -> Outcome:
    """What is due while the bot has it: the contact is silent, or was left waiting."""
    c, now = s.conversation, s.now
    if wanted and owes_a_person(c, now):
        return hand_over(s, wanted)
    if c.step_at and c.step_at <= now:
        return left_waiting(s)
    if c.follow_up_at and c.follow_up_at <= now:
        return follow_up(s)
    if c.close_at and c.close_at <= now:
        return resolve(s, TIMER)
    return nothing(c)


def resume(s: Situation) -> Outcome:
    """The pause has ended: the timer returns control. A stale timer does nothing.

    A contact who is still waiting stays visible: the staff are told, since the bot
    will not answer what was written to people. Where no bot could answer, people keep
    it until they hand it back.
    """
    c = s.conversation
    if c.control is Control.BOT or c.resume_at is None or c.resume_at > s.now:
        return nothing(c)
    if s.bot is None or s.bot.mode is not BotMode.AUTO:
        return _no_bot_to_resume(s)
    changes = c.moved(Move.RESUME, s.now)
    resumed = end_episode(s, EventType.RESUMED, TIMER, changes, "resumed")
    return resumed.also(*never_answered(s))


def _no_bot_to_resume(s: Situation) -> Outcome:
    c = s.conversation
    note = NotifyStaff(
        key=f"notify:{c.handover_id}:stays:{iso(c.resume_at)}",
        event=NotificationEvent.WARNING,
        staff_ids=who_has_it(s),
        title=f"{contact_name(s)} stays with you: the bot is off",
        body="The pause has ended, but no bot answers here. Hand back when one does.",
    )
    return nothing(c).then(
        EventType.PAUSE_EXTENDED,
        s.now,
        TIMER,
        {"resume_at": None},
        note,
        until=None,
        reason="bot_off",
    )
