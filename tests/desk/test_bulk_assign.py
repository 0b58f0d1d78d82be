"""Assigning many at once, to people and teams, and taking it back."""

from stepaside.core.conversation import Control
from stepaside.pipeline import staff
from tests.desk.office import Office
from tests.house import House, open_house

HUMAN = "I want to talk to a human"


async def _three(office: Office) -> list[House]:
    """One with the bot, one in the queue, one that Bo has."""
    with_bot = office.house
    queued, held = [await open_house(with_bot.world) for _ in range(2)]
    await with_bot.writes("Hello")
    for house in (queued, held):
        await house.writes(HUMAN)
    await held.claims(with_bot.world.bo)
    return [with_bot, queued, held]


async def _holders(houses: list[House]) -> list[tuple[str, str | None]]:
    states = [await house.state() for house in houses]
    return [(state.control, state.assignee_id) for state in states]


async def test_assigning_many_is_taken_back_to_whoever_had_each(
    office: Office,
) -> None:
    world, houses = office.house.world, await _three(office)
    before = await _holders(houses)
    bo = await office.seat(world.bo)

    ids = [house.conversation_id for house in houses]
    said = await bo.presses("/bulk", ids=ids, deed="assign", staff_id=world.ann.id)
    assert "3 conversations assigned. Undo" in said
    assert await _holders(houses) == [("human", world.ann.id)] * 3

    assert "3 conversations are with whoever had them" in await bo.takes_back()
    assert await _holders(houses) == before


async def test_taking_it_back_leaves_what_somebody_did_since(office: Office) -> None:
    world, houses = office.house.world, await _three(office)
    bo = await office.seat(world.bo)
    ids = [house.conversation_id for house in houses]
    await bo.presses("/bulk", ids=ids, deed="assign", staff_id=world.ann.id)
    cleo = await world.hire("Cleo Cruz")
    await houses[1].assigns(world.ann, cleo)
    await houses[0].does(staff.hand_back, world.ann)

    said = await bo.takes_back()

    assert "1 conversation is with whoever had it before" in said
    assert "2 could not be changed: Somebody has changed it since." in said
    assert await _holders(houses) == [
        ("bot", None),
        ("human", cleo.id),
        ("human", world.bo.id),
    ]


async def test_what_changed_nothing_has_no_undo(office: Office) -> None:
    world = office.house.world
    houses = await _three(office)
    bo = await office.seat(world.bo)
    ids = houses[2].conversation_id
    said = await bo.presses("/bulk", ids=ids, deed="assign", staff_id=world.bo.id)
    assert "Undo" not in said


async def test_many_are_given_to_a_team_and_who_is_free_there_has_them(
    office: Office,
) -> None:
    world, houses = office.house.world, await _three(office)
    await world.change_staff(world.ann, capacity=2)
    team = await world.open_team("Service", world.ann)
    bo = await office.seat(world.bo)
    assert "Give to a team Service" in await bo.opens("/conversations?view=all")

    ids = [house.conversation_id for house in houses]
    said = await bo.presses("/bulk", ids=ids, deed="give", team_id=team)
    assert "3 conversations given to the team." in said
    for house in houses:
        await house.settle()

    states = [await house.state() for house in houses]
    assert {state.team_id for state in states} == {team}
    assert sorted(str(state.assignee_id) for state in states) == sorted(
        [world.ann.id, world.ann.id, "None"]
    )
    assert [s.control for s in states].count(Control.QUEUE) == 1


async def test_a_team_nobody_knows_gets_nothing(office: Office) -> None:
    houses = await _three(office)
    bo = await office.seat(office.house.world.bo)
    before = await _holders(houses)
    ids = [house.conversation_id for house in houses]
    said = await bo.presses("/bulk", ids=ids, deed="give", team_id="tea_none")
    assert "3 could not be changed" in said
    await bo.presses("/bulk", ids=ids, deed="take-back", back="nonsense")
    assert await _holders(houses) == before
