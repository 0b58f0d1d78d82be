"""Never both silent: what is done, step by step, about a contact who waits too long."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, assert_never

from stepaside.core.alarms import in_words, who_has_it
from stepaside.core.assignment import Assignment, choose_in_team
from stepaside.core.bot_settings import Step, past
from stepaside.core.conversation import Control, Move
from stepaside.core.effects import (
    MessageKind,
    NotificationEvent,
    NotifyStaff,
    PromiseState,
    Say,
    SettlePromise,
)
from stepaside.core.episode import contact_name, end_episode, iso
from stepaside.core.events import TIMER, EventType
from stepaside.core.ids import StaffId
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.plan import turn_taken
from stepaside.core.roster import BotMode
from stepaside.core.schedule import (
    IDLE,
    quiet_since,
    window_closed,
)
from stepaside.core.steps import Changes, after_steps, watchdog_of

_DO: Final = "Reply, hand back to the bot, or resolve the conversation."


def take_step(s: Situation) -> Outcome:
    """Take the next step, or remind again where all are past. One at a time.

    Steps missed while nothing ran are made up for with their time between them, so
    that people have a chance before the contact is told that they had none.
    """
    c = s.conversation
    step = watchdog_of(s).next_step(c.steps) if c.waiting_since else None
    if step is None:
        return _remind(s, "again", who_has_it(s), after_steps(s, c.steps))
    changes = after_steps(s, past(step))
    match step:
        case Step.ASSIGNEE | Step.TEAM | Step.OWNERS:
            return _remind(s, step, _whom(s, step), changes)
        case Step.CONTACT:
            return _tell_contact(s, changes)
        case Step.REASSIGN:
            return _reassign(s, changes)
        case Step.BOT:
            return _let_the_bot_back(s, changes)
        case _:
            assert_never(step)


def left_waiting(s: Situation) -> Outcome:
    """The bot has it back and nobody answered the contact: tell staff, once a day."""
    c = s.conversation
    note = NotifyStaff(
        key=f"left:{c.id}:{c.lease}:{iso(c.step_at)}",
        event=NotificationEvent.CONTACT_WAITING,
        staff_ids=s.who_may_claim(),
        title=f"{contact_name(s)} was never answered",
        body=(
            "What they wrote to people is still without an answer; the bot answers "
            "only what they write next."
        ),
    )
    changes = {"step_at": s.now + IDLE}
    return nothing(c).then(
        EventType.CHASED, s.now, TIMER, changes, note, step="left", waiting_since=None
    )


def _whom(s: Situation, step: Step) -> tuple[StaffId, ...]:
    if step is Step.OWNERS:
        return s.roster.owners()
    return s.who_may_claim() if step is Step.TEAM else who_has_it(s)


def _remind(
    s: Situation, step: str, staff_ids: tuple[StaffId, ...], changes: Changes
) -> Outcome:
    c = s.conversation
    n = changes["chases"]
    told = NotifyStaff(
        key=f"chase:{c.handover_id}:{c.lease}:{iso(quiet_since(c))}:{n}:{step}",
        event=NotificationEvent.CONTACT_WAITING,
        staff_ids=staff_ids,
        title=_title(s),
        body=_DO,
    )
    return _taken(s, step, changes, told)


def _taken(s: Situation, step: str, changes: Changes, *effects: Any) -> Outcome:
    c = s.conversation
    since = iso(c.waiting_since)
    return nothing(c).then(
        EventType.CHASED,
        s.now,
        TIMER,
        changes,
        *effects,
        step=str(step),
        waiting_since=since,
        handover_id=c.handover_id,
    )


def _title(s: Situation) -> str:
    since = s.conversation.waiting_since
    if since is None:
        return f"{contact_name(s)} is still with people"
    return f"{contact_name(s)} has waited {in_words(s.now - since)} for a person"


def _tell_contact(s: Situation, changes: Changes) -> Outcome:
    """One honest message. Where the channel takes none any more, nothing is said."""
    c = s.conversation
    if window_closed(c, s.now) or c.handover_id is None:
        return _taken(s, Step.CONTACT, changes)
    text = watchdog_of(s).holding_message.strip()
    says = Say(
        key=f"holding:{c.handover_id}",
        text=text,
        # Like the last words of a handover: void only once a person has spoken.
        kind=MessageKind.FINAL,
        lease=c.lease,
    )
    settled = SettlePromise(
        handover_id=c.handover_id, state=PromiseState.BROKEN, told=True
    )
    return nothing(c).then(
        EventType.CONTACT_TOLD,
        s.now,
        TIMER,
        changes,
        says,
        settled,
        step=str(Step.CONTACT),
        handover_id=c.handover_id,
    )


def _reassign(s: Situation, changes: Changes) -> Outcome:
    """To who else is free in its team, else to the queue; in the queue it stays."""
    c = s.conversation
    chosen = _somebody_else(s)
    told: tuple[tuple[StaffId, ...], NotificationEvent]
    if chosen and chosen.staff_id:
        moved = {**c.moved(Move.ASSIGN, s.now), "assignee_id": chosen.staff_id}
        told = ((chosen.staff_id,), NotificationEvent.CONVERSATION_ASSIGNED)
        given = _given_on(s, EventType.ASSIGNED, {**moved, **changes}, told)
        return given.also(*turn_taken(chosen))
    if c.control is Control.HUMAN:
        moved = {**c.moved(Move.RELEASE, s.now), "assignee_id": None}
        told = (s.who_may_claim(), NotificationEvent.HANDOVER_WAITING)
        return _given_on(s, EventType.RELEASED, {**moved, **changes}, told)
    return _taken(s, Step.REASSIGN, changes)


def _somebody_else(s: Situation) -> Assignment | None:
    """Whoever is free in its team, but not the one who has it; None without a team."""
    c, there = s.conversation, s.there
    if c.team_id is None:
        return None
    passed = there.routing.passed | ({c.assignee_id} if c.assignee_id else set())
    routing = replace(there.routing, passed=passed)
    return choose_in_team(c.team_id, replace(there, routing=routing))


def _given_on(
    s: Situation,
    type_: EventType,
    changes: Changes,
    told: tuple[tuple[StaffId, ...], NotificationEvent],
) -> Outcome:
    c = s.conversation
    staff_ids, event = told
    return nothing(c).then(
        type_,
        s.now,
        TIMER,
        changes,
        NotifyStaff(
            key=f"notify:{c.id}:reassigned:{changes['lease']}",
            event=event,
            staff_ids=staff_ids,
            title=_title(s),
            body=_DO,
        ),
        handover_id=c.handover_id,
        staff_id=changes["assignee_id"],
        step=str(Step.REASSIGN),
        reason="the contact has waited too long",
    )


def _let_the_bot_back(s: Situation, changes: Changes) -> Outcome:
    """The bot says that it is back; what was written to people stays theirs to see.

    Not where somebody silenced it in this conversation.
    """
    c = s.conversation
    if s.bot is None or s.bot.mode is not BotMode.AUTO or c.paused_by_hand:
        return _taken(s, Step.BOT, changes)
    back = end_episode(
        s, EventType.RESUMED, TIMER, c.moved(Move.RESUME, s.now), "watchdog"
    )
    says = Say(
        key=f"back:{c.handover_id}",
        text=s.bot.watchdog.resume_message.strip(),
        kind=MessageKind.REPLY,
        lease=back.conversation.lease,
    )
    return back.also(says, *never_answered(s))


def never_answered(s: Situation) -> Iterable[NotifyStaff]:
    """The bot has it back while the contact waits: staff are told."""
    c = s.conversation
    if c.waiting_since:
        yield NotifyStaff(
            key=f"notify:{c.handover_id}:resumed",
            event=NotificationEvent.CONTACT_WAITING,
            staff_ids=who_has_it(s),
            title=f"{contact_name(s)} was never answered",
            body=(
                "The pause has ended and the bot may speak again, but it does not "
                "answer what was written while people had control."
            ),
        )
