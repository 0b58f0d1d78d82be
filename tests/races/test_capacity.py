"""Races for people: nobody gets more by itself than they can take, and none is lost."""

import asyncio
import random
from collections import Counter
from datetime import timedelta

import pytest

from stepaside.core.conversation import Control, Status, broken_laws
from stepaside.core.errors import Refusal
from stepaside.core.events import EventType, staff_actor
from stepaside.core.ids import TeamId
from stepaside.core.roster import Availability, ContactRef, StaffMember
from stepaside.core.rules import AssignTo, Scenario
from stepaside.core.teams import TeamMode
from stepaside.core.terms import Returning
from stepaside.pipeline import dispatch, receive, staff, take_turn
from tests.house import House, open_house
from tests.world import World

WAIT = 60
"""Seconds the bot waits for more, so that many turns fall due in one instant."""


async def many_ask(
    world: World, how_many: int, text: str = "I want to talk to a human"
) -> list[House]:
    """So many contacts have asked for something; no turn is due yet."""
    await world.change_bot(wait_seconds=WAIT)
    houses = []
    for n in range(how_many):
        house = await open_house(world)
        house.conversation_id = await receive.start_conversation(
            house.rt,
            world.account_id,
            inbox_id=house.inbox_id,
            contact=ContactRef(external_id=f"guest-{n}"),
        )
        await house.writes(text)
        assert (await house.state()).control is Control.BOT
        houses.append(house)
    return houses


async def all_at_once(houses: list[House]) -> None:
    """Every handover in the same instant."""
    houses[0].world.clock.advance(seconds=WAIT)
    await asyncio.gather(*(take_turn.take_turn(h.rt, *h.here) for h in houses))
    for house in houses:
        await house.settle()


async def holders(houses: list[House]) -> Counter[str | None]:
    """How many each has; None is the queue."""
    return Counter([(await house.state()).assignee_id for house in houses])


def shares(staffed: list[StaffMember], each: int, queued: int) -> dict[str | None, int]:
    """So many for each, and so many in the queue."""
    return dict[str | None, int]({None: queued}) | {who.id: each for who in staffed}


@pytest.mark.parametrize("round_", range(5))
async def test_s53_two_handovers_and_room_for_one_leave_one_in_the_queue(
    world: World, round_: int
) -> None:
    await world.change_staff(world.bo, capacity=1)
    team = await world.open_team(f"Support {round_}", world.bo)
    await world.assign_to_team(team)
    houses = await many_ask(world, 2)

    await all_at_once(houses)

    assert await holders(houses) == {world.bo.id: 1, None: 1}
    controls = {(await house.state()).control for house in houses}
    assert controls == {Control.HUMAN, Control.QUEUE}


@pytest.mark.parametrize("mode", TeamMode)
async def test_s53_fifty_handovers_at_once_fill_everybody_and_no_more(
    world: World, mode: TeamMode
) -> None:
    team, staffed = await _team_of_three(world, mode)
    await world.assign_to_team(team)
    houses = await many_ask(world, 50)

    await all_at_once(houses)

    assert await holders(houses) == shares(staffed, 4, queued=38)


async def test_s53_turns_are_taken_in_turn_also_at_once(world: World) -> None:
    team, staffed = await _team_of_three(world, TeamMode.ROUND_ROBIN)
    for who in staffed:
        await world.change_staff(who, capacity=None)
    await world.assign_to_team(team)
    houses = await many_ask(world, 30)

    await all_at_once(houses)

    assert await holders(houses) == {who.id: 10 for who in staffed}


async def test_s53_two_teams_that_share_a_person_share_their_capacity(
    world: World,
) -> None:
    await world.change_staff(world.bo, capacity=3)
    sales = await world.open_team("Sales", world.bo)
    support = await world.open_team("Support", world.bo, fallback_id=sales)
    await world.assign_to_team(support)
    to_sales = {"assign_to": AssignTo.TEAM, "team_id": sales}
    await world.change_rule(Scenario.LACK_OF_INFORMATION, **to_sales)
    houses = await many_ask(world, 10)
    houses += await many_ask(world, 10, "Which wine goes with roast duck?")

    await all_at_once(houses)

    assert (await holders(houses))[world.bo.id] == 3


async def test_s54_many_who_drain_at_once_give_each_away_once(world: World) -> None:
    team, staffed = await _team_of_three(world, TeamMode.LEAST_LOADED)
    for who in staffed:
        await world.change_staff(who, availability=Availability.AWAY)
    await world.assign_to_team(team)
    houses = await many_ask(world, 20)
    world.clock.advance(seconds=WAIT)
    for house in houses:
        await take_turn.take_turn(house.rt, *house.here)
        world.clock.advance(seconds=1)
    for who in staffed:
        await world.change_staff(who, availability=Availability.ONLINE)

    await asyncio.gather(
        *(dispatch.drain_queue(houses[0].rt, world.account_id) for _ in range(20))
    )

    assert await holders(houses) == shares(staffed, 4, queued=8)
    for house in houses:
        assert len(await house.events(EventType.ASSIGNED)) <= 1
    waits = [(await h.state()).assignee_id is None for h in houses]
    assert waits == [False] * 12 + [True] * 8  # the oldest first


async def test_many_who_come_back_at_once_fill_who_had_them_and_no_more(
    world: World,
) -> None:
    houses = await _settled_by_bo(world, 12)
    await world.change_staff(world.bo, capacity=3)

    await asyncio.gather(
        *(house.writes("Hello again", settle=False) for house in houses)
    )

    assert await holders(houses) == {world.bo.id: 3, None: 9}
    for house in houses:
        await house.settle()


@pytest.mark.parametrize("batch", range(4))
async def test_whatever_people_do_at_once_nobody_is_lost_or_overloaded(
    world: World, batch: int
) -> None:
    """Handovers, claims, releases, resolving and coming and going, all mixed up."""
    dice = random.Random(batch)  # noqa: S311 - to shuffle, not to hide
    team, staffed = await _team_of_three(world, dice.choice(list(TeamMode)))
    await world.assign_to_team(team)
    houses = await many_ask(world, 24)
    world.clock.advance(seconds=WAIT)
    works = [take_turn.take_turn(h.rt, *h.here) for h in houses]
    works += [_deed(dice, dice.choice(houses), dice.choice(staffed)) for _ in range(40)]
    dice.shuffle(works)

    ended = await asyncio.gather(*works, return_exceptions=True)
    for house in houses:
        await house.settle()
    world.clock.advance(timedelta(seconds=1))
    for who in staffed:
        await houses[0].goes(who, Availability.ONLINE)
    await dispatch.drain_due(houses[0].rt)

    failed = [e for e in ended if isinstance(e, BaseException)]
    assert all(isinstance(e, Refusal) for e in failed), failed  # no deadlock, no end
    for house in houses:
        state = await house.state()
        assert broken_laws(state) == []
        assert state.status is Status.RESOLVED or state.control is not Control.BOT


async def _settled_by_bo(world: World, how_many: int) -> list[House]:
    """Bo had them all, they are resolved, and who comes back comes to Bo."""
    houses = await many_ask(world, how_many, "Hello")
    for house in houses:
        await staff.assign(
            house.rt, *house.here, staff_id=world.bo.id, actor=staff_actor(world.bo.id)
        )
        await house.does(staff.hand_back, world.bo)
        await house.does(staff.resolve, world.bo)
    await world.change_bot(on_return=Returning.LAST_OWNER)
    return houses


async def _deed(dice: random.Random, house: House, who: StaffMember) -> None:
    for _ in range(dice.randrange(200)):
        await asyncio.sleep(0)
    actor = staff_actor(who.id)
    match dice.randrange(5):
        case 0:
            await staff.release(house.rt, *house.here, actor=actor)
        case 1:
            await staff.claim(house.rt, *house.here, staff_id=who.id, actor=actor)
        case 2:
            await staff.resolve(house.rt, *house.here, actor=actor)
        case 3:
            await house.goes(who, dice.choice(list(Availability)))
        case _:
            await dispatch.drain_queue(house.rt, house.account_id)


async def _team_of_three(
    world: World, mode: TeamMode
) -> tuple[TeamId, list[StaffMember]]:
    flo = await world.hire("Flo Fox")
    staffed = [world.ann, world.bo, flo]
    for who in staffed:
        await world.change_staff(who, capacity=4)
    return await world.open_team("Support", *staffed, mode=mode), staffed
