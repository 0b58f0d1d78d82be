"""When things are due: pauses, reminders, tasks. All of it absolute time in UTC."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.hours import WorkingHours

PATIENCE: Final = timedelta(minutes=10)
"""How long a contact waits for a person before the staff are reminded."""
LONGEST_PATIENCE: Final = timedelta(hours=24)
"""Reminders about one wait come further apart, but never further than this."""
IDLE: Final = timedelta(hours=24)
"""A conversation that people hold and nobody writes in is looked at this often."""
ANSWER_WAIT: Final = timedelta(minutes=5)
"""A contact who asked for a person and does not say what it is about gets one then."""
_DOUBLINGS: Final = (LONGEST_PATIENCE // PATIENCE).bit_length()
"""How many waits between reminders double before the longest is reached."""


def pause_end(now: datetime, pause: timedelta | None) -> datetime | None:
    """When a pause that starts now ends; None when people must hand back."""
    return None if pause is None else now + pause


def pause_until_opening(now: datetime, hours: WorkingHours) -> datetime:
    """When a pause until people's next opening ends: the one after they next close.

    A day from now where they never close, or never open: a bot that came back at once,
    or never, is what nobody meant.
    """
    return hours.opens_again(now) or now + timedelta(days=1)


def extended_pause(
    resume_at: datetime | None, spoke_at: datetime, quiet: timedelta
) -> datetime | None:
    """The pause's end after a staff member spoke, never in the middle of a dialogue.

    Returns the end to use; the same instant when nothing has to move.
    """
    if resume_at is None:
        return None
    return max(resume_at, spoke_at + quiet)


def due_at(conversation: Conversation) -> datetime | None:
    """When somebody must look at the conversation again, without anyone's doing.

    Never None while people have control of an open conversation: then it is the end
    of the pause, a deadline, a reminder about the contact's wait, or the daily look at
    a quiet one, whichever is first. With the bot in control it is what the bot owes a
    silent contact: a person, where they asked for one, or a question.
    """
    c = conversation
    if c.status is Status.SNOOZED:
        return _first(c.snoozed_until, c.resume_at)
    if c.status is Status.RESOLVED:
        return c.resume_at
    if c.control is Control.BOT:
        return _first(person_due_at(c), c.step_at, c.follow_up_at, c.close_at)
    return _first(c.resume_at, alarm_at(c), look_at(c))


def person_due_at(conversation: Conversation) -> datetime | None:
    """When a contact who asked for a person gets one though they said nothing more.

    None where the bot has not asked what it is about, or is about to answer them.
    """
    c = conversation
    asked = c.clarifying and c.control is Control.BOT and c.waiting_since is None
    return c.last_contact_at + ANSWER_WAIT if asked and c.last_contact_at else None


def look_at(conversation: Conversation) -> datetime | None:
    """When the staff are reminded of what people have, whatever else is due.

    A wait with a deadline or a promise is first reminded of by that; then come the
    watchdog's steps, and then reminders further and further apart.
    """
    c = conversation
    if (c.reply_due_at and not c.reply_missed) or c.promised_at:
        return None
    return c.step_at or reminder_at(c)


def alarm_at(conversation: Conversation) -> datetime | None:
    """When the next deadline, or a warning of one, is due where people have it."""
    return _first(
        *(at for alarm in Alarm if (at := alarm_due(conversation, alarm))),
    )


class Alarm(StrEnum):
    """What the clock tells about once, in the order in which it is told."""

    REPLY_MISSED = "reply_missed"
    PROMISE_BROKEN = "promise_broken"
    RESOLVE_MISSED = "resolve_missed"
    REPLY_SOON = "reply_soon"
    RESOLVE_SOON = "resolve_soon"
    WINDOW_CLOSING = "window_closing"


def alarm_due(conversation: Conversation, alarm: Alarm) -> datetime | None:
    """When an alarm is due; None when it was told, or there is nothing to tell."""
    c = conversation
    match alarm:
        case Alarm.REPLY_MISSED:
            return None if c.reply_missed else reply_by(c)
        case Alarm.PROMISE_BROKEN:
            return c.promised_at if c.waiting_since else None
        case Alarm.RESOLVE_MISSED:
            return None if c.resolve_missed else resolve_by(c)
        case Alarm.REPLY_SOON:
            return None if c.reply_missed else c.reply_warn_at
        case Alarm.RESOLVE_SOON:
            return None if c.resolve_missed else c.resolve_warn_at
        case Alarm.WINDOW_CLOSING:
            return c.window_warn_at if c.waiting_since else None
        case _:
            assert_never(alarm)


def reply_by(conversation: Conversation) -> datetime | None:
    """By when people owe the contact an answer; None when they owe none.

    Never after the channel's reply window: nothing could be said then.
    """
    return _in_window(conversation, conversation.reply_due_at)


def resolve_by(conversation: Conversation) -> datetime | None:
    """By when the matter is to be settled; None: without a deadline. See `reply_by`."""
    return _in_window(conversation, conversation.resolve_due_at)


def within_window(c: Conversation, due: datetime, now: datetime) -> datetime:
    """A time for something to do that is not after the channel's reply window.

    A window that has closed binds nothing any more: then the time stays.
    """
    closes = c.window_closes_at
    return min(due, closes) if closes and closes > now else due


def window_closed(conversation: Conversation, now: datetime) -> bool:
    """Whether the channel takes no free words any more."""
    closes = conversation.window_closes_at
    return closes is not None and closes <= now


def _in_window(c: Conversation, due: datetime | None) -> datetime | None:
    if due is None or c.control_since is None:
        return due
    return within_window(c, due, c.control_since)


def reminder_at(conversation: Conversation) -> datetime | None:
    """When the staff are next reminded of an open conversation they have.

    The wait doubles with each reminder (10, 30, 70 … minutes after the contact
    wrote), up to a day apart. None while nothing has ever happened.
    """
    since, reminders = quiet_since(conversation), conversation.chases + 1
    if since is None:
        return None
    if conversation.waiting_since is None:
        return since + IDLE * reminders
    doubled = min(reminders, _DOUBLINGS)
    further = LONGEST_PATIENCE * (reminders - doubled)
    return since + PATIENCE * int(2**doubled - 1) + further


def quiet_since(conversation: Conversation) -> datetime | None:
    """The instant reminders count from.

    The start of the contact's wait, or the last word where nobody waits; but never
    before control last moved, so that whoever gets a conversation gets time for it.
    """
    c = conversation
    if c.waiting_since:
        return _last(c.waiting_since, c.control_since)
    return _last(c.last_staff_at, c.last_contact_at, c.control_since)


def reminders_by(conversation: Conversation, now: datetime) -> int:
    """How many reminders of the present quiet are past by now, the sent included."""
    n = conversation.chases
    while (at := reminder_at(replace(conversation, chases=n))) and at <= now:
        n += 1
    return n


def _first(*instants: datetime | None) -> datetime | None:
    return min((i for i in instants if i), default=None)


def _last(*instants: datetime | None) -> datetime | None:
    return max((i for i in instants if i), default=None)
