"""Looking after the data: migrate, back up, restore."""

import asyncio
import contextlib
import os
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path
from typing import Final, LiteralString
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from stepaside.cli.loop import run
from stepaside.cli.places import NothingThere, is_there
from stepaside.core.errors import Refusal, StepasideError
from stepaside.settings import Settings
from stepaside.store.database import Database
from stepaside.store.embedded import Binaries, BinariesMissingError, choose_binaries
from stepaside.store.migrate import migrate as migrate_database
from stepaside.store.migrate import prepare_role
from stepaside.store.preflight import is_set_up
from stepaside.wiring import database_url, opened

_SCHEMAS: Final = ("--schema=stepaside", "--schema=jobs")


class BackupError(StepasideError):
    """PostgreSQL's own program did not do it; the message carries its words."""


class FileIsThere(Refusal):
    """A backup never overwrites another."""


class AccountsAreThere(Refusal):
    """A restore would lose what is in the database."""


class StillInUse(Refusal):
    """Processes of this installation work on the database."""


def migrate(settings: Settings) -> None:
    """Bring the database to this version. Raises: MigrationError."""
    run(_migrate(settings))
    sys.stdout.write("The database is ready for this version.\n")


def backup(settings: Settings, file: Path) -> None:
    """Write a consistent copy of everything to a file only this account may read.

    Raises:
        FileIsThere: so nothing was done.
        NothingThere: there is no installation yet; none is made.
        BackupError: pg_dump failed; no file is left.
    """
    if file.exists():
        raise FileIsThere(f"{file} is there already. Choose another name.")
    if not is_there(settings):
        raise NothingThere(settings)
    run(_backup(settings, file))
    sys.stdout.write(f"{file} holds everything, {file.stat().st_size >> 10} KB.\n")


def restore(settings: Settings, file: Path, *, replace: bool) -> None:
    """Bring back a backup, as a whole or not at all, and then to this version.

    A backup of an older version is brought forward. One that ended in between can be
    repeated with `replace`, or left to whatever prepares the database next.

    replace: also where accounts are; they are lost.
    Raises:
        AccountsAreThere: and `replace` was not asked for.
        StillInUse: something of ours works on the database.
        BackupError: the file is no backup, or pg_restore failed; nothing was changed.
    """
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    run(_restore(settings, file, replace=replace))
    sys.stdout.write(f"{file} is restored.\n")


async def _migrate(settings: Settings) -> None:
    async with database_url(settings) as url:
        await asyncio.to_thread(migrate_database, url)


async def _backup(settings: Settings, file: Path) -> None:
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.touch(0o600)
    try:
        async with database_url(settings) as url:
            if not await asyncio.to_thread(is_set_up, url):
                raise NothingThere(settings)
            to = f"--file={unfinished}"
            await _run("pg_dump", url, ["--format=custom", "--no-owner", *_SCHEMAS, to])
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


async def _restore(settings: Settings, file: Path, *, replace: bool) -> None:
    async with database_url(settings) as url:
        # Not the schema: what is newer than the backup would only stand in its way.
        await asyncio.to_thread(prepare_role, url)
        async with opened(Database(url, size=2)) as db:
            await _check_room(db, replace=replace)
        await _put_in_place(url, file)
        await asyncio.to_thread(migrate_database, url)


async def _check_room(db: Database, *, replace: bool) -> None:
    if await _finds(db, _IN_USE):
        raise StillInUse("Stepaside is running. Stop all its processes first.")
    if replace or not await _finds(db, _IS_PREPARED):
        return
    if await _finds(db, _HAS_ACCOUNTS):
        raise AccountsAreThere(
            "The database has accounts, which would be lost. To lose them: --replace."
        )


_IN_USE: Final = """SELECT FROM pg_stat_activity WHERE datname = current_database()
    AND application_name LIKE 'stepaside %'"""
_IS_PREPARED: Final = """SELECT FROM pg_tables
    WHERE schemaname = 'stepaside' AND tablename = 'accounts'"""
_HAS_ACCOUNTS: Final = "SELECT FROM stepaside.accounts LIMIT 1"


async def _finds(db: Database, query: LiteralString) -> bool:
    """Whether a query of the database's owner finds a row."""
    async with db.connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE NONE")
        return (await conn.execute(query)).rowcount > 0


async def _put_in_place(url: str, file: Path) -> None:
    """Put what a backup holds in place of what is there, in one transaction.

    pg_restore clears away only what the backup knows of, and what is there may be
    newer. So its statements go through psql, after others that clear away everything.
    Raises:
        BackupError: nothing was changed.
    """
    reading = await _start("pg_restore", url, ["--no-owner", "--file=-", str(file)])
    where, _ = without_password(url)
    quietly = ["--no-psqlrc", "--quiet", "--output=/dev/null"]
    stop = ["--set=ON_ERROR_STOP=1", f"--dbname={where}"]
    writing = await _start("psql", url, [*quietly, *stop])
    said = await asyncio.gather(
        _words(reading), _words(writing), _pass_on(reading, writing)
    )
    if await reading.wait() or await writing.wait():
        raise BackupError(f"pg_restore failed: {said[0]} {said[1]}")


async def _pass_on(reading: Process, writing: Process) -> None:
    """Give psql what pg_restore reads, and the commit only if it read to the end."""
    assert reading.stdout and writing.stdin  # noqa: S101, PT018 - for the type checker
    with contextlib.suppress(ConnectionError):  # psql has ended; its words say why
        writing.stdin.write(_CLEAR_AWAY)
        while part := await reading.stdout.read(_PART):
            writing.stdin.write(part)
            await writing.stdin.drain()
        if await reading.wait() == 0:
            writing.stdin.write(_KEEP)
        writing.stdin.close()
        await writing.stdin.wait_closed()
    if reading.returncode is None:
        reading.kill()
        await reading.stdout.read()  # the rest of what it had said


_PART: Final = 1 << 16
_CLEAR_AWAY: Final = b"""SET client_min_messages = warning;
BEGIN;
DROP SCHEMA IF EXISTS stepaside, jobs CASCADE;
"""
# Restored events come before all that this server will ever write. Their transaction
# ids are those of the server the backup was made on, and readers would wait for events
# of the future. 3 is the smallest id there is.
_KEEP: Final = b"""
UPDATE stepaside.events SET xid = '3'::xid8;
COMMIT;
"""


async def _run(name: str, url: str, arguments: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs on a database."""
    where, _ = without_password(url)
    process = await _start(name, url, [f"--dbname={where}", *arguments])
    said = await _words(process)
    if await process.wait():
        raise BackupError(f"{name} failed: {said}")


async def _start(name: str, url: str, arguments: Sequence[str]) -> Process:
    """Start one of PostgreSQL's programs, of the version that suits a database."""
    async with opened(Database(url, size=2)) as db, db.connection() as conn:
        major = conn.info.server_version // 10000
    program = (await asyncio.to_thread(_programs, major)).directory / name
    if not os.access(program, os.X_OK):
        raise BackupError(f"{program} is missing. Install PostgreSQL's own programs.")
    _, password = without_password(url)
    return await asyncio.create_subprocess_exec(
        program,
        *arguments,
        env={**os.environ, "PGPASSWORD": password},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def _words(process: Process) -> str:
    """What a program said of what went wrong, once it has ended."""
    assert process.stderr  # noqa: S101 - for the type checker
    return (await process.stderr.read()).decode(errors="replace").strip()


def _programs(major: int) -> Binaries:
    """Choose the programs of the server's own version, and the newest without them.

    Newer programs can read an older server, but what they write may need a newer one.
    """
    try:
        return choose_binaries(major)
    except BinariesMissingError:
        return choose_binaries()


def without_password(url: str) -> tuple[str, str]:
    """Return a URL for everybody's eyes, and the password it had; empty for none."""
    parts = urlsplit(url)
    before, at, host = parts.netloc.rpartition("@")
    who, _, password = before.partition(":")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    password = unquote(password) or query.pop("password", "")
    # Not geturl(), which forgets the slashes before an empty host.
    shown = f"{parts.scheme}://{who}{at}{host}{parts.path}"
    return f"{shown}?{urlencode(query)}" if query else shown, password
