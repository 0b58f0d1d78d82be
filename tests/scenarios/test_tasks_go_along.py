"""A follow-up task goes with its conversation, and whoever gets it is told."""

from stepaside.core.conversation import Control
from stepaside.core.events import TIMER, EventType, staff_actor
from stepaside.core.roster import Availability, StaffMember
from stepaside.pipeline import staff, tasks
from stepaside.store.tasks import Task, list_tasks
from tests.house import House, open_house
from tests.world import World


async def waiting(world: World) -> House:
    """A handover that nobody has taken yet, with its task."""
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    assert (await house.state()).control is Control.QUEUE
    return house


async def the_task(house: House) -> Task:
    async with house.rt.db.transaction(house.account_id) as tx:
        [task] = await list_tasks(tx)
    return task


async def told_of_it(house: House, who: StaffMember) -> int:
    """How often somebody was told in the desk that a task is theirs."""
    return (await house.told()).count((who.id, "task_assigned"))


async def changed_by(house: House) -> list[str]:
    return [str(e.event.actor) for e in await house.events(EventType.TASK_CHANGED)]


async def test_whoever_gets_it_out_of_a_teams_queue_is_told_of_the_task(
    world: World,
) -> None:
    await world.assign_to_team(await world.open_team("Support", world.bo))
    await world.change_staff(world.bo, availability=Availability.AWAY)
    house = await waiting(world)
    assert (await the_task(house)).assignee_id is None
    await house.goes(world.bo, Availability.ONLINE)
    assert (await the_task(house)).assignee_id == world.bo.id
    assert await told_of_it(house, world.bo) == 1
    assert await changed_by(house) == [str(TIMER)]


async def test_whoever_is_given_it_by_a_colleague_is_told_of_the_task(
    world: World,
) -> None:
    house = await waiting(world)
    await house.assigns(by=world.ann, to=world.bo)
    assert await told_of_it(house, world.bo) == 1
    await house.assigns(by=world.bo, to=world.ann)
    assert (await the_task(house)).assignee_id == world.ann.id
    assert await told_of_it(house, world.ann) == 1
    assert await changed_by(house) == [
        str(staff_actor(who.id)) for who in (world.ann, world.bo)
    ]


async def test_whoever_takes_it_is_not_told_of_what_they_took(world: World) -> None:
    house = await waiting(world)
    await house.claims(world.bo)
    assert (await the_task(house)).assignee_id == world.bo.id
    assert await told_of_it(house, world.bo) == 0
    assert await changed_by(house) == [str(staff_actor(world.bo.id))]


async def test_back_in_the_queue_it_is_nobodys_until_somebody_has_the_conversation(
    world: World,
) -> None:
    house = await waiting(world)
    await house.claims(world.bo)
    await house.does(staff.release, world.bo)
    assert (await the_task(house)).assignee_id is None
    await house.replies(world.ann, "Hello, Ann here.")
    assert (await the_task(house)).assignee_id == world.ann.id


async def test_a_task_given_to_somebody_else_stays_theirs(world: World) -> None:
    house = await waiting(world)
    task = await the_task(house)
    await tasks.change(
        house.rt,
        house.account_id,
        task.id,
        fields={"assignee_id": world.ann.id},
        actor=staff_actor(world.bo.id),
    )
    await house.claims(world.bo)
    await house.does(staff.release, world.bo)
    assert (await the_task(house)).assignee_id == world.ann.id


async def test_a_task_that_is_done_stays_with_who_did_it(world: World) -> None:
    house = await waiting(world)
    await house.claims(world.bo)
    done = (await the_task(house)).id
    by_bo = staff_actor(world.bo.id)
    await tasks.complete(house.rt, house.account_id, done, actor=by_bo)
    await house.assigns(by=world.bo, to=world.ann)
    assert (await the_task(house)).assignee_id == world.bo.id
    assert await told_of_it(house, world.ann) == 0
