"""Choosing who gets a conversation. Always a person, never a bot (S55)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never

from stepaside.core.ids import StaffId, TeamId
from stepaside.core.roster import Availability, Contact, Roster, StaffMember
from stepaside.core.rules import AssignTo, HandoverRule
from stepaside.core.teams import Routing, Team, TeamMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who gets it and why. `staff_id` None: it waits in the queue.

    team_id: in whose queue it waits, or whose it is; None where no team is meant.
    turn_of: the team whose turn it was, which may be a fallback; None where nobody
        was chosen in turn.
    warning: what the account's admins should mend; empty when all is well.
    """

    staff_id: StaffId | None
    reason: str
    warning: str = ""
    team_id: TeamId | None = None
    turn_of: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Who there is to choose from, as it stands at `now`."""

    roster: Roster
    routing: Routing
    now: datetime

    def room(self, member: StaffMember) -> bool:
        """Whether they have fewer open conversations than their capacity."""
        return member.capacity is None or self.load(member.id) < member.capacity

    def load(self, staff_id: StaffId) -> int:
        """How many open conversations they have."""
        return self.routing.load.get(staff_id, 0)


def choose_assignee(
    rule: HandoverRule, contact: Contact, there: Circumstances
) -> Assignment:
    """Choose by the rule: the contact's owner first if so set, then whom it names.

    Nobody who was disabled or deleted is chosen, and nobody who has as many open
    conversations as their capacity allows: then it falls to the queue, so that nobody
    waits on an empty chair. What the admins should mend comes as a warning.

    A person the rule names, and the contact's owner, are chosen also while they are
    away: what happens then is the bot's rule for absence (`Bot.reassign_after`).
    """
    if not rule.skip_if_contact_has_owner:
        return _by_rule(rule, there)
    owner = there.roster.active(contact.owner_id)
    if owner is None:
        return _by_rule(rule, there)
    if there.room(owner):
        reason = f"{owner.name} already looks after the contact"
        return Assignment(staff_id=owner.id, reason=reason, team_id=rule.team_id)
    other = _by_rule(rule, there)
    reason = f"{owner.name} looks after the contact but {_full(owner, there)}"
    return replace(other, reason=f"{reason}; {other.reason}")


def choose_in_team(team_id: TeamId, there: Circumstances) -> Assignment:
    """Choose among a team's members, then its fallbacks', else leave it in the queue.

    Who is chosen is online, within the team's hours, under capacity, speaks the
    contact's language where anybody there does, and has not given it back before.
    The reason says why in words, also for those who were passed over.
    """
    passed_over: list[str] = []
    for team in there.routing.chain(team_id):
        found = _in_one(team, there)
        if isinstance(found, Assignment):
            why = "; ".join((*passed_over, found.reason))
            return replace(found, reason=why, team_id=team_id)
        passed_over.append(found)
    reason = "; ".join(passed_over)
    return Assignment(staff_id=None, reason=reason, team_id=team_id)


def _by_rule(rule: HandoverRule, there: Circumstances) -> Assignment:
    match rule.assign_to:
        case AssignTo.NOBODY:
            return Assignment(staff_id=None, reason="the rule leaves it in the queue")
        case AssignTo.STAFF:
            return _named(rule, there)
        case AssignTo.TEAM:
            return _of_team(rule, there)
        case _:
            assert_never(rule.assign_to)


def _named(rule: HandoverRule, there: Circumstances) -> Assignment:
    chosen = there.roster.active(rule.staff_id)
    if chosen is None:
        return Assignment(
            staff_id=None,
            reason="the rule's staff member is not available any more",
            warning=_attention(rule, "a staff member who was disabled or deleted"),
        )
    if not there.room(chosen):
        reason = f"the rule names {chosen.name}, who {_full(chosen, there)}"
        return Assignment(staff_id=None, reason=reason)
    return Assignment(staff_id=chosen.id, reason=f"the rule names {chosen.name}")


def _of_team(rule: HandoverRule, there: Circumstances) -> Assignment:
    team = there.routing.teams.get(rule.team_id) if rule.team_id else None
    if team is None:
        return Assignment(
            staff_id=None,
            reason="the rule's team does not exist any more",
            warning=_attention(rule, "a team that was deleted"),
        )
    chosen = choose_in_team(team.id, there)
    if any(there.roster.active(member) for member in team.member_ids):
        return chosen
    what = f"the team {team.name}, in which nobody is"
    return replace(chosen, warning=_attention(rule, what, chosen.staff_id))


def _attention(rule: HandoverRule, what: str, staff_id: StaffId | None = None) -> str:
    told = f"The handover rule “{rule.title}” assigns to {what}."
    if staff_id:
        return f"{told} Choose somebody else in the rule."
    return f"{told} {_WAITS}"


_WAITS: Final = "The conversation waits in the queue; choose somebody else in the rule."


def _in_one(team: Team, there: Circumstances) -> Assignment | str:
    """Whom one team gives it to; or why it has nobody, in words."""
    members = [m for i in team.in_turn() if (m := there.roster.active(i))]
    if not team.hours.is_open(there.now):
        return f"{team.name} is closed now"
    able = _able(members, there)
    free = [m for m in able if _hindrance(m, there) is None]
    if not free:
        return f"{team.name}: {_why_not(members, able, there)}"
    chosen, why = _next(team, free, there)
    if there.routing.language and len(able) < len(members):
        why += f" of those who speak {there.routing.language}"
    return Assignment(
        staff_id=chosen.id,
        reason=f"{team.name}: {chosen.name} {why}",
        turn_of=team.id,
    )


def _able(members: list[StaffMember], there: Circumstances) -> list[StaffMember]:
    """Who speaks the contact's language, or everybody where nobody there does.

    Who has not said what they speak may be asked in any language.
    """
    language = there.routing.language
    able = [m for m in members if not m.languages or language in m.languages]
    return able if language and able else members


def _hindrance(member: StaffMember, there: Circumstances) -> str | None:
    """Why somebody cannot get it now; None when they can."""
    if member.availability is not Availability.ONLINE:
        return f"is {member.availability}"
    if member.id in there.routing.passed:
        return "gave it back"
    return None if there.room(member) else _full(member, there)


def _full(member: StaffMember, there: Circumstances) -> str:
    return f"has {there.load(member.id)} of {member.capacity} conversations"


def _why_not(
    members: list[StaffMember], able: Iterable[StaffMember], there: Circumstances
) -> str:
    if not members:
        return "nobody is in it"
    reasons = (f"{m.name} {_hindrance(m, there)}" for m in able)
    spoken = [m.name for m in members if m not in able]
    others = [f"{name} does not speak {there.routing.language}" for name in spoken]
    return ", ".join((*reasons, *others))


def _next(
    team: Team, free: list[StaffMember], there: Circumstances
) -> tuple[StaffMember, str]:
    """The next of those who are free, who come in the order of their turns."""
    match team.mode:
        case TeamMode.ROUND_ROBIN:
            return free[0], "is next in turn"
        case TeamMode.LEAST_LOADED:
            least = min(free, key=lambda member: there.load(member.id))
            return least, f"has the fewest conversations ({there.load(least.id)})"
        case _:
            assert_never(team.mode)
