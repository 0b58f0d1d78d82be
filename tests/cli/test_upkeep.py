"""Backups are whole, private and can be brought back anywhere."""

from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from alembic import command
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
from stepaside.store.migrate import alembic_config, migrate, prepare_role
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


async def test_a_backup_of_an_older_version_is_brought_back_and_then_forward(
    databases: Databases, elsewhere: str, tmp_path: Path
) -> None:
    old, file = as_url(databases.empty()), tmp_path / "old.backup"
    prepare_as_of(old, "0010")
    await _backup(Settings(database_url=SecretStr(old)), file)
    target = Settings(database_url=SecretStr(elsewhere))
    migrate(elsewhere)  # a newer installation, which has things the backup knows not
    await _restore(target, file, replace=False)
    with psycopg.connect(elsewhere) as conn:
        assert only(conn, "SELECT name FROM stepaside.accounts") == "Old Inc"
        assert only(conn, "SELECT leavers_holding FROM stepaside.leavers_holding(1)")
        assert only(conn, "SELECT xid < pg_current_xact_id() FROM stepaside.events")
    await _restore(target, file, replace=True)


async def test_a_restore_that_ended_before_the_last_migration_is_repeated(
    databases: Databases, elsewhere: str, tmp_path: Path
) -> None:
    old, file = as_url(databases.empty()), tmp_path / "old.backup"
    for url in (old, elsewhere):
        prepare_as_of(url, "0010")
    await _backup(Settings(database_url=SecretStr(old)), file)
    target = Settings(database_url=SecretStr(elsewhere))
    with pytest.raises(AccountsAreThere):
        await _restore(target, file, replace=False)
    await _restore(target, file, replace=True)
    with psycopg.connect(elsewhere) as conn:
        assert only(conn, "SELECT name FROM stepaside.accounts") == "Old Inc"


async def test_what_the_database_refuses_is_said_and_changes_nothing(
    databases: Databases, elsewhere: str, tmp_path: Path
) -> None:
    full, file = as_url(databases.empty()), tmp_path / "full.backup"
    migrate(full)
    with psycopg.connect(full) as conn:  # more than waits in a pipe
        conn.execute(
            """INSERT INTO stepaside.accounts
            SELECT 'acc_' || n, repeat(n::text, 20), 'UTC', now()
            FROM generate_series(1, 20000) n"""
        )
    await _backup(Settings(database_url=SecretStr(full)), file)
    prepare_as_of(elsewhere, "0010")
    with psycopg.connect(elsewhere) as conn:
        conn.execute(
            """CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION 'Not in office hours.'; END $$"""
        )
        conn.execute(
            """CREATE EVENT TRIGGER refuse ON ddl_command_start
            WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.refuse()"""
        )
    target = Settings(database_url=SecretStr(elsewhere))
    with pytest.raises(BackupError, match=r"Not in office hours\."):
        await _restore(target, file, replace=True)
    with psycopg.connect(elsewhere) as conn:
        assert only(conn, "SELECT name FROM stepaside.accounts") == "Old Inc"


def prepare_as_of(url: str, revision: str) -> None:
    """A database as an older version left it, with somebody who holds something."""
    prepare_role(url)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE SCHEMA stepaside")
        conn.execute("CREATE SCHEMA jobs")
        command.upgrade(alembic_config(url), revision)
        conn.execute("GRANT USAGE ON SCHEMA stepaside TO stepaside_app")
        conn.execute("SET search_path TO stepaside")
        conn.execute("INSERT INTO accounts VALUES ('acc_1', 'Old Inc', 'UTC', now())")
        conn.execute(
            """INSERT INTO staff (id, account_id, name, email, disabled_at, created_at,
                updated_at)
            VALUES ('stf_1', 'acc_1', 'Ann', 'ann@example.com', now(), now(), now())"""
        )
        conn.execute(
            """INSERT INTO contacts (id, account_id, created_at, updated_at)
            VALUES ('con_1', 'acc_1', now(), now())"""
        )
        conn.execute(
            """INSERT INTO tasks (id, account_id, contact_id, title, body, status,
                assignee_id, due_at, created_at, updated_at)
            VALUES ('tsk_1', 'acc_1', 'con_1', 'Call', '', 'open', 'stf_1', now(),
                now(), now())"""
        )
        conn.execute(
            """INSERT INTO events (xid, account_id, type, at, actor, changes, data)
            VALUES ('999999999', 'acc_1', 'note.added', now(), 'bot', '{}', '{}')"""
        )


def only(conn: psycopg.Connection, query: LiteralString) -> object:
    [(value,)] = conn.execute(query).fetchall()
    return value


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
