"""S18 to S69, as far as people are concerned: who gets it, when, and what is said."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from stepaside.core.conversation import Control
from stepaside.core.events import API
from stepaside.core.roster import Availability, StaffMember
from stepaside.core.rules import AssignTo, Scenario
from stepaside.pipeline import staff
from stepaside.pipeline.dispatch import drain_queue
from stepaside.pipeline.leaving import release_everything
from stepaside.pipeline.wake import wake
from stepaside.store.teams import delete_team, get_team
from tests.house import House, open_house
from tests.shift import OFFICE, asks_for_a_person, assignments, holder
from tests.world import World

ONLINE, AWAY, OFFLINE = Availability.ONLINE, Availability.AWAY, Availability.OFFLINE


# S18, S19: nobody but a person is an assignee, and every path flips control


async def test_s18_what_no_person_has_is_unassigned_and_can_be_assigned(
    world: World,
) -> None:
    house = await open_house(world)
    assert await holder(house) is None

    await house.does(staff.assign, API, staff_id=world.bo.id)

    assert (await house.state()).control is Control.HUMAN
    assert await holder(house) == world.bo.id


async def _by_rule(world: World) -> None:
    to_bo = {"assign_to": AssignTo.STAFF, "staff_id": world.bo.id}
    await world.change_rule(Scenario.HUMAN_REQUESTED, **to_bo)


async def _by_ownership(world: World) -> None:
    await world.give_contact_to(world.bo)
    await world.change_rule(Scenario.HUMAN_REQUESTED, skip_if_contact_has_owner=True)


async def _by_team(world: World) -> None:
    await world.assign_to_team(await world.open_team("Support", world.bo))


@pytest.mark.parametrize("settle", [_by_rule, _by_ownership, _by_team])
async def test_s19_a_rule_that_assigns_gives_people_control(
    world: World, settle: Callable[[World], Awaitable[None]]
) -> None:
    await settle(world)
    house = await open_house(world)

    await house.writes("I want to talk to a human")

    await _bo_has_it_and_the_bot_is_silent(house)


_BY_HAND: dict[str, Callable[[House, StaffMember], Awaitable[Any]]] = {
    "claim": lambda house, bo: house.claims(bo),
    "assign": lambda house, bo: house.assigns(by=house.world.ann, to=bo),
    "by API": lambda house, bo: house.does(staff.assign, API, staff_id=bo.id),
    "reply": lambda house, bo: house.replies(bo, "Hello, Bo here."),
}


@pytest.mark.parametrize("path", _BY_HAND)
async def test_s19_whoever_is_assigned_by_hand_has_control(
    world: World, path: str
) -> None:
    house = await open_house(world)

    await _BY_HAND[path](house, world.bo)

    await _bo_has_it_and_the_bot_is_silent(house)


async def test_s19_what_comes_out_of_a_teams_queue_is_in_a_persons_hands(
    world: World,
) -> None:
    await _by_team(world)
    await world.change_staff(world.bo, availability=AWAY)
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    assert (await house.state()).control is Control.QUEUE

    await house.goes(world.bo, ONLINE)

    await _bo_has_it_and_the_bot_is_silent(house)


async def _bo_has_it_and_the_bot_is_silent(house: House) -> None:
    state = await house.state()
    assert (state.control, state.assignee_id) == (Control.HUMAN, house.world.bo.id)
    before = await house.said_by_bot()
    await house.writes("When are you open?")
    assert await house.said_by_bot() == before


async def test_s19_taking_the_person_away_does_not_give_the_bot_control(
    world: World,
) -> None:
    house = await open_house(world)
    await house.claims(world.bo)

    await house.does(staff.release, world.bo)
    await house.writes("When are you open?")

    assert (await house.state()).control is Control.QUEUE
    assert await house.said_by_bot() == []


# S24, S51: a target that is gone


async def test_s24_a_team_that_was_deleted_leaves_it_to_the_queue_with_a_warning(
    world: World,
) -> None:
    team = await world.open_team("Support", world.bo)
    await world.assign_to_team(team)
    async with world.db.transaction(world.account_id) as tx:
        await delete_team(tx, team, world.clock())

    house = await asks_for_a_person(world)

    state = await house.state()
    assert (state.control, state.team_id) == (Control.QUEUE, None)
    assert (world.ann.id, "warning") in await house.told()
    assert {who for who, e in await house.told() if e == "handover_waiting"} == {
        world.ann.id,
        world.bo.id,
    }


@pytest.mark.parametrize("how", ["disabled", "deleted"])
async def test_s51_a_team_whose_last_member_left_warns_the_admins(
    world: World, how: str
) -> None:
    team = await world.open_team("Support", world.bo)
    await world.assign_to_team(team)
    if how == "deleted":
        await world.let_go(world.bo)
    else:
        await world.change_staff(world.bo, active=False)

    house = await asks_for_a_person(world)

    assert (await house.state()).control is Control.QUEUE
    assert (world.ann.id, "warning") in await house.told()
    assert (world.ann.id, "handover_waiting") in await house.told()


async def test_s51_what_a_leaver_had_goes_to_the_rest_of_the_team(
    world: World,
) -> None:
    team = await world.open_team("Support", world.bo, world.ann)
    await world.assign_to_team(team)
    await world.change_staff(world.ann, availability=AWAY)
    house = await asks_for_a_person(world)
    assert await holder(house) == world.bo.id
    await world.change_staff(world.ann, availability=ONLINE)

    await world.change_staff(world.bo, active=False)
    await release_everything(house.rt, world.account_id, world.bo.id, actor=API)
    await house.settle()

    assert await holder(house) == world.ann.id


# S48: who is told, once it is settled


async def test_s48_who_got_it_is_told_once_and_nobody_else_is(world: World) -> None:
    team = await world.open_team("Support", world.bo, world.ann)
    await world.change_staff(world.ann, availability=AWAY)
    await world.assign_to_team(team, task_enabled=False)

    house = await asks_for_a_person(world)
    await drain_queue(house.rt, world.account_id)
    await house.settle()

    assert await house.told() == [(world.bo.id, "conversation_assigned")]
    assert len(house.post.notices) == 1


async def test_s48_when_nobody_got_it_the_whole_team_is_told_and_only_the_team(
    world: World,
) -> None:
    flo = await world.hire("Flo Fox")
    team = await world.open_team("Support", world.bo, flo)
    for member in (world.bo, flo):
        await world.change_staff(member, availability=AWAY)
    await world.assign_to_team(team)

    house = await asks_for_a_person(world)

    assert sorted(await house.told()) == sorted(
        (who.id, "handover_waiting") for who in (world.bo, flo)
    )

    await house.goes(flo, ONLINE)
    told = await house.told()
    assert told.count((flo.id, "conversation_assigned")) == 1
    assert told.count((flo.id, "task_assigned")) == 1
    assert len(told) == 4


# S52: the contact's owner is not there


async def test_s52_an_owner_who_is_offline_keeps_the_contact_and_is_told(
    world: World,
) -> None:
    await world.change_staff(world.bo, availability=OFFLINE)
    await world.give_contact_to(world.bo)
    await world.change_rule(Scenario.HUMAN_REQUESTED, skip_if_contact_has_owner=True)
    house = await open_house(world)
    await house.writes("I want to talk to a human")

    await house.later(hours=5)

    assert await holder(house) == world.bo.id
    assert (world.bo.id, "conversation_assigned") in await house.told()


async def test_s52_where_the_bots_rule_says_so_it_goes_to_somebody_else_in_time(
    world: World,
) -> None:
    team = await world.open_team("Support", world.ann, world.bo)
    await world.change_staff(world.bo, availability=OFFLINE)
    await world.give_contact_to(world.bo)
    await world.assign_to_team(team, skip_if_contact_has_owner=True)
    await world.change_bot(reassign_after=timedelta(minutes=5))
    house = await open_house(world)
    await house.writes("I want to talk to a human")

    await house.later(minutes=4)
    assert await holder(house) == world.bo.id
    await house.later(minutes=1)

    assert await holder(house) == world.ann.id
    (given,) = await assignments(house)
    assert given.event.data["reason"] == (
        "Bo Berg is offline while the contact waits; Support: Ann Ash is next in turn"
    )
    assert (world.ann.id, "conversation_assigned") in await house.told()
    await house.later(hours=1)
    assert len(await assignments(house)) == 1


async def test_s52_with_nobody_else_it_goes_to_the_queue_where_everyone_sees_it(
    world: World,
) -> None:
    to_bo = {"assign_to": AssignTo.STAFF, "staff_id": world.bo.id}
    await world.change_rule(Scenario.HUMAN_REQUESTED, **to_bo)
    await world.change_bot(reassign_after=timedelta(minutes=5))
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.goes(world.bo, AWAY)

    await house.later(minutes=5)

    assert (await house.state()).control is Control.QUEUE
    assert (world.ann.id, "handover_waiting") in await house.told()


async def test_s52_an_answered_contact_stays_with_whoever_went_home(
    world: World,
) -> None:
    await world.change_bot(reassign_after=timedelta(minutes=5))
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.replies(world.bo, "Bo here. I will look into it.")
    await house.goes(world.bo, OFFLINE)

    await house.later(hours=1)

    assert await holder(house) == world.bo.id


# S54: the queue, oldest first


async def test_s54_ten_that_wait_are_assigned_oldest_first_when_people_come(
    world: World,
) -> None:
    team = await world.open_team("Support", world.bo)
    await world.change_staff(world.bo, availability=OFFLINE, capacity=3)
    await world.assign_to_team(team)
    houses = []
    for n in range(10):
        houses.append(await asks_for_a_person(world, f"guest{n}"))
        world.clock.advance(minutes=1)

    await houses[0].goes(world.bo, ONLINE)

    held = [await holder(house) == world.bo.id for house in houses]
    assert held == [True] * 3 + [False] * 7
    # As each is finished the next one comes, and none comes twice.
    for n in range(7):
        await houses[n].replies(world.bo, "Done.")
        await houses[n].does(staff.resolve, world.bo)
        assert await holder(houses[n + 3]) == world.bo.id
    for house in houses:
        assert len(await assignments(house)) == 1
        assert (await house.told()).count((world.bo.id, "conversation_assigned")) == 1


@pytest.mark.parametrize("deed", ["resolve", "hand back", "release"])
async def test_s54_whatever_frees_a_person_brings_them_the_next(
    world: World, deed: str
) -> None:
    team = await world.open_team("Support", world.bo)
    await world.change_staff(world.bo, capacity=1)
    await world.assign_to_team(team)
    first = await asks_for_a_person(world, "gil")
    second = await asks_for_a_person(world, "hal")
    assert await holder(second) is None

    match deed:
        case "resolve":
            await first.does(staff.resolve, world.bo)
        case "hand back":
            await first.does(staff.hand_back, world.bo)
        case _:
            await first.does(staff.release, world.bo)

    assert await holder(second) == world.bo.id


async def test_s54_a_pause_that_ends_frees_a_person_too(world: World) -> None:
    team = await world.open_team("Support", world.bo)
    await world.change_staff(world.bo, capacity=1)
    await world.assign_to_team(team, pause=timedelta(hours=1))
    first = await asks_for_a_person(world, "gil")
    world.clock.advance(minutes=30)
    second = await asks_for_a_person(world, "hal")

    world.clock.advance(minutes=30)
    await wake(first.rt, *first.here)
    await first.settle()

    assert (await first.state()).control is Control.BOT
    assert await holder(second) == world.bo.id


async def test_s54_what_was_given_back_does_not_come_back_by_itself(
    world: World,
) -> None:
    flo = await world.hire("Flo Fox", availability=AWAY)
    team = await world.open_team("Support", world.bo, flo)
    await world.assign_to_team(team)
    house = await asks_for_a_person(world)

    await house.does(staff.release, world.bo)
    await house.later(minutes=1)
    assert await holder(house) is None

    await house.goes(flo, ONLINE)
    assert await holder(house) == flo.id


async def test_s54_when_hours_begin_the_night_is_assigned_oldest_first(
    world: World,
) -> None:
    await world.work(OFFICE)
    team = await world.open_team("Support", world.bo)
    await world.change_staff(world.bo, capacity=1)
    await world.assign_to_team(team)
    world.clock.advance(hours=10)  # Monday, 21:00
    first = await asks_for_a_person(world, "gil")
    world.clock.advance(minutes=5)
    second = await asks_for_a_person(world, "hal")
    assert await holder(first) is None

    await first.later(hours=11, minutes=54)  # a minute before nine
    assert await holder(first) is None
    await first.later(minutes=1)

    assert await holder(first) == world.bo.id
    assert await holder(second) is None


# S55: bots are no people


async def test_s55_a_bot_is_in_no_team_and_is_never_chosen(world: World) -> None:
    team = await world.open_team("Support", world.bo)
    async with world.db.transaction(world.account_id) as tx:
        members = (await get_team(tx, team)).member_ids
    assert members == (world.bo.id,)
    await world.assign_to_team(team)

    house = await asks_for_a_person(world)

    assert await holder(house) == world.bo.id
