"""A worker wakes at once for a committed job, by a hint that follows the commit."""

import asyncio
from collections import Counter
from datetime import timedelta

import psycopg

from stepaside.core.ids import ConversationId
from stepaside.store.database import Database
from stepaside.store.queue import (
    defer_deliveries,
    defer_delivery,
    defer_turn,
    defer_wake,
    defer_webhook,
)
from tests.house import House
from tests.worker.shift import FAST, ask, is_listening, jobs, no_jobs, until, working

HARDLY_EVER = FAST.model_copy(update={"worker_poll_seconds": 60, "recover_seconds": 60})


async def test_the_insert_itself_tells_nobody(db: Database, shared_url: str) -> None:
    (trigger,) = await ask(
        db,
        """SELECT tgenabled::text FROM pg_trigger
        WHERE tgname = 'procrastinate_jobs_notify_queue_job_inserted_v1'""",
    )
    assert trigger["tgenabled"] == "D"


async def test_an_idle_worker_wakes_at_once_by_the_hint(house: House) -> None:
    db, now = house.rt.db, house.world.clock()
    conversation = ConversationId(house.conversation_id)
    async with working(house.rt, HARDLY_EVER):
        await until(lambda: is_listening(db))
        for _ in range(5):
            async with db.transaction(house.account_id) as tx:
                await defer_delivery(tx, conversation, now)
            async with asyncio.timeout(30):
                await until(lambda: no_jobs(db))


async def test_a_job_that_was_rolled_back_never_was(house: House) -> None:
    db, now = house.rt.db, house.world.clock()
    conversation = ConversationId(house.conversation_id)
    try:
        async with db.transaction(house.account_id) as tx:
            await defer_turn(tx, conversation, now)
            raise psycopg.Rollback
    except psycopg.Rollback:
        pass
    assert await jobs(db) == []


async def test_a_second_job_for_the_same_turn_is_none(house: House) -> None:
    db, now = house.rt.db, house.world.clock()
    conversation = ConversationId(house.conversation_id)
    async with db.transaction(house.account_id) as tx:
        await defer_turn(tx, conversation, now)
        await defer_turn(tx, conversation, now)
    assert await jobs(db) == [("turn", "todo")]


async def test_a_delivery_due_soon_does_not_stand_for_a_later_try(house: House) -> None:
    db, now = house.rt.db, house.world.clock()
    later = now + timedelta(hours=2)
    async with db.transaction(house.account_id) as tx:
        await defer_delivery(tx, house.conversation_id, now)
        await defer_delivery(tx, house.conversation_id, later)
        await defer_delivery(tx, house.conversation_id, later)
        await defer_deliveries(tx, ["one", "two"], now)
        await defer_deliveries(tx, ["one", "two"], later)
        await defer_webhook(tx, "hook/one", now)
        await defer_webhook(tx, "hook/one", later)
    many = Counter(name for name, _ in await jobs(db))
    assert many == {"deliver": 6, "webhook": 2}


async def test_a_timer_far_off_holds_up_nothing(house: House) -> None:
    db, now = house.rt.db, house.world.clock()
    conversation = ConversationId(house.conversation_id)
    (row,) = await ask(db, "SELECT now() + interval '1 day' AS tomorrow")
    async with db.transaction(house.account_id) as tx:
        await defer_wake(tx, conversation, row["tomorrow"])
        await defer_wake(tx, conversation, now)
        await defer_turn(tx, conversation, now)
    waiting = [("wake", "todo")]

    async def is_the_last_left() -> bool:
        return await jobs(db) == waiting

    async with working(house.rt):
        await until(is_the_last_left)
