"""S34: kill -9 at every point of a handover's way, and every effect exactly once."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.rows import dict_row

from stepaside.core.conversation import Conversation, replay
from stepaside.core.ids import ConversationId, InboxId
from stepaside.store.conversations import find_conversation
from stepaside.store.database import Database
from stepaside.store.events import conversation_events
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, create_inbox
from tests.crash.provider import Provider, provider
from tests.postgres import Databases
from tests.world import Clock, World, build_world

FINAL: Final = "Thank you! Someone from the team will get back to you."
SAID: Final = ("hello", "where is my order", "I want to talk to a human", "hello?")
POINTS: Final = (
    "nowhere",
    "receive:at_start",
    "receive:statement-2",
    "receive:before_commit",
    "receive:after_commit",
    "begin:before_commit",
    "begin:after_commit",
    "brain:before",
    "brain:after",
    "commit:at_start",
    "commit:statement-3",
    "commit:statement-5",
    "commit:before_commit",
    "commit:after_commit",
    "deliver:before_commit",
    "deliver:after_commit",
    "send:before",
    "send:after",
    "record:before_commit",
    "record:after_commit",
    "wake:at_start",
    "wake:before_commit",
    "wake:after_commit",
)
AT_A_TIME: Final = 4


class Crew:
    """Two processes of the product; the messages go to one that lives."""

    def __init__(self, processes: list[Process]) -> None:
        self.processes = processes

    async def deliver(self, message: dict[str, str]) -> None:
        """Deliver a message as a provider does: again, until it is acknowledged."""
        for process in self.processes:
            if await _post(process, message):
                return
        raise AssertionError("nobody is left to take the message")

    @property
    def died(self) -> int:
        """How many were killed."""
        return sum(p.returncode == -9 for p in self.processes)

    async def stop(self) -> None:
        """End those that live."""
        for process in self.processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _post(process: Process, message: dict[str, str]) -> bool:
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(json.dumps(message).encode() + b"\n")
        await process.stdin.drain()
        return await process.stdout.readline() == b"stored\n"
    except ConnectionError:
        return False


@pytest.fixture(scope="module")
async def matrix(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What was left after a death at each point; several at a time, to save minutes."""
    room = asyncio.Semaphore(AT_A_TIME)

    async def one(point: str) -> tuple[str, Any]:
        async with room:
            folder = tmp_path_factory.mktemp("crash")
            return point, await _play(databases.fresh(), point, folder / "died")

    return dict(await asyncio.gather(*(one(point) for point in POINTS)))


@pytest.mark.parametrize("point", POINTS)
async def test_s34_a_death_anywhere_loses_nothing_and_doubles_nothing(
    matrix: dict[str, Any], point: str
) -> None:
    left = matrix[point]
    assert left["died"] == (0 if point == "nowhere" else 1), "nobody died there"
    assert left["rows"] == {
        "contact": 4,
        "bot": 3,
        "handovers": 1,
        "tasks": 1,
        "tags": 1,
        "in_app": 4,  # two people: somebody waits; and nobody had answered Cy
        "resumed": 1,
        "queued": 0,
    }
    assert left["texts"] == [f"Answer to: {SAID[0]}", f"Answer to: {SAID[1]}", FINAL]
    assert left["keys"] == 3
    # Between sending and marking a death repeats the call, with the same key.
    may_repeat = point in ("send:after", "record:before_commit")
    assert left["calls"] == (4 if may_repeat else 3)
    assert left["replayed"] == left["state"]


async def _play(url: str, point: str, flag: Path) -> dict[str, Any]:
    db = Database(url)
    await db.open()
    try:
        async with provider() as phone:
            world = await build_world(db, Clock())
            inbox_id = await _prepare(world, url, phone)
            crew = await _start(url, world.account_id, inbox_id, point, flag)
            try:
                for n, text in enumerate(SAID):
                    for _ in range(2):  # every delivery twice
                        await crew.deliver({"id": f"m-{n}", "text": text})
                    await _until(url, "turn_due_at IS NULL", "conversations")
                    await _until(url, "state <> 'queued'", "outbox")
                await _end_the_pause(url)
                await _until(url, "control = 'bot'", "conversations")
                await _until(url, "state <> 'queued'", "outbox")
                return await _left(world, url, phone, crew)
            finally:
                await crew.stop()
    finally:
        await db.close()


async def _prepare(world: World, url: str, phone: Provider) -> str:
    inbox_id = InboxId(new_id("inbox"))
    now = world.clock()
    settings = {"url": phone.url, "secrets": ["whsec_" + "c2VjcmV0" * 5]}
    async with world.db.transaction(world.account_id) as tx:
        await create_inbox(
            tx,
            Inbox(
                id=inbox_id,
                kind=InboxKind.WEBHOOK,
                name="Phone",
                bot_id=world.bot.id,
                settings=settings,
                created_at=now,
                updated_at=now,
            ),
        )
    await world.change_bot(wait_seconds=0)
    return inbox_id


async def _end_the_pause(url: str) -> None:
    """Have it be over now, and not before everything has been said."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
        await owner.execute(
            """UPDATE stepaside.conversations SET resume_at = now(), due_at = now()
            WHERE control <> 'bot'"""
        )


async def _start(
    url: str, account_id: str, inbox_id: str, point: str, flag: Path
) -> Crew:
    command = ("-m", "tests.crash.process", url, account_id, inbox_id, point, str(flag))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=PIPE, stdout=PIPE
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    return Crew(processes)


async def _until(url: str, holds: str, table: str) -> None:
    """Wait until a condition holds of every row of a table."""
    sql = f"SELECT count(*) FROM stepaside.{table} WHERE NOT ({holds})"
    async with (
        asyncio.timeout(60),
        await psycopg.AsyncConnection.connect(url, autocommit=True) as owner,
    ):
        while True:
            row = await (await owner.execute(sql)).fetchone()
            if row == (0,):
                return
            await asyncio.sleep(0.05)  # another process is at work


async def _left(world: World, url: str, phone: Provider, crew: Crew) -> dict[str, Any]:
    counted = """SELECT
        (SELECT count(*) FROM messages WHERE author = 'contact') AS contact,
        (SELECT count(*) FROM messages WHERE author = 'bot') AS bot,
        (SELECT count(*) FROM handovers) AS handovers,
        (SELECT count(*) FROM tasks) AS tasks,
        (SELECT count(*) FROM contact_tags) AS tags,
        (SELECT count(*) FROM notifications WHERE channel = 'in_app') AS in_app,
        (SELECT count(*) FROM events WHERE type = 'handover.resumed') AS resumed,
        (SELECT count(*) FROM outbox WHERE state = 'queued') AS queued"""
    async with await psycopg.AsyncConnection.connect(
        url, row_factory=dict_row, options="-c search_path=stepaside"
    ) as owner:
        rows = await (await owner.execute(counted)).fetchone()
        found = await (await owner.execute("SELECT id FROM conversations")).fetchone()
    assert found
    async with world.db.transaction(world.account_id) as tx:
        stored = await find_conversation(tx, found["id"])
        events = await conversation_events(tx, found["id"])
    start = Conversation(id=ConversationId(found["id"]))
    return {
        "rows": rows,
        "texts": phone.texts,
        "calls": len(phone.calls),
        "keys": len(dict(phone.calls)),
        "died": crew.died,
        "state": stored.state,
        "replayed": replay(start, (e.event for e in events)),
    }
