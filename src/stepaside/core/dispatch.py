"""Giving what waits in a team's queue to whoever is free, and taking it from absent."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from stepaside.core.assignment import Assignment, Circumstances, choose_in_team
from stepaside.core.conversation import Control, Conversation, Move, Status
from stepaside.core.effects import Effect, NotificationEvent, NotifyStaff
from stepaside.core.episode import contact_name, with_people
from stepaside.core.events import TIMER, Actor, EventType
from stepaside.core.ids import ConversationId, HandoverId, StaffId, TeamId
from stepaside.core.outcome import Outcome, Situation, nothing
from stepaside.core.plan import turn_taken
from stepaside.core.roster import Availability, Bot, Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One conversation in a team's queue, as far as choosing somebody goes.

    language, passed: as in `Routing`.
    """

    id: ConversationId
    team_id: TeamId
    language: str = ""
    passed: frozenset[StaffId] = frozenset()


def give_to_team(
    s: Situation, team_id: TeamId, actor: Actor, new: HandoverId
) -> Outcome:
    """Put a conversation into a team's queue, whoever has it; the team is told.

    From there it goes to whoever is free. Nothing where it waits there already.
    """
    c = s.conversation
    if c.control is Control.QUEUE and c.team_id == team_id:
        return nothing(c)
    changes = {
        **c.moved(Move.GIVE_TO_TEAM, s.now),
        "assignee_id": None,
        "team_id": team_id,
    }
    given = with_people(
        s, EventType.GIVEN_TO_TEAM, actor, changes, new, team_id=team_id
    )
    return given.also(
        NotifyStaff(
            key=f"notify:{c.id}:team:{changes['lease']}",
            event=NotificationEvent.HANDOVER_WAITING,
            staff_ids=s.who_may_claim(team_id),
            title=f"{contact_name(s)} waits for a person",
            body="The conversation was given to your team.",
        )
    )


def plan_dispatch(
    waiting: Iterable[Waiting], there: Circumstances
) -> tuple[ConversationId, ...]:
    """Which of those that wait somebody is free for, in the order they come in.

    waiting: the oldest first.
    A forecast: each is chosen for again when its turn has come, with everybody who
    matters held, so that nobody gets more than they can take.
    """
    planned: list[ConversationId] = []
    for one in waiting:
        routing = replace(there.routing, language=one.language, passed=one.passed)
        chosen = choose_in_team(one.team_id, replace(there, routing=routing))
        if chosen.staff_id:
            planned.append(one.id)
            there = _with_one_more(there, chosen)
    return tuple(planned)


def assign_waiting(s: Situation) -> Outcome:
    """Give a conversation that waits in a team's queue to whoever is free there.

    Nothing where it does not wait any more, or nobody is: asked again any time.
    """
    c = s.conversation
    if c.control is not Control.QUEUE or c.status is not Status.OPEN or not c.team_id:
        return nothing(c)
    chosen = choose_in_team(c.team_id, s.there)
    return _given(s, chosen.staff_id, chosen) if chosen.staff_id else nothing(c)


def reassign(s: Situation) -> Outcome:
    """Take a conversation from somebody who is absent while the contact waits.

    It goes to whoever is free in its team, else to the queue, where everyone it
    concerns is told. Nothing before it is due (`reassign_at`).
    """
    c = s.conversation
    due = reassign_at(c, s.bot, s.roster)
    absent = s.roster.staff.get(c.assignee_id) if c.assignee_id else None
    if due is None or due > s.now or absent is None:
        return nothing(c)
    why = f"{absent.name} is {absent.availability} while the contact waits"
    chosen = choose_in_team(c.team_id, s.there) if c.team_id else None
    if chosen and chosen.staff_id:
        told = replace(chosen, reason=f"{why}; {chosen.reason}")
        return _given(s, chosen.staff_id, told)
    return _to_the_queue(s, why)


def reassign_at(
    conversation: Conversation, bot: Bot | None, roster: Roster
) -> datetime | None:
    """When a conversation goes to somebody else because its assignee is absent.

    None while the assignee is there, nobody waits, or the bot's rule keeps it with
    them. Counted from the start of the wait, or from when they got it if later.
    """
    c = conversation
    holder = roster.active(c.assignee_id)
    if holder is None or holder.availability is Availability.ONLINE:
        return None
    after = bot.reassign_after if bot else None
    if after is None or c.waiting_since is None or c.status is not Status.OPEN:
        return None
    return max(c.waiting_since, c.control_since or c.waiting_since) + after


def _given(s: Situation, staff_id: StaffId, chosen: Assignment) -> Outcome:
    c = s.conversation
    changes = {**c.moved(Move.ASSIGN, s.now), "assignee_id": staff_id}
    effects: tuple[Effect, ...] = (
        NotifyStaff(
            key=f"notify:{c.id}:assigned:{changes['lease']}",
            event=NotificationEvent.CONVERSATION_ASSIGNED,
            staff_ids=(staff_id,),
            title=f"{contact_name(s)} was assigned to you",
            body=_sentence(chosen.reason),
        ),
        *turn_taken(chosen),
    )
    return _moved(s, EventType.ASSIGNED, changes, effects, chosen.reason)


def _to_the_queue(s: Situation, why: str) -> Outcome:
    c = s.conversation
    changes = {**c.moved(Move.RELEASE, s.now), "assignee_id": None}
    told = NotifyStaff(
        key=f"notify:{c.id}:released:{changes['lease']}",
        event=NotificationEvent.HANDOVER_WAITING,
        staff_ids=s.who_may_claim(),
        title=f"{contact_name(s)} waits for a person",
        body=_sentence(why),
    )
    return _moved(s, EventType.RELEASED, changes, (told,), why)


def _moved(
    s: Situation,
    type_: EventType,
    changes: dict[str, Any],
    effects: Iterable[Effect],
    reason: str,
) -> Outcome:
    return nothing(s.conversation).then(
        type_,
        s.now,
        TIMER,
        changes,
        *effects,
        handover_id=s.conversation.handover_id,
        staff_id=changes["assignee_id"],
        reason=reason,
    )


def _with_one_more(there: Circumstances, chosen: Assignment) -> Circumstances:
    """The same once somebody has got one more, in their turn."""
    routing, staff_id, turn_of = there.routing, chosen.staff_id, chosen.turn_of
    assert staff_id and turn_of  # noqa: S101, PT018 - for the type checker
    team = replace(routing.teams[turn_of], last_staff_id=staff_id)
    teams = {**routing.teams, turn_of: team}
    load = {**routing.load, staff_id: there.load(staff_id) + 1}
    return replace(there, routing=replace(routing, load=load, teams=teams))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
