"""What staff are told when a deadline comes near, passes, or the channel closes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from stepaside.core.bot_settings import Step
from stepaside.core.effects import (
    NotificationEvent,
    NotifyStaff,
    PromiseState,
    SettlePromise,
)
from stepaside.core.episode import contact_name, iso
from stepaside.core.events import TIMER, EventType
from stepaside.core.ids import StaffId
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.schedule import Alarm, reply_by, resolve_by
from stepaside.core.steps import wait_is_too_long

_DO: Final = "Reply, hand back to the bot, or resolve the conversation."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One alarm in words: what it is called, what it changes, what staff read."""

    type: EventType
    event: NotificationEvent
    changes: dict[str, Any]
    deadline: str
    due: datetime | None
    title: str
    body: str = _DO


def ring(s: Situation, alarm: Alarm) -> Outcome:
    """Tell of a deadline or of the reply window, once: the state remembers it."""
    told = _told(s, alarm)
    c = s.conversation
    if alarm is Alarm.PROMISE_BROKEN:
        return _promise_broken(s)
    # What it is about is in the key, so that the next wait has an alarm of its own.
    key = f"{alarm}:{c.handover_id}:{iso(told.due)}:{iso(c.waiting_since)}"
    rung = nothing(c).then(
        told.type,
        s.now,
        TIMER,
        told.changes,
        NotifyStaff(
            key=key,
            event=told.event,
            staff_ids=who_has_it(s),
            title=told.title,
            body=told.body,
        ),
        deadline=told.deadline,
        due_at=iso(told.due),
        handover_id=c.handover_id,
    )
    if alarm is Alarm.REPLY_MISSED and c.promised_at and c.promised_at <= s.now:
        return broken(rung, s)  # told in the same breath
    return rung


def broken(outcome: Outcome, s: Situation) -> Outcome:
    """The time that the contact was told has passed without a person's answer."""
    c = s.conversation
    if c.handover_id is None or c.promised_at is None:
        return outcome
    return outcome.then(
        EventType.PROMISE_BROKEN,
        s.now,
        TIMER,
        {"promised_at": None},
        SettlePromise(handover_id=c.handover_id, state=PromiseState.BROKEN),
        handover_id=c.handover_id,
        due_at=iso(c.promised_at),
    )


def _promise_broken(s: Situation) -> Outcome:
    c = s.conversation
    too_long = nothing(c).then(
        EventType.CHASED,
        s.now,
        TIMER,
        wait_is_too_long(s),
        NotifyStaff(
            key=f"promise:{c.handover_id}",
            event=NotificationEvent.CONTACT_WAITING,
            staff_ids=who_has_it(s),
            title=f"{contact_name(s)} was promised an answer by now",
            body=_DO,
        ),
        step=str(Step.ASSIGNEE),
        waiting_since=iso(c.waiting_since),
        handover_id=c.handover_id,
    )
    return broken(too_long, s)


def who_has_it(s: Situation) -> tuple[StaffId, ...]:
    """The holder; everyone who may claim where nobody at work holds it."""
    holder = s.roster.active(s.conversation.assignee_id)
    return (holder.id,) if holder else s.who_may_claim()


def in_words(length: timedelta) -> str:
    """A length of time for a line that staff read."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _told(s: Situation, alarm: Alarm) -> _Told:
    match alarm:
        case Alarm.REPLY_SOON:
            return _soon(s, "reply_warn_at", _which_reply(s), reply_by(s.conversation))
        case Alarm.RESOLVE_SOON:
            due = resolve_by(s.conversation)
            return _soon(s, "resolve_warn_at", "resolution", due)
        case Alarm.REPLY_MISSED:
            return _reply_missed(s)
        case Alarm.RESOLVE_MISSED:
            changes = {"resolve_missed": True, "resolve_warn_at": None}
            return _missed(s, changes, "resolution", resolve_by(s.conversation))
        case Alarm.WINDOW_CLOSING | Alarm.PROMISE_BROKEN:
            return _closing(s)
        case _:
            assert_never(alarm)


def _which_reply(s: Situation) -> str:
    return "next_reply" if s.conversation.answered else "first_reply"


_OWED: Final = {
    "first_reply": "the first reply",
    "next_reply": "a reply",
    "resolution": "the resolution",
}


def _soon(s: Situation, field: str, deadline: str, due: datetime | None) -> _Told:
    left = in_words(due - s.now) if due else ""
    return _Told(
        type=EventType.DEADLINE_DUE_SOON,
        event=NotificationEvent.DEADLINE_DUE_SOON,
        changes={field: None},
        deadline=deadline,
        due=due,
        title=f"{contact_name(s)}: {_OWED[deadline]} is due in {left}",
    )


def _reply_missed(s: Situation) -> _Told:
    c = s.conversation
    changes = {
        "reply_missed": True,
        "reply_warn_at": None,
        **wait_is_too_long(s),
    }
    return _missed(s, changes, _which_reply(s), reply_by(c))


def _missed(
    s: Situation, changes: dict[str, Any], deadline: str, due: datetime | None
) -> _Told:
    late = in_words(s.now - due) if due else ""
    title = f"{contact_name(s)}: {_OWED[deadline]} was due"
    if late != "0 min":
        title += f" {late} ago"
    return _Told(
        type=EventType.DEADLINE_MISSED,
        event=NotificationEvent.DEADLINE_MISSED,
        changes=changes,
        deadline=deadline,
        due=due,
        title=title,
    )


def _closing(s: Situation) -> _Told:
    closes = s.conversation.window_closes_at
    left = in_words(closes - s.now) if closes else ""
    return _Told(
        type=EventType.WINDOW_CLOSING,
        event=NotificationEvent.WINDOW_CLOSING,
        changes={"window_warn_at": None},
        deadline="reply_window",
        due=closes,
        title=f"{contact_name(s)}: {left} left to write on this channel",
        body=(
            "The channel takes free words only for a while after the contact's last "
            "message. Afterwards only approved templates reach them."
        ),
    )
