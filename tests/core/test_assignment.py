"""Assignment: the rule's person, the contact's owner, or the queue. Never a bot."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.assignment import Assignment, Circumstances
from stepaside.core.assignment import choose_assignee as choose
from stepaside.core.ids import StaffId
from stepaside.core.roster import Availability, Contact, Roster
from stepaside.core.rules import AssignTo, HandoverRule
from stepaside.core.teams import Routing
from tests.core.builders import (
    ANN,
    BO,
    BOT_BELLA,
    CY,
    DEE,
    EVERYONE,
    NOON,
    a_rule,
    for_ann,
)

CY_OF_BO = replace(CY, owner_id=BO.id)
ANN_GONE = Roster(staff={ANN.id: replace(ANN, active=False), BO.id: BO})
BO_GONE = Roster(staff={ANN.id: ANN, BO.id: replace(BO, active=False)})


def choose_assignee(
    rule: HandoverRule, contact: Contact, roster: Roster, **routing: Any
) -> Assignment:
    """Choose at noon, with what is said of teams and of how busy people are."""
    there = Circumstances(roster=roster, routing=Routing(**routing), now=NOON)
    return choose(rule, contact, there)


def test_the_rules_person_gets_it() -> None:
    chosen = choose_assignee(for_ann(), CY, EVERYONE)
    assert (chosen.staff_id, chosen.warning) == (ANN.id, "")
    assert chosen.reason == "the rule names Ann Abara"


def test_a_rule_for_nobody_leaves_it_in_the_queue() -> None:
    chosen = choose_assignee(a_rule(), CY, EVERYONE)
    assert (chosen.staff_id, chosen.warning) == (None, "")


def test_the_contacts_owner_is_passed_over_unless_the_rule_keeps_owners() -> None:
    assert choose_assignee(for_ann(), CY_OF_BO, EVERYONE).staff_id == ANN.id
    assert choose_assignee(a_rule(), CY_OF_BO, EVERYONE).staff_id is None


@pytest.mark.parametrize("rule", [for_ann(), a_rule()], ids=["for Ann", "for nobody"])
def test_the_contacts_owner_is_kept_where_the_rule_says_so(rule: HandoverRule) -> None:
    keeps = replace(rule, skip_if_contact_has_owner=True)
    chosen = choose_assignee(keeps, CY_OF_BO, EVERYONE)
    assert chosen.staff_id == BO.id
    assert chosen.reason == "Bo Berg already looks after the contact"


def test_an_owner_who_is_offline_is_kept_all_the_same_s52() -> None:
    roster = Roster(staff={BO.id: replace(BO, availability=Availability.OFFLINE)})
    keeps = for_ann(skip_if_contact_has_owner=True)
    assert choose_assignee(keeps, CY_OF_BO, roster).staff_id == BO.id


@pytest.mark.parametrize(
    ("contact", "roster"),
    [(CY, EVERYONE), (CY_OF_BO, BO_GONE), (replace(CY, owner_id=DEE.id), EVERYONE)],
    ids=["no owner", "owner disabled", "owner of another account"],
)
def test_without_an_owner_at_work_the_rules_person_gets_it(
    contact: Contact, roster: Roster
) -> None:
    keeps = for_ann(skip_if_contact_has_owner=True)
    assert choose_assignee(keeps, contact, roster).staff_id == ANN.id


@pytest.mark.parametrize(
    "roster", [ANN_GONE, Roster(staff={BO.id: BO})], ids=["disabled", "deleted"]
)
def test_a_person_who_left_is_not_chosen_and_the_admins_are_warned_s51(
    roster: Roster,
) -> None:
    chosen = choose_assignee(for_ann(name="Loans"), CY, roster)
    assert chosen.staff_id is None
    assert "“Loans”" in chosen.warning
    assert "queue" in chosen.warning


def test_a_bot_is_never_chosen_even_if_a_rule_or_contact_names_it_s55() -> None:
    bot_id = StaffId(BOT_BELLA.id)
    named = a_rule(assign_to=AssignTo.STAFF, staff_id=bot_id)
    owned = replace(CY, owner_id=bot_id)
    keeps = replace(named, skip_if_contact_has_owner=True)
    assert choose_assignee(named, CY, EVERYONE).staff_id is None
    assert choose_assignee(keeps, owned, EVERYONE).staff_id is None


@given(
    st.sampled_from([None, ANN.id, BO.id, DEE.id]),
    st.sampled_from([None, ANN.id, BO.id, DEE.id]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_whoever_is_chosen_is_at_work_here(
    named: StaffId | None,
    owner: StaffId | None,
    skip: bool,
    ann_works: bool,
    bo_works: bool,
) -> None:
    staff = {
        ANN.id: replace(ANN, active=ann_works),
        BO.id: replace(BO, active=bo_works),
    }
    roster = Roster(staff=staff)
    to = AssignTo.STAFF if named else AssignTo.NOBODY
    rule = a_rule(assign_to=to, staff_id=named, skip_if_contact_has_owner=skip)
    chosen = choose_assignee(rule, replace(CY, owner_id=owner), roster)
    assert chosen.staff_id is None or roster.active(chosen.staff_id)
    assert bool(chosen.warning) == (named is not None and chosen.staff_id is None)
    assert chosen.reason
