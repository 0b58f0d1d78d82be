"""Who of a team gets a conversation, in the words of the product."""

from stepaside.core.conversation import Control
from stepaside.core.events import EventType
from stepaside.core.rules import AssignTo, Scenario
from stepaside.core.teams import TeamMode
from tests.house import open_house
from tests.shift import asks_for_a_person, holder
from tests.world import World


async def test_each_in_turn(world: World) -> None:
    flo = await world.hire("Flo Fox")
    team = await world.open_team("Support", world.bo, flo, world.ann)
    await world.assign_to_team(team)

    got = [await holder(await asks_for_a_person(world, f"g{n}")) for n in range(6)]

    assert set(got[:3]) == {world.bo.id, flo.id, world.ann.id}
    assert got[3:] == got[:3]


async def test_whoever_has_the_fewest(world: World) -> None:
    team = await world.open_team(
        "Support", world.bo, world.ann, mode=TeamMode.LEAST_LOADED
    )
    for _ in range(3):
        house = await open_house(world)
        await house.claims(world.bo)
    await world.assign_to_team(team)

    got = [await holder(await asks_for_a_person(world, f"g{n}")) for n in range(3)]

    assert got == [world.ann.id] * 3


async def test_who_speaks_the_contacts_language_is_asked_first(world: World) -> None:
    await world.change_staff(world.ann, languages=("en",))
    await world.change_staff(world.bo, languages=("de", "en"))
    team = await world.open_team("Support", world.ann, world.bo)
    await world.assign_to_team(team)

    house = await open_house(world)
    await house.writes("Ich möchte bitte mit einem Menschen sprechen")

    assert await holder(house) == world.bo.id
    (started,) = await house.events(EventType.HANDOVER_STARTED)
    assert started.event.data["assignment"] == (
        "Support: Bo Berg is next in turn of those who speak de"
    )


async def test_a_full_team_asks_its_fallback_and_says_so(world: World) -> None:
    sales = await world.open_team("Sales", world.ann)
    team = await world.open_team("Support", world.bo, fallback_id=sales)
    await world.change_staff(world.bo, capacity=1)
    await world.assign_to_team(team)
    first = await asks_for_a_person(world, "gil")

    second = await asks_for_a_person(world, "hal")

    assert (await holder(first), await holder(second)) == (world.bo.id, world.ann.id)
    (started,) = await second.events(EventType.HANDOVER_STARTED)
    assert started.event.data["assignment"] == (
        "Support: Bo Berg has 1 of 1 conversations; Sales: Ann Ash is next in turn"
    )
    assert (await second.state()).team_id == team


async def test_a_person_may_take_more_by_hand_than_comes_by_itself(
    world: World,
) -> None:
    team = await world.open_team("Support", world.bo)
    await world.change_staff(world.bo, capacity=1)
    await world.assign_to_team(team)
    await asks_for_a_person(world, "gil")
    second = await asks_for_a_person(world, "hal")

    await second.claims(world.bo)

    assert await holder(second) == world.bo.id


async def test_a_named_person_who_is_full_leaves_it_to_the_queue(
    world: World,
) -> None:
    to_bo = {"assign_to": AssignTo.STAFF, "staff_id": world.bo.id}
    await world.change_rule(Scenario.HUMAN_REQUESTED, **to_bo)
    await world.change_staff(world.bo, capacity=1)
    await asks_for_a_person(world, "gil")

    second = await asks_for_a_person(world, "hal")

    assert (await second.state()).control is Control.QUEUE
    (started,) = await second.events(EventType.HANDOVER_STARTED)
    reason = "the rule names Bo Berg, who has 1 of 1 conversations"
    assert started.event.data["assignment"] == reason
