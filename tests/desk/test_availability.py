"""Being online, away or offline: said once, seen by all, and acted on at once."""

from stepaside.core.events import EventType
from stepaside.core.roster import Availability
from stepaside.pipeline import staff
from stepaside.store.staff import get_staff
from tests.desk.office import Office


async def at_work(office: Office) -> Availability:
    world = office.house.world
    async with world.db.transaction(world.account_id) as tx:
        return (await get_staff(tx, world.bo.id)).member.availability


async def test_the_switch_says_what_it_means_and_colleagues_see_it(
    office: Office,
) -> None:
    world = office.house.world
    bo, ann = await office.seat(world.bo), await office.seat(world.ann)

    said = await bo.presses("/availability", availability="away")

    assert "You are away. Nothing new comes to you by itself." in said
    assert await at_work(office) is Availability.AWAY
    assert 'class="dot is-away"' in bo.last.text
    assert "Bo Berg Away" in await ann.opens(office.address)
    async with world.db.transaction(world.account_id) as tx:
        told = await tx.all(
            "SELECT data FROM events WHERE type = %s", EventType.AVAILABILITY_CHANGED
        )
    assert [event["data"]["staff_id"] for event in told] == [world.bo.id]


async def test_who_comes_online_gets_what_waited_for_their_team(
    office: Office,
) -> None:
    house, world = office.house, office.house.world
    team = await world.open_team("Workshop", world.bo)
    bo = await office.seat(world.bo)
    await bo.presses("/availability", availability="offline")
    await house.does(staff.give_to_team, world.ann, team_id=team)
    await house.settle()
    assert (await house.state()).assignee_id is None

    await bo.presses("/availability", availability="online")
    await house.settle()

    assert (await house.state()).assignee_id == world.bo.id


async def test_the_profile_says_it_as_the_switch_does(office: Office) -> None:
    house, world = office.house, office.house.world
    team = await world.open_team("Workshop", world.bo)
    await house.goes(world.bo, Availability.OFFLINE)
    await house.does(staff.give_to_team, world.ann, team_id=team)
    bo = await office.seat(world.bo)

    await bo.sends("/settings/profile", name="Bo Berg", availability="online")
    await house.settle()

    assert (await house.state()).assignee_id == world.bo.id


async def test_what_is_no_availability_is_refused(office: Office) -> None:
    bo = await office.seat(office.house.world.bo)
    await bo.presses("/availability", availability="asleep")
    assert bo.status in (400, 422)
    assert await at_work(office) is Availability.ONLINE
