"""Teams: staff who share a queue, how their turns go, and how busy each of them is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from stepaside.core.hours import WorkingHours
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.roster import Roster


class TeamMode(StrEnum):
    """Who of those who are free is next."""

    ROUND_ROBIN = "round_robin"
    """Each in turn."""
    LEAST_LOADED = "least_loaded"
    """Whoever has the fewest open conversations; among equals, each in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Staff who share a queue.

    fallback_id: the team that is asked when nobody here is free.
    hours: its own, or the account's.
    last_staff_id: whose turn it was last; None before the first.
    """

    id: TeamId
    name: str
    mode: TeamMode = TeamMode.ROUND_ROBIN
    member_ids: tuple[StaffId, ...] = ()
    fallback_id: TeamId | None = None
    hours: WorkingHours = field(default_factory=WorkingHours)
    last_staff_id: StaffId | None = None

    def in_turn(self) -> tuple[StaffId, ...]:
        """The members, whoever comes after the last one first."""
        order = sorted(self.member_ids)
        later = [m for m in order if self.last_staff_id and m > self.last_staff_id]
        return (*later, *(m for m in order if m not in later))


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """What choosing somebody has to know besides the roster.

    teams: those that still exist, by id; a rule's team with its fallbacks.
    load: the open conversations each staff member has; 0 for whoever is not in it.
    language: what the contact writes in, as `de`; empty when it is not known.
    passed: who gave this conversation back; it does not come to them by itself again.
    """

    teams: Mapping[TeamId, Team] = field(default_factory=dict)
    load: Mapping[StaffId, int] = field(default_factory=dict)
    language: str = ""
    passed: frozenset[StaffId] = frozenset()

    def chain(self, team_id: TeamId | None) -> Iterator[Team]:
        """A team and its fallbacks, each once, however they point at each other."""
        seen: set[TeamId] = set()
        while team_id and team_id in self.teams and team_id not in seen:
            team = self.teams[team_id]
            yield team
            seen.add(team_id)
            team_id = team.fallback_id

    def who_may_claim(
        self, team_id: TeamId | None, roster: Roster
    ) -> tuple[StaffId, ...]:
        """Whom a conversation that waits concerns, in a fixed order.

        The team's members; everybody where there is no team, or nobody left in it.
        """
        team = self.teams.get(team_id) if team_id else None
        members = team.member_ids if team else ()
        return tuple(sorted(m for m in members if roster.active(m))) or (
            roster.who_may_claim()
        )
