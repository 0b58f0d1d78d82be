"""A worker may die at any moment; its jobs do not die with it."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stepaside.store.database import Database
from stepaside.worker.worker import CONNECTION_NAME
from tests.house import House
from tests.worker.shift import (
    FAST,
    ask,
    is_listening,
    jobs,
    no_jobs,
    until,
    working,
)

QUESTION = "When are you open on Saturday?"
CHECKOUT = Path(__file__).parents[2]

# So that it is recovery which brings the job back, and no sweep.
NO_SWEEP = FAST.model_copy(update={"sweep_seconds": 60})


@asynccontextmanager
async def stuck_worker(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker in a process of its own until it thinks about a turn."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.worker.stuck", url),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(30):
            assert await process.stdout.readline() == b"thinking\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_another_worker_finishes_the_job_of_one_that_was_killed(
    house: House, shared_url: str
) -> None:
    db = house.rt.db
    await house.writes(QUESTION)
    async with stuck_worker(shared_url) as process:
        assert await jobs(db) == [("turn", "doing")]
        process.send_signal(signal.SIGKILL)
        await process.wait()
    house.world.clock.advance(hours=2)  # its mark on the conversation lapses
    async with working(house.rt, NO_SWEEP):
        await until(lambda: no_jobs(db))
    assert len(await house.said_by_bot()) == 1


async def test_a_job_of_a_dead_worker_makes_way_for_its_queued_twin(
    house: House, shared_url: str
) -> None:
    db = house.rt.db
    await house.writes(QUESTION)
    async with stuck_worker(shared_url) as process:
        await house.writes("And on Sunday?")
        assert await jobs(db) == [("turn", "doing"), ("turn", "todo")]
        process.send_signal(signal.SIGKILL)
        await process.wait()
    house.world.clock.advance(hours=2)
    async with working(house.rt, NO_SWEEP):
        await until(lambda: no_jobs(db))
    assert len(await house.said_by_bot()) == 1
    (decision,) = await house.decisions()
    assert len(decision.message_ids) == 2


async def test_a_worker_that_is_alive_keeps_its_long_job(
    house: House, shared_url: str
) -> None:
    db = house.rt.db
    await house.writes(QUESTION)
    async with stuck_worker(shared_url), working(house.rt, NO_SWEEP):
        looks: set[int] = set()

        async def was_looked_for_it_four_times() -> bool:
            looks.add(await last_look(db))
            return len(looks - {0}) >= 4

        await until(was_looked_for_it_four_times)
        assert await jobs(db) == [("turn", "doing")]
    assert await house.said_by_bot() == []


async def test_a_worker_outlives_its_connections(house: House) -> None:
    db = house.rt.db
    async with working(house.rt):
        for _ in range(3):
            await until(lambda: is_listening(db))
            killed = await ask(
                db,
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = %s""",
                CONNECTION_NAME,
            )
            assert killed
        await until(lambda: is_listening(db))
        await house.writes(QUESTION)
        await until(lambda: no_jobs(db))
    assert len(await house.said_by_bot()) == 1


async def last_look(db: Database) -> int:
    """The second in which somebody last looked for dead workers' jobs."""
    (row,) = await ask(
        db,
        """SELECT max(defer_timestamp) AS last
        FROM jobs.procrastinate_periodic_defers WHERE task_name = 'recover'""",
    )
    return int(row["last"] or 0)
