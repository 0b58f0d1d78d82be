"""Undo: as it was before, for whoever had it and whoever waited; else it is no Undo."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.effects import PromiseState
from stepaside.core.pauses import Resume
from stepaside.core.rules import Scenario
from stepaside.core.terms import Returning
from stepaside.pipeline import staff
from tests.desk.office import Office
from tests.house import House, open_house

HUMAN = "I want to talk to a human"


async def _waiting(office: Office) -> House:
    """Cy waits for Ann, was promised an answer, and minutes have passed."""
    house, world = office.house, office.house.world
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, final_message="Someone answers {{eta}}."
    )
    await house.writes(HUMAN)
    await house.claims(world.ann)
    world.clock.advance(minutes=5)
    return house


def _as_before(now: Conversation, before: Conversation) -> bool:
    return replace(now, lease=before.lease) == before


async def test_resolving_is_taken_back_with_everything_that_was_owed(
    office: Office,
) -> None:
    house = await _waiting(office)
    before, bo = await house.state(), await office.seat(office.house.world.bo)
    assert before.promised_at
    assert "Resolved. Undo" in await bo.presses(f"{office.address}/resolve")

    await bo.takes_back()

    assert bo.status == 200
    assert _as_before(await house.state(), before)
    assert "waiting 5 min" in await bo.opens("/conversations?view=all")
    (episode,) = await house.handovers()
    assert episode.promise is not None
    assert episode.promise.state is PromiseState.GIVEN
    await house.later(hours=4)
    (episode,) = await house.handovers()
    assert episode.promise is not None
    assert episode.promise.state is PromiseState.BROKEN


@pytest.mark.parametrize("by_rule", [True, False])
async def test_who_had_it_has_it_again_where_resolving_gave_it_to_the_bot(
    office: Office, *, by_rule: bool
) -> None:
    house, world = await _waiting(office), office.house.world
    if by_rule:
        await house.does(staff.pause, world.ann, until=None, resume=Resume.RESOLVED)
    else:
        await world.change_bot(on_return=Returning.BOT)
    before, bo = await house.state(), await office.seat(world.bo)
    said = await bo.presses(f"{office.address}/resolve")
    assert "Resolved. Undo" in said
    assert (await house.state()).control is Control.BOT

    await bo.takes_back()

    after = await house.state()
    assert _as_before(after, before)
    assert after.lease == before.lease + 2
    (episode,) = await house.handovers()
    assert (episode.ended_at, episode.assignee_id) == (None, world.ann.id)
    assert "Person: Ann" in await bo.opens(office.address)


async def test_what_came_since_stays(office: Office) -> None:
    house = await _waiting(office)
    bo = await office.seat(office.house.world.bo)
    await bo.presses(f"{office.address}/resolve")
    pressed = bo.last
    await house.writes("Are you there?")
    as_it_is, bo.last = await house.state(), pressed

    assert "Somebody has changed it since." in await bo.takes_back()
    assert bo.status == 409
    assert await house.state() == as_it_is


async def test_where_the_bot_was_about_to_answer_it_is_not_called_undo(
    office: Office,
) -> None:
    house, world = office.house, office.house.world
    await world.change_bot(wait_seconds=60)
    await house.writes("When do you open?")
    assert (await house.state()).waiting_since
    bo = await office.seat(world.bo)
    assert "Resolved. Reopen" in await bo.presses(f"{office.address}/resolve")
    await bo.takes_back()
    assert (await house.state()).status is Status.OPEN
    await house.writes("Hello?")
    said = await bo.presses("/bulk", ids=house.conversation_id, deed="resolve")
    assert "1 conversation resolved." in said
    assert "Undo" not in said


@pytest.mark.parametrize("deed", ["release", "hand-back"])
async def test_given_away_it_goes_back_to_who_had_it_and_not_to_who_presses(
    office: Office, deed: str
) -> None:
    house, world = await _waiting(office), office.house.world
    before, bo = await house.state(), await office.seat(world.bo)
    assert "Undo" in await bo.presses(f"{office.address}/{deed}")
    await bo.takes_back()
    assert _as_before(await house.state(), before)


async def test_handed_back_from_the_queue_it_waits_there_again(office: Office) -> None:
    house, world = office.house, office.house.world
    team = await world.open_team("Service")
    await world.assign_to_team(team)
    await house.writes(HUMAN)
    before, bo = await house.state(), await office.seat(world.bo)
    await bo.presses(f"{office.address}/hand-back")
    await bo.takes_back()
    after = await house.state()
    assert (after.control, after.team_id) == (Control.QUEUE, team)
    assert _as_before(after, before)


async def test_who_took_it_since_keeps_it(office: Office) -> None:
    house, world = await _waiting(office), office.house.world
    bo = await office.seat(world.bo)
    await bo.presses(f"{office.address}/release")
    cleo = await world.hire("Cleo Cruz")
    await house.claims(cleo)
    assert "Somebody has changed it since." in await bo.takes_back()
    assert (await house.state()).assignee_id == cleo.id


async def test_nobody_takes_back_what_a_colleague_did(office: Office) -> None:
    house, world = await _waiting(office), office.house.world
    await house.does(staff.resolve, world.ann)
    bo = await office.seat(world.bo)
    for done, status in (("resolve", 409), ("claim", 404)):
        await bo.presses(f"{office.address}/take-back", deed_done=done)
        assert bo.status == status
    assert (await house.state()).status is Status.RESOLVED


async def test_many_are_as_they_were_before(office: Office) -> None:
    held = await _waiting(office)
    world = held.world
    queued = await open_house(world)
    await queued.writes(HUMAN)
    houses = [held, queued]
    before = [await house.state() for house in houses]
    bo = await office.seat(world.bo)
    ids = [house.conversation_id for house in houses]
    for deed, until in (("resolve", ""), ("hand-back", ""), ("snooze", "1h")):
        said = await bo.presses("/bulk", ids=ids, deed=deed, until=until)
        assert ". Undo" in said
        assert "2 conversations are as they were before." in await bo.takes_back()
        for house, was in zip(houses, before, strict=True):
            assert _as_before(await house.state(), was)


async def test_a_snooze_that_stood_before_stands_again(office: Office) -> None:
    house = await _waiting(office)
    other = await open_house(house.world)
    await other.writes(HUMAN)
    until = house.world.clock() + timedelta(days=3)
    await house.does(staff.snooze, house.world.ann, until=until)
    bo = await office.seat(house.world.bo)
    ids = [house.conversation_id, other.conversation_id]
    await bo.presses("/bulk", ids=ids, deed="snooze", until="1h")
    await bo.takes_back()
    assert (await house.state()).snoozed_until == until
    assert (await other.state()).status is Status.OPEN
    await bo.presses(f"{office.address}/snooze", until="1h")
    await bo.takes_back()
    assert (await house.state()).snoozed_until == until


async def test_many_are_taken_back_without_what_moved_on(office: Office) -> None:
    house = await _waiting(office)
    other = await open_house(house.world)
    await other.writes(HUMAN)
    bo = await office.seat(house.world.bo)
    ids = [house.conversation_id, other.conversation_id]
    await bo.presses("/bulk", ids=ids, deed="resolve")
    await other.writes("One more thing")
    said = await bo.takes_back()
    assert "1 conversation is as it was before." in said
    assert "1 could not be changed: Somebody has changed it since." in said
