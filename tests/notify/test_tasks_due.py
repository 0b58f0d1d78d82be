"""When a task falls due, whoever has it is told: once, and only then."""

import asyncio
from datetime import timedelta

import pytest

from stepaside.core.effects import NotificationEvent
from stepaside.core.events import staff_actor
from stepaside.core.ids import StaffId, TaskId
from stepaside.core.roster import StaffMember
from stepaside.pipeline import tasks
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.notifications import Notification, list_notifications
from stepaside.store.tasks import Task
from stepaside.worker.jobs import sweep
from tests.house import House, open_house
from tests.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
async def house(world: World) -> House:
    """Cy's conversation, with Ann and Bo at work."""
    return await open_house(world)


async def _task(house: House, whose: StaffMember | None) -> Task:
    now = house.world.clock()
    stored = await house.stored()
    task = Task(
        id=TaskId(new_id("task")),
        title="Order the left pedal",
        contact_id=stored.contact_id,
        conversation_id=stored.state.id,
        assignee_id=whose.id if whose else None,
        due_at=now + HOUR,
        created_at=now,
        updated_at=now,
    )
    actor = staff_actor(house.world.ann.id)
    return await tasks.create(house.rt, house.account_id, task, actor=actor)


async def _change(house: House, task: Task, **fields: object) -> None:
    actor = staff_actor(house.world.ann.id)
    await tasks.change(house.rt, house.account_id, task.id, fields=fields, actor=actor)


async def _reminded(house: House, *people: StaffMember) -> list[StaffId | None]:
    async with house.rt.db.transaction(house.account_id) as tx:
        told = [n for who in people for n in await _desk(tx, who)]
    assert {n.title for n in told} <= {"Order the left pedal"}
    return [n.staff_id for n in told]


async def _desk(tx: Tx, who: StaffMember) -> list[Notification]:
    return [
        n
        for n in await list_notifications(tx, who.id)
        if n.event is NotificationEvent.TASK_DUE and n.channel == "in_app"
    ]


async def test_the_assignee_is_told_when_it_falls_due_and_not_again(
    house: House,
) -> None:
    world = house.world
    await _task(house, world.bo)
    await house.later(minutes=59)
    assert await _reminded(house, world.ann, world.bo) == []
    await house.later(minutes=1)
    assert await _reminded(house, world.ann, world.bo) == [world.bo.id]
    await house.later(hours=30)
    assert await _reminded(house, world.ann, world.bo) == [world.bo.id]


async def test_everyone_is_told_of_one_that_nobody_has(house: House) -> None:
    world = house.world
    await _task(house, None)
    await house.later(HOUR)
    everyone = await _reminded(house, world.ann, world.bo)
    assert everyone == [world.ann.id, world.bo.id]


async def test_nobody_is_told_of_one_that_is_done(house: House) -> None:
    world = house.world
    task = await _task(house, world.bo)
    actor = staff_actor(world.bo.id)
    await tasks.complete(house.rt, house.account_id, task.id, actor=actor)
    await house.later(HOUR)
    assert await _reminded(house, world.ann, world.bo) == []


async def test_one_that_is_put_off_is_told_of_at_its_new_time(house: House) -> None:
    world = house.world
    task = await _task(house, world.bo)
    await house.later(HOUR)
    await _change(house, task, due_at=world.clock() + HOUR)
    await house.later(minutes=59)
    assert await _reminded(house, world.bo) == [world.bo.id]
    await house.later(minutes=1)
    assert await _reminded(house, world.bo) == [world.bo.id, world.bo.id]


async def test_two_sweeps_at_once_tell_once(house: House) -> None:
    world = house.world
    await _task(house, world.bo)
    world.clock.advance(HOUR)
    await asyncio.gather(*(sweep(house.rt) for _ in range(4)))
    assert await _reminded(house, world.bo) == [world.bo.id]
