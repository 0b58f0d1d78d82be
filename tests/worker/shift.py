"""A worker that beats fast, and what can be seen of its work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from stepaside.pipeline.runtime import Background, Runtime
from stepaside.settings import Settings
from stepaside.store.database import Database
from stepaside.worker.worker import Worker

SOON = 20.0

FAST = Settings(
    worker_poll_seconds=0.05,
    worker_heartbeat_seconds=0.4,
    worker_stalled_seconds=1.5,
    recover_seconds=1,
    sweep_seconds=60,
    stop_seconds=5,
)


class Forgetful(Background):
    """A process that dies right after each commit: what it meant to do is left."""

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        work.close()


@asynccontextmanager
async def working(rt: Runtime, settings: Settings = FAST) -> AsyncIterator[Worker]:
    """Run a worker."""
    worker = Worker(rt, settings)
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds, looking again and again."""
    async with asyncio.timeout(SOON):
        while not await holds():  # noqa: ASYNC110 - the database has no such event
            await asyncio.sleep(0.01)


async def jobs(db: Database) -> list[tuple[str, str]]:
    """Name and status of all jobs but the periodic ones, oldest first."""
    rows = await ask(
        db,
        """SELECT task_name, status::text FROM jobs.procrastinate_jobs
        WHERE task_name NOT IN ('sweep', 'recover', 'prune') ORDER BY id""",
    )
    return [(row["task_name"], row["status"]) for row in rows]


async def no_jobs(db: Database) -> bool:
    """Whether all of them are done and gone."""
    return not await jobs(db)


async def is_listening(db: Database) -> bool:
    """Whether a worker waits for hints: its LISTEN has been carried out."""
    rows = await ask(
        db,
        """SELECT FROM pg_stat_activity WHERE datname = current_database()
            AND state = 'idle' AND query LIKE 'LISTEN%procrastinate%'""",
    )
    return len(rows) == 1


async def ask(db: Database, sql: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a statement of the owner's."""
    async with db.connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE NONE")
        cursor = await conn.execute(sql, values or None)
        return await cursor.fetchall()
