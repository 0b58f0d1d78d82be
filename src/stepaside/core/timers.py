"""What the clock may do to a conversation. State decides, never the timer itself."""

from stepaside.core.alarms import ring
from stepaside.core.conversation import Control, Move, Status
from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.episode import contact_name, end_episode, iso
from stepaside.core.events import TIMER, EventType
from stepaside.core.moves import unsnooze
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.schedule import (
    Alarm,
    alarm_due,
    look_at,
    quiet_since,
    reminders_by,
)


def wake(s: Situation) -> Outcome:
    """Do whatever is due by now: end a snooze, return control, remind the staff.

    Safe to call at any time and as often as one likes: state, not the timer,
    decides. Long after everything was due (the server was down), each happens once.
    """
    c, now = s.conversation, s.now
    if c.snoozed_until and c.snoozed_until <= now:
        return unsnooze(s, TIMER)
    if c.resume_at and c.resume_at <= now:
        return resume(s)
    if c.control is Control.BOT or c.status is not Status.OPEN:
        return nothing(c)
    for alarm in Alarm:
        at = alarm_due(c, alarm)
        if at and at <= now:
            return ring(s, alarm)
    at = look_at(c)
    return _chase(s) if at and at <= now else nothing(c)


def resume(s: Situation) -> Outcome:
    """The pause has ended: the timer returns control. A stale timer does nothing.

    A contact who is still waiting stays visible: the staff are told, since the bot
    will not answer what was written to people.
    """
    c = s.conversation
    if c.control is Control.BOT or c.resume_at is None or c.resume_at > s.now:
        return nothing(c)
    changes = c.moved(Move.RESUME, s.now)
    resumed = end_episode(s, EventType.RESUMED, TIMER, changes, "resumed")
    if c.waiting_since is None:
        return resumed
    told = (c.assignee_id,) if s.roster.active(c.assignee_id) else ()
    return resumed.also(
        NotifyStaff(
            key=f"notify:{c.handover_id}:resumed",
            event=NotificationEvent.CONTACT_WAITING,
            staff_ids=tuple(i for i in told if i) or s.who_may_claim(),
            title=f"{contact_name(s)} was never answered",
            body=(
                "The pause has ended and the bot may speak again, but it does not "
                "answer what was written while people had control."
            ),
        )
    )


def _chase(s: Situation) -> Outcome:
    """Remind whoever has it. Reminders missed while nothing ran count as one."""
    c = s.conversation
    n = reminders_by(c, s.now)
    told = (c.assignee_id,) if s.roster.active(c.assignee_id) else ()
    effect = NotifyStaff(
        key=f"chase:{c.handover_id}:{c.lease}:{iso(quiet_since(c))}:{n}",
        event=NotificationEvent.CONTACT_WAITING,
        staff_ids=tuple(i for i in told if i) or s.who_may_claim(),
        title=_chase_title(s),
        body="Reply, hand back to the bot, or resolve the conversation.",
    )
    since = iso(c.waiting_since)
    return nothing(c).then(
        EventType.CHASED, s.now, TIMER, {"chases": n}, effect, waiting_since=since
    )


def _chase_title(s: Situation) -> str:
    since = s.conversation.waiting_since
    if since is None:
        return f"{contact_name(s)} is still with people"
    minutes = int((s.now - since).total_seconds() // 60)
    return f"{contact_name(s)} has waited {minutes} min for a person"
