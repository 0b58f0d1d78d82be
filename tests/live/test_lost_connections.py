"""The hub loses its connection again and again; no reader loses an event by it."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import psycopg
import pytest

from stepaside.live.cursor import Cursor
from stepaside.live.hub import CONNECTION_NAME, Hub
from stepaside.store.database import Database, Tx
from tests.live.world import CYS, open_accounts, say, say_in, words_of

EVENTS = 400
KILL_EVERY = 40
THE_END = "the end"

_KILL = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s"""


class Writers:
    """Up to eight transactions open at once, ended in any order, some rolled back."""

    def __init__(self, db: Database, chance: random.Random) -> None:
        self.committed: list[str] = []
        self._db = db
        self._chance = chance
        self._open: list[tuple[str, AsyncExitStack]] = []

    async def begin(self, words: str) -> None:
        stack = AsyncExitStack()
        tx: Tx = await stack.enter_async_context(self._db.transaction(CYS))
        await say_in(tx, words)
        self._open.append((words, stack))

    async def end_one(self) -> None:
        words, stack = self._open.pop(self._chance.randrange(len(self._open)))
        if self._chance.random() < 0.05:
            error = psycopg.Rollback()
            await stack.__aexit__(type(error), error, None)
        else:
            await stack.aclose()
            self.committed.append(words)

    async def write(self, count: int) -> AsyncIterator[int]:
        for number in range(count):
            await self.begin(f"event {number}")
            while len(self._open) == 8 or (self._open and self._chance.random() < 0.5):
                await self.end_one()
            yield number
        while self._open:
            await self.end_one()


class RestlessReader:
    """Takes a few events, goes away, and comes back with the cursor of the last."""

    def __init__(self, hubs: list[Hub], chance: random.Random) -> None:
        self.heard: list[str] = []
        self._hubs = hubs
        self._chance = chance
        self._after = hubs[0].position

    async def read(self) -> None:
        while THE_END not in self.heard:
            few = self._chance.randrange(1, 60)
            hub = self._chance.choice(self._hubs)
            async with hub.subscribe(CYS, self._after) as feed:
                async for event in feed:
                    self.heard.append(words_of(event))
                    self._after = Cursor.parse(event.cursor)
                    few -= 1
                    if not few or self.heard[-1] == THE_END:
                        break


class NaiveReader:
    """Asks for `id > last`, as one would at first."""

    def __init__(self) -> None:
        self.heard: set[str] = set()
        self._last = 0

    async def look(self, db: Database) -> None:
        async with db.transaction(CYS) as tx:
            rows = await tx.all(
                "SELECT id, data FROM events WHERE id > %s ORDER BY id", self._last
            )
        for row in rows:
            self.heard.add(row["data"]["words"])
            self._last = row["id"]


@pytest.fixture
async def hubs(db: Database) -> AsyncIterator[list[Hub]]:
    await open_accounts(db)
    hubs = [Hub(db), Hub(db)]
    for hub in hubs:
        await hub.start()
    yield hubs
    for hub in hubs:
        await hub.close()


async def test_every_reader_hears_every_event_once_with_the_connection_killed(
    db: Database, hubs: list[Hub], shared_url: str
) -> None:
    writers, naive = Writers(db, repeatable(20)), NaiveReader()
    readers = [RestlessReader(hubs, repeatable(seed)) for seed in range(3)]
    killed = 0
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for reader in readers:
            group.create_task(reader.read())
        async for number in writers.write(EVENTS):
            await naive.look(db)
            if number % KILL_EVERY == 0:
                killed += await kill_listeners(shared_url)
        await say(db, THE_END)
    expected = Counter([*writers.committed, THE_END])
    assert [Counter(reader.heard) for reader in readers] == [expected] * 3
    assert readers[0].heard == readers[1].heard == readers[2].heard
    assert killed >= EVENTS / KILL_EVERY
    # The trial is a hard one: the usual reader loses events in it.
    await naive.look(db)
    assert naive.heard < set(expected)


def repeatable(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same mess in every run


async def kill_listeners(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        row = await (await conn.execute(_KILL, (CONNECTION_NAME,))).fetchone()
        return int(row[0]) if row else 0
