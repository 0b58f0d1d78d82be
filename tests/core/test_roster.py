"""The roster: who is there, who may claim, who looks after the rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stepaside.core.ids import BotId, ContactId, StaffId
from stepaside.core.roster import (
    Availability,
    Bot,
    BotMode,
    Contact,
    Role,
    Roster,
    StaffMember,
)
from tests.core.builders import ANN, BO, BOT_BELLA, DEE, EVERYONE

BO_GONE = replace(BO, active=False)
WITHOUT_BO = Roster(staff={ANN.id: ANN, BO.id: BO_GONE})


def test_ann_is_found() -> None:
    assert EVERYONE.active(ANN.id) == ANN


@pytest.mark.parametrize("staff_id", [None, StaffId(""), DEE.id], ids=str)
def test_nobody_is_found_for_nobody_or_a_stranger(staff_id: StaffId | None) -> None:
    assert EVERYONE.active(staff_id) is None


def test_somebody_disabled_is_not_found() -> None:
    assert WITHOUT_BO.active(BO.id) is None


def test_everybody_at_work_or_not_may_claim_in_a_fixed_order() -> None:
    away = replace(ANN, availability=Availability.OFFLINE)
    roster = Roster(staff={BO.id: BO, ANN.id: away})
    assert roster.who_may_claim() == (ANN.id, BO.id)


def test_somebody_disabled_may_not_claim() -> None:
    assert WITHOUT_BO.who_may_claim() == (ANN.id,)


@pytest.mark.parametrize(
    ("role", "is_told"), [(Role.OWNER, True), (Role.ADMIN, True), (Role.AGENT, False)]
)
def test_owners_and_admins_look_after_the_rules(role: Role, is_told: bool) -> None:
    roster = Roster(staff={BO.id: replace(BO, role=role)})
    assert bool(roster.admins()) is is_told


def test_a_disabled_admin_is_told_nothing() -> None:
    roster = Roster(staff={ANN.id: replace(ANN, active=False)})
    assert roster.admins() == ()


def test_admins_come_in_a_fixed_order() -> None:
    admin = replace(BO, role=Role.ADMIN)
    assert Roster(staff={BO.id: admin, ANN.id: ANN}).admins() == (ANN.id, BO.id)


def test_no_bot_can_be_found_among_the_staff_s55() -> None:
    assert EVERYONE.active(StaffId(BOT_BELLA.id)) is None


@pytest.mark.parametrize(
    ("name", "first"),
    [("Cy Chen", "Cy"), ("  Cy  ", "Cy"), ("", ""), ("   ", "")],
)
def test_the_first_name_is_the_first_word(name: str, first: str) -> None:
    assert Contact(id=ContactId("ctc_1"), name=name).first_name == first
    assert StaffMember(id=StaffId("stf_1"), name=name).first_name == first


def test_a_new_bot_answers_and_has_the_promised_defaults() -> None:
    bot = Bot(id=BotId("bot_1"), name="Bella")
    assert bot.mode is BotMode.AUTO
    assert bot.wait_seconds is None
    assert bot.max_messages == 75
    assert bot.takeover_pause == timedelta(days=1)
    assert bot.quiet == timedelta(minutes=15)


def test_a_new_staff_member_is_active_online_and_no_admin() -> None:
    new = StaffMember(id=StaffId("stf_1"), name="New")
    assert (new.active, new.role) == (True, Role.AGENT)
    assert new.availability is Availability.ONLINE


def test_on_an_empty_roster_nobody_is_found() -> None:
    assert Roster().who_may_claim() == Roster().admins() == ()
    assert Roster().active(ANN.id) is None
