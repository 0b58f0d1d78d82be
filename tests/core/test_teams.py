"""Teams: whose turn it is, who is free, who stands in, and why, in words."""

from dataclasses import replace
from datetime import time
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.assignment import (
    Assignment,
    Circumstances,
    choose_assignee,
    choose_in_team,
)
from stepaside.core.hours import Span, WorkingHours
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.roster import Availability, Roster, StaffMember
from stepaside.core.rules import AssignTo
from stepaside.core.teams import Routing, Team, TeamMode
from tests.core.builders import ANN, BO, CY, NOON, a_rule, a_situation

FLO: Final = StaffMember(id=StaffId("stf_flo"), name="Flo Fox")
SUPPORT, SALES, NIGHT = TeamId("tea_support"), TeamId("tea_sales"), TeamId("tea_night")
FOR_SUPPORT: Final = a_rule(assign_to=AssignTo.TEAM, team_id=SUPPORT)
SHUT: Final = WorkingHours(
    week=((), (Span(opens=time(9), closes=time(17)),), *((),) * 5)
)
"""Open on Tuesdays; noon is on a Monday."""


def support(*members: StaffMember, **changes: Any) -> Team:
    plain = Team(id=SUPPORT, name="Support", member_ids=tuple(m.id for m in members))
    return replace(plain, **changes)


def sales(*members: StaffMember, **changes: Any) -> Team:
    plain = Team(id=SALES, name="Sales", member_ids=tuple(m.id for m in members))
    return replace(plain, **changes)


def with_teams(*teams: Team, staff: Any = (ANN, BO, FLO), **routing: Any) -> Any:
    """These teams, and these people at work."""
    return Circumstances(
        roster=Roster(staff={member.id: member for member in staff}),
        routing=Routing(teams={team.id: team for team in teams}, **routing),
        now=NOON,
    )


def chosen(*teams: Team, **more: Any) -> Assignment:
    return choose_in_team(SUPPORT, with_teams(*teams, **more))


class TestTurns:
    """Round robin, and the fewest first."""

    def test_whoever_comes_after_the_last_one_is_next(self) -> None:
        team = support(ANN, BO, FLO)
        assert chosen(team).staff_id == ANN.id
        assert chosen(replace(team, last_staff_id=ANN.id)).staff_id == BO.id
        assert chosen(replace(team, last_staff_id=BO.id)).staff_id == FLO.id
        assert chosen(replace(team, last_staff_id=FLO.id)).staff_id == ANN.id

    def test_the_turn_goes_on_when_the_last_one_has_left(self) -> None:
        gone = support(ANN, FLO, last_staff_id=BO.id)
        assert chosen(gone).staff_id == FLO.id

    def test_whoever_has_the_fewest_gets_it(self) -> None:
        team = support(ANN, BO, FLO, mode=TeamMode.LEAST_LOADED)
        got = chosen(team, load={ANN.id: 3, BO.id: 1, FLO.id: 2})
        assert got.staff_id == BO.id
        assert got.reason == "Support: Bo Berg has the fewest conversations (1)"
        assert (got.team_id, got.turn_of) == (SUPPORT, SUPPORT)

    def test_among_equals_it_goes_in_turn(self) -> None:
        team = support(ANN, BO, mode=TeamMode.LEAST_LOADED, last_staff_id=ANN.id)
        assert chosen(team).staff_id == BO.id


class TestFree:
    """Online, under capacity, within hours, and it was not given back."""

    @pytest.mark.parametrize(
        ("bo", "routing", "why"),
        [
            (
                replace(BO, availability=Availability.AWAY),
                {},
                "Support: Bo Berg is away",
            ),
            (
                replace(BO, capacity=2),
                {"load": {BO.id: 2}},
                "Support: Bo Berg has 2 of 2 conversations",
            ),
            (BO, {"passed": frozenset({BO.id})}, "Support: Bo Berg gave it back"),
            (replace(BO, active=False), {}, "Support: nobody is in it"),
        ],
    )
    def test_who_is_not_free_is_passed_over_and_the_reason_says_why(
        self, bo: StaffMember, routing: dict[str, Any], why: str
    ) -> None:
        waits = chosen(support(BO), staff=(bo,), **routing)
        assert (waits.staff_id, waits.reason) == (None, why)
        assert (waits.team_id, waits.turn_of) == (SUPPORT, None)
        assert chosen(support(BO, ANN), staff=(ANN, bo), **routing).staff_id == ANN.id

    def test_under_capacity_one_more_comes(self) -> None:
        bo = replace(BO, capacity=2)
        assert chosen(support(BO), staff=(bo,), load={BO.id: 1}).staff_id == BO.id

    def test_a_closed_team_gives_it_to_nobody(self) -> None:
        waits = chosen(support(BO, hours=SHUT))
        assert (waits.staff_id, waits.reason) == (None, "Support is closed now")

    def test_a_team_that_is_gone_gives_it_to_nobody(self) -> None:
        assert chosen().staff_id is None


class TestLanguages:
    """Who speaks the contact's language comes first, where anybody has said so."""

    ANN_EN, BO_DE = replace(ANN, languages=("en",)), replace(BO, languages=("de", "en"))

    def test_who_speaks_it_gets_it(self) -> None:
        got = chosen(support(ANN, BO), staff=(self.ANN_EN, self.BO_DE), language="de")
        assert got.staff_id == BO.id
        assert got.reason == "Support: Bo Berg is next in turn of those who speak de"

    def test_who_has_not_said_may_be_asked_in_any_language(self) -> None:
        got = chosen(support(BO, FLO), staff=(self.BO_DE, FLO), language="fr")
        assert got.staff_id == FLO.id

    def test_where_nobody_speaks_it_everybody_may_be_asked(self) -> None:
        got = chosen(support(ANN, BO), staff=(self.ANN_EN, self.BO_DE), language="fr")
        assert got.staff_id == ANN.id
        assert got.reason == "Support: Ann Abara is next in turn"

    def test_it_waits_for_who_speaks_it_while_they_are_away(self) -> None:
        away = replace(self.BO_DE, availability=Availability.AWAY)
        waits = chosen(support(ANN, BO), staff=(self.ANN_EN, away), language="de")
        assert waits.staff_id is None
        assert waits.reason == ("Support: Bo Berg is away, Ann Abara does not speak de")

    def test_a_language_nobody_knows_restricts_nobody(self) -> None:
        got = chosen(support(ANN, BO), staff=(self.ANN_EN, self.BO_DE))
        assert got.staff_id == ANN.id


class TestFallbacks:
    """The team that is asked when nobody here is free."""

    AWAY = replace(BO, availability=Availability.OFFLINE)

    def test_the_fallback_is_asked_and_the_reason_tells_both(self) -> None:
        got = chosen(support(BO, fallback_id=SALES), sales(ANN), staff=(ANN, self.AWAY))
        assert got.staff_id == ANN.id
        assert got.reason == (
            "Support: Bo Berg is offline; Sales: Ann Abara is next in turn"
        )
        assert (got.team_id, got.turn_of) == (SUPPORT, SALES)

    def test_teams_that_stand_in_for_each_other_are_asked_once_each(self) -> None:
        waits = chosen(
            support(BO, fallback_id=SALES),
            sales(BO, fallback_id=SUPPORT),
            staff=(self.AWAY,),
        )
        assert waits.staff_id is None
        assert waits.reason == "Support: Bo Berg is offline; Sales: Bo Berg is offline"

    def test_a_fallback_that_is_gone_is_none(self) -> None:
        waits = chosen(support(BO, fallback_id=SALES), staff=(self.AWAY,))
        assert waits.staff_id is None


class TestByRule:
    """A rule that names a team, and what stands before and behind it."""

    def test_the_team_gets_it(self) -> None:
        got = choose_assignee(FOR_SUPPORT, CY, with_teams(support(BO)))
        assert (got.staff_id, got.team_id, got.warning) == (BO.id, SUPPORT, "")

    def test_a_team_that_was_deleted_leaves_it_in_the_queue_with_a_warning(
        self,
    ) -> None:
        got = choose_assignee(FOR_SUPPORT, CY, with_teams())
        assert (got.staff_id, got.team_id) == (None, None)
        assert got.reason == "the rule's team does not exist any more"
        assert "a team that was deleted. The conversation waits in the queue; " in (
            got.warning
        )

    def test_an_empty_team_with_a_fallback_is_a_warning_and_no_wait(self) -> None:
        there = with_teams(support(fallback_id=SALES), sales(ANN))
        got = choose_assignee(FOR_SUPPORT, CY, there)
        assert got.staff_id == ANN.id
        assert "the team Support, in which nobody is. Choose" in got.warning

    def test_an_empty_team_waits_with_a_warning(self) -> None:
        got = choose_assignee(FOR_SUPPORT, CY, with_teams(support()))
        assert (got.staff_id, got.team_id) == (None, SUPPORT)
        assert "in which nobody is. The conversation waits" in got.warning

    def test_the_contacts_owner_comes_before_the_team(self) -> None:
        keeps = replace(FOR_SUPPORT, skip_if_contact_has_owner=True)
        owned = replace(CY, owner_id=ANN.id)
        got = choose_assignee(keeps, owned, with_teams(support(BO)))
        assert (got.staff_id, got.team_id, got.turn_of) == (ANN.id, SUPPORT, None)

    def test_an_owner_who_is_full_leaves_it_to_the_team(self) -> None:
        keeps = replace(FOR_SUPPORT, skip_if_contact_has_owner=True)
        owned = replace(CY, owner_id=ANN.id)
        full = replace(ANN, capacity=1)
        there = with_teams(support(BO), staff=(full, BO), load={ANN.id: 1})
        got = choose_assignee(keeps, owned, there)
        assert got.staff_id == BO.id
        assert got.reason == (
            "Ann Abara looks after the contact but has 1 of 1 conversations; "
            "Support: Bo Berg is next in turn"
        )

    def test_a_named_person_who_is_full_leaves_it_in_the_queue(self) -> None:
        rule = a_rule(assign_to=AssignTo.STAFF, staff_id=BO.id)
        full = replace(BO, capacity=1)
        got = choose_assignee(rule, CY, with_teams(staff=(full,), load={BO.id: 1}))
        assert (got.staff_id, got.warning) == (None, "")
        assert got.reason == "the rule names Bo Berg, who has 1 of 1 conversations"


class TestWhoMayClaim:
    """Whom a conversation concerns while it waits."""

    def who(self, team_id: TeamId | None, *teams: Team) -> tuple[StaffId, ...]:
        there = with_teams(*teams, staff=(ANN, BO, replace(FLO, active=False)))
        found: tuple[StaffId, ...] = there.routing.who_may_claim(team_id, there.roster)
        return found

    def test_the_teams_active_members(self) -> None:
        assert self.who(SUPPORT, support(BO, FLO)) == (BO.id,)

    @pytest.mark.parametrize("teams", [(), (support(FLO),)])
    def test_everybody_where_the_team_is_gone_or_nobody_is_left_in_it(
        self, teams: tuple[Team, ...]
    ) -> None:
        assert self.who(SUPPORT, *teams) == (ANN.id, BO.id)

    def test_everybody_without_a_team(self) -> None:
        assert self.who(None, support(BO)) == (ANN.id, BO.id)

    def test_the_hours_are_the_teams_or_the_accounts(self) -> None:
        routing = with_teams(support(hours=SHUT)).routing
        there = a_situation(routing=routing)
        assert there.hours_of(SUPPORT) == SHUT
        assert there.hours_of(SALES) == there.hours_of(None) == WorkingHours()


MEMBERS = st.builds(
    replace,
    st.sampled_from([ANN, BO, FLO]),
    availability=st.sampled_from(Availability),
    active=st.booleans(),
    capacity=st.none() | st.integers(1, 3),
    languages=st.sampled_from([(), ("de",), ("en", "de"), ("fr",)]),
)
LOADS = st.dictionaries(st.sampled_from([ANN.id, BO.id, FLO.id]), st.integers(0, 4))


@given(
    st.lists(MEMBERS, unique_by=lambda member: member.id),
    LOADS,
    st.sampled_from(["", "de", "fr", "xx"]),
    st.sampled_from(TeamMode),
    st.sets(st.sampled_from([ANN.id, BO.id, FLO.id])),
)
def test_whoever_is_chosen_may_be_and_nobody_waits_for_nothing(
    members: list[StaffMember],
    load: dict[StaffId, int],
    language: str,
    mode: TeamMode,
    passed: set[StaffId],
) -> None:
    team = support(*members, mode=mode)
    got = chosen(
        team, staff=members, load=load, language=language, passed=frozenset(passed)
    )
    active = [m for m in members if m.active]
    speakers = [m for m in active if not m.languages or language in m.languages]
    able = speakers if language and speakers else active
    free = [
        m.id
        for m in able
        if m.availability is Availability.ONLINE
        and m.id not in passed
        and (m.capacity is None or load.get(m.id, 0) < m.capacity)
    ]
    assert (got.staff_id in free) if free else (got.staff_id is None)
    assert got.reason
    if mode is TeamMode.LEAST_LOADED and got.staff_id:
        fewest = min(load.get(i, 0) for i in free)
        assert load.get(got.staff_id, 0) == fewest
