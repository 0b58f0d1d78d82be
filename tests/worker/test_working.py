"""What the process that stored a message leaves undone, a worker does."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from stepaside.bot.draft import Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.channels.base import Accepted, Inbound, Outbound
from stepaside.channels.webhook.signature import new_secret
from stepaside.channels.webhook.signed import Answered, Call
from stepaside.core.roster import ContactRef
from stepaside.core.turn import Turn
from stepaside.pipeline.deliver import deliver_due
from stepaside.pipeline.receive import receive
from stepaside.pipeline.runtime import Background, Limits
from stepaside.pipeline.take_turn import answer_due
from stepaside.store.database import Database
from stepaside.store.ids import new_id
from stepaside.store.inboxes import InboxKind
from stepaside.store.webhooks import Webhook, WebhookEvent, create_webhook
from stepaside.worker.jobs import every, register_jobs, sweep
from tests.house import House, open_house
from tests.loopback import Answer, Asked, serving
from tests.worker.shift import FAST, Forgetful, ask, jobs, no_jobs, until, working
from tests.world import World

QUESTION = "When are you open on Saturday?"
ANSWER = "On Saturday from 10:00 to 14:00."


async def test_a_worker_answers_when_the_process_that_stored_it_died(
    house: House,
) -> None:
    await house.writes(QUESTION)
    assert await house.said_by_bot() == []
    async with working(house.rt):
        await until(lambda: no_jobs(house.rt.db))
    assert len(await house.said_by_bot()) == 1


async def test_a_worker_sends_what_the_process_that_decided_it_left(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.rt = replace(house.rt, background=Forgetful())
    await house.writes(QUESTION)
    worker = replace(house.rt, background=Background())
    async with working(worker):
        await until(lambda: no_jobs(house.rt.db))
        await worker.background.drain()
    assert len(house.phone.accepted) == 1


async def test_a_turn_whose_job_is_lost_too_is_found_by_the_sweep(
    house: House, sweeper: object
) -> None:
    await house.writes(QUESTION)
    await forget_all_jobs(house.rt.db)
    house.world.clock.advance(minutes=1)
    worker = replace(house.rt, background=Background())
    async with working(worker):
        await until(lambda: has_answered(house))
    await worker.background.drain()


async def test_a_pause_whose_timer_is_lost_is_ended_by_the_sweep(house: House) -> None:
    await hand_over(house)
    state = await house.state()
    assert state.resume_at is not None
    await forget_all_jobs(house.rt.db)
    house.world.clock.now = state.resume_at + timedelta(minutes=1)
    async with working(house.rt):

        async def is_over() -> bool:
            return (await house.state()).resume_at is None

        await until(is_over)


async def test_a_sweep_goes_on_after_a_part_of_it_failed(house: House) -> None:
    await hand_over(house)
    state = await house.state()
    assert state.resume_at is not None
    house.world.clock.now = state.resume_at + timedelta(minutes=1)
    broken = replace(house.rt, limits=None)  # type: ignore[arg-type]
    await sweep(broken)
    assert (await house.state()).resume_at is None


async def test_a_bot_that_hangs_holds_up_no_sweep_and_is_swept_for_once(
    house: House,
) -> None:
    thinking, go_on = asyncio.Event(), asyncio.Event()
    asked: list[str] = []

    async def slow(turn: Turn, index: KnowledgeIndex) -> Draft:
        asked.append(turn.text)
        thinking.set()
        await go_on.wait()
        return Draft(text=ANSWER, passages=index.search(turn.text, 1))

    await house.writes(QUESTION)
    house.world.clock.advance(minutes=1)
    rt = replace(house.rt, brain=slow, background=Background())
    await asyncio.wait_for(sweep(rt), 20)
    await asyncio.wait_for(thinking.wait(), 20)
    house.world.clock.advance(minutes=1)  # its mark lapses, and still it is at it
    await asyncio.wait_for(sweep(rt), 20)
    go_on.set()
    await rt.background.drain()
    assert asked == [QUESTION]
    assert await house.said_by_bot() == [ANSWER]


async def test_of_sweeps_one_runs_at_a_time_and_of_rescues_any_number(
    house: House,
) -> None:
    """A rescue whose worker died must not keep the next from rescuing it."""
    app = App(connector=InMemoryConnector())
    register_jobs(app, house.rt, FAST)
    locks = {name: app.tasks[name].lock for name in ("sweep", "prune", "recover")}
    assert locks == {"sweep": "every:sweep", "prune": "every:prune", "recover": None}


async def test_a_job_about_something_deleted_ends_quietly(house: House) -> None:
    await put_job(house.rt.db, {"account_id": house.account_id, "subject": "cnv_gone"})
    async with working(house.rt):
        await until(lambda: no_jobs(house.rt.db))


async def test_a_job_that_fails_makes_way_for_the_next_with_its_key(
    house: House,
) -> None:
    await house.writes(QUESTION)
    await forget_all_jobs(house.rt.db)
    good = {"account_id": house.account_id, "subject": house.conversation_id}
    await put_job(house.rt.db, {"wrong": "arguments"}, lock="turn:x")
    await put_job(house.rt.db, good, lock="turn:x", key="turn:x")
    async with working(house.rt):
        await until(lambda: has_answered(house))
    assert await jobs(house.rt.db) == [("turn", "failed")]


async def test_a_receiver_of_webhooks_that_hangs_keeps_no_worker_from_its_work(
    house: House,
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def hangs(call: Call) -> Answered:
        asked.set()
        await go_on.wait()
        return Answered(status=200, headers={}, body=b"")

    await _listens(house)
    await house.writes(QUESTION)
    rt = replace(house.rt, call_webhook=hangs, background=Background())
    alone = FAST.model_copy(update={"worker_concurrency": 1})
    async with working(rt, alone):
        await asyncio.wait_for(asked.wait(), 20)
        await until(lambda: has_answered(house))
        await asyncio.wait_for(sweep(rt), 20)
        go_on.set()
        await rt.background.drain()


async def test_a_channel_that_hangs_keeps_no_worker_from_another_accounts_work(
    house: House,
) -> None:
    world, hang = house.world, asyncio.Event()
    asked = asyncio.Event()

    async def hangs(request: Asked) -> Answer:
        del request
        asked.set()
        await hang.wait()
        return Answer()

    async with serving(hangs) as url, httpx2.AsyncClient() as http:

        async def send(outbound: Outbound) -> Accepted:
            await http.post(url, json={"text": outbound.text}, timeout=None)
            return Accepted(external_id=outbound.key)

        await _says_to_many(world, 12)
        rt = replace(
            house.rt,
            senders={InboxKind.WEBHOOK: send},
            background=Background(),
            limits=Limits(net=timedelta(0)),
        )
        world.clock.advance(seconds=6)
        alone = FAST.model_copy(update={"worker_concurrency": 1})
        async with working(rt, alone):
            await asyncio.wait_for(asked.wait(), 20)
            await house.writes(QUESTION)
            await until(lambda: has_answered(house))
            await asyncio.wait_for(sweep(rt), 20)
            hang.set()
            await rt.background.drain()


async def _says_to_many(world: World, how_many: int) -> None:
    """Staff words to so many contacts on one channel, none of them sent yet."""
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.rt = replace(house.rt, background=Forgetful())
    for number in range(how_many):
        inbound = Inbound(
            inbox_id=house.inbox_id,
            sender=ContactRef(external_id=f"+49 {number}"),
            text="Hi",
        )
        received = await receive(house.rt, world.account_id, inbound)
        here = replace(house, conversation_id=received.conversation_id)
        await here.replies(world.bo, "Hello, Bo here.")


async def test_a_channel_that_hangs_for_one_contact_is_swept_for_the_others(
    world: World,
) -> None:
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.rt = replace(house.rt, background=Forgetful())
    for number in ("+49 111", "+49 222"):
        inbound = Inbound(
            inbox_id=house.inbox_id, sender=ContactRef(external_id=number), text="Hi"
        )
        received = await receive(house.rt, world.account_id, inbound)
        here = replace(house, conversation_id=received.conversation_id)
        await here.replies(world.bo, "Hello, Bo here.")
    hanging, arrived = asyncio.Event(), asyncio.Event()

    async def before() -> None:
        if len(house.phone.calls) == 1:
            await hanging.wait()
        arrived.set()

    house.phone.before = before
    sweeping = asyncio.create_task(deliver_due(house.rt))
    await asyncio.wait_for(arrived.wait(), 20)
    assert not sweeping.done()
    hanging.set()
    await sweeping
    assert len(house.phone.accepted) == 2


async def _listens(house: House) -> None:
    now = house.rt.now()
    hook = Webhook(
        id=new_id("webhook"),
        name="",
        url="https://hook.example.org/",
        events=(WebhookEvent.MESSAGE_CREATED,),
        secret=new_secret(),
        created_at=now,
        updated_at=now,
    )
    async with house.rt.db.transaction(house.account_id) as tx:
        await create_webhook(tx, hook)


async def test_a_worker_told_to_stop_finishes_what_it_does(house: House) -> None:
    thinking, go_on = asyncio.Event(), asyncio.Event()

    async def slow(turn: Turn, index: KnowledgeIndex) -> Draft:
        thinking.set()
        await go_on.wait()
        return Draft(text=ANSWER, passages=index.search(turn.text, 1))

    await house.writes(QUESTION)
    async with working(replace(house.rt, brain=slow)) as worker:
        await asyncio.wait_for(thinking.wait(), 20)
        stopping = asyncio.create_task(worker.stop())
        await asyncio.sleep(0)
        go_on.set()
        await stopping
    assert await house.said_by_bot() == [ANSWER]
    assert await jobs(house.rt.db) == []


async def test_a_worker_told_to_stop_does_not_wait_for_ever(house: House) -> None:
    thinking = asyncio.Event()

    async def endless(turn: Turn, index: KnowledgeIndex) -> Draft:
        thinking.set()
        await asyncio.Event().wait()
        raise AssertionError

    await house.writes(QUESTION)
    hurried = FAST.model_copy(update={"stop_seconds": 0.1})
    async with working(replace(house.rt, brain=endless), hurried) as worker:
        await asyncio.wait_for(thinking.wait(), 20)
        await asyncio.wait_for(worker.stop(), 10)
    assert ("turn", "doing") not in await jobs(house.rt.db)
    house.world.clock.advance(minutes=1)
    await answer_due(house.rt)
    assert len(await house.said_by_bot()) == 1


@pytest.mark.parametrize(
    ("seconds", "line"),
    [(1, "* * * * * */1"), (15, "* * * * * */15"), (60, "* * * * *")],
)
def test_so_many_seconds_are_a_cron_line(seconds: int, line: str) -> None:
    assert every(seconds) == line


async def hand_over(house: House) -> None:
    await house.writes("I want to talk to a human")
    house.world.clock.advance(minutes=1)
    await answer_due(house.rt)


async def has_answered(house: House) -> bool:
    return len(await house.said_by_bot()) == 1


async def forget_all_jobs(db: Database) -> None:
    async with db.connection() as conn:
        await conn.execute("DELETE FROM jobs.procrastinate_jobs")


async def put_job(
    db: Database,
    args: dict[str, str],
    *,
    lock: str | None = None,
    key: str | None = None,
) -> None:
    await ask(
        db,
        """INSERT INTO jobs.procrastinate_jobs
            (queue_name, task_name, lock, queueing_lock, args)
        VALUES ('default', 'turn', %s, %s, %s) RETURNING id""",
        *(lock, key, json.dumps(args)),
    )
