"""Backups are whole, private and can be brought back anywhere."""

from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from stepaside.cli.places import NothingThere
from stepaside.cli.upkeep import (
    AccountsAreThere,
    BackupError,
    FileIsThere,
    StillInUse,
    _backup,
    _restore,
    backup,
    restore,
    without_password,
)
from stepaside.core.events import CONTACT, Event, EventType
from stepaside.live.cursor import Cursor
from stepaside.live.hub import Hub
from stepaside.settings import Settings
from stepaside.store.database import Database
from stepaside.store.events import append_events
from stepaside.wiring import opened
from tests.commands import as_url, stepaside
from tests.house import open_house
from tests.postgres import Databases
from tests.world import World


@pytest.fixture
def elsewhere(databases: Databases) -> str:
    return as_url(databases.empty())


@pytest.fixture
def here(shared_url: str) -> Settings:
    return Settings(database_url=SecretStr(as_url(shared_url)))


async def test_a_backup_brings_everything_back_in_another_database(
    world: World, here: Settings, elsewhere: str, tmp_path: Path
) -> None:
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    file = tmp_path / "all.backup"
    await _backup(here, file)
    assert file.stat().st_mode & 0o777 == 0o600
    await _restore(Settings(database_url=SecretStr(elsewhere)), file, replace=False)
    async with opened(Database(elsewhere, size=3)) as db:
        assert await what_is_there(db, world) == await what_is_there(world.db, world)
        assert await is_trigger_off(db)
        await follow_from_the_start(db, world)


async def follow_from_the_start(db: Database, world: World) -> None:
    """Old events come first and new ones after them, whatever the server's counters."""
    hub = Hub(db)
    await hub.start()
    async with db.transaction(world.account_id) as tx:
        new = Event(type=EventType.NOTE_ADDED, at=world.clock(), actor=CONTACT)
        await append_events(tx, None, [new])
    async with hub.subscribe(world.account_id, Cursor(0, 0)) as feed:
        seen = [await anext(feed)]
        while seen[-1].event.type is not EventType.NOTE_ADDED:
            seen.append(await anext(feed))
    assert seen[0].event.type is EventType.CONVERSATION_STARTED
    await hub.close()


async def test_a_restore_loses_no_account_unless_told_to(
    world: World, here: Settings, elsewhere: str, tmp_path: Path
) -> None:
    file = tmp_path / "all.backup"
    await _backup(here, file)
    target = Settings(database_url=SecretStr(elsewhere))
    await _restore(target, file, replace=False)
    with pytest.raises(AccountsAreThere):
        await _restore(target, file, replace=False)
    await _restore(target, file, replace=True)
    async with opened(Database(elsewhere, size=2)) as db:
        assert await what_is_there(db, world) == await what_is_there(world.db, world)


async def test_a_file_that_is_no_backup_changes_nothing(
    world: World, here: Settings, elsewhere: str, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.backup", tmp_path / "bad.backup"
    await _backup(here, good)
    bad.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    target = Settings(database_url=SecretStr(elsewhere))
    await _restore(target, good, replace=False)
    with pytest.raises(BackupError, match="pg_restore"):
        await _restore(target, bad, replace=True)
    async with opened(Database(elsewhere, size=2)) as db:
        assert await what_is_there(db, world) == await what_is_there(world.db, world)


async def test_nothing_is_restored_under_a_running_installation(
    world: World, here: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "all.backup"
    await _backup(here, file)
    hub = Hub(world.db)
    await hub.start()
    async with hub.subscribe(world.account_id) as feed:
        async with world.db.transaction(world.account_id) as tx:
            new = Event(type=EventType.NOTE_ADDED, at=world.clock(), actor=CONTACT)
            await append_events(tx, None, [new])
        await anext(feed)  # so it is connected
        with pytest.raises(StillInUse):
            await _restore(here, file, replace=True)
    await hub.close()


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    file = tmp_path / "all.backup"
    file.write_text("precious")
    with pytest.raises(FileIsThere):
        backup(Settings(), file)
    assert file.read_text() == "precious"


def test_a_missing_file_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no file"):
        restore(Settings(), tmp_path / "none", replace=True)


@pytest.mark.parametrize(
    ("url", "shown", "password"),
    [
        ("postgresql://ann:s%2Fp@db:1/x", "postgresql://ann@db:1/x", "s/p"),
        ("postgresql://ann@db/x", "postgresql://ann@db/x", ""),
        ("postgresql:///x?host=/run&password=s", "postgresql:///x?host=%2Frun", "s"),
        ("postgresql://ann:p@/x?host=%2Frun", "postgresql://ann@/x?host=%2Frun", "p"),
    ],
)
def test_no_password_is_shown_in_the_list_of_processes(
    url: str, shown: str, password: str
) -> None:
    assert without_password(url) == (shown, password)
    psycopg.conninfo.conninfo_to_dict(shown)


async def what_is_there(db: Database, world: World) -> dict[str, int]:
    tables = ("staff", "messages", "events", "handovers", "tasks", "outbox")
    found = {}
    async with db.transaction(world.account_id) as tx:
        for table in tables:
            row = await tx.one(f"SELECT count(*) AS n FROM {table}")
            found[table] = int(row["n"]) if row else 0
    return found


async def is_trigger_off(db: Database) -> bool:
    async with db.connection() as conn:
        cursor = await conn.execute(
            """SELECT tgenabled::text FROM pg_trigger
            WHERE tgname = 'procrastinate_jobs_notify_queue_job_inserted_v1'"""
        )
        rows = await cursor.fetchall()
    return [row["tgenabled"] for row in rows] == ["D"]


def test_a_backup_of_nothing_says_so_and_makes_nothing(tmp_path: Path) -> None:
    done = stepaside("backup", str(tmp_path / "all.backup"), DATA_DIR=str(tmp_path))
    assert done.status == 1
    (line,) = done.err.splitlines()
    assert "holds nothing" in line
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_an_empty_database_says_so(elsewhere: str, tmp_path: Path) -> None:
    empty = Settings(database_url=SecretStr(elsewhere))
    with pytest.raises(NothingThere):
        backup(empty, tmp_path / "all.backup")
    assert list(tmp_path.iterdir()) == []
