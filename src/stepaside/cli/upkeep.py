"""Looking after the data: migrate, back up, restore."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from stepaside.cli.loop import run
from stepaside.cli.places import NothingThere, is_there
from stepaside.core.errors import Refusal, StepasideError
from stepaside.settings import Settings
from stepaside.store.database import Database
from stepaside.store.embedded import Binaries, BinariesMissingError, choose_binaries
from stepaside.store.migrate import migrate as migrate_database
from stepaside.store.preflight import is_set_up
from stepaside.wiring import database_url, opened

_SCHEMAS: Final = ("--schema=stepaside", "--schema=jobs")
_FIRST_XID: Final = "3"
"""The smallest id a transaction can have."""


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
        # The role that the backup grants rights to comes from the migration.
        await asyncio.to_thread(migrate_database, url)
        async with opened(Database(url, size=2)) as db:
            await _check_room(db, replace=replace)
        how = ["--clean", "--if-exists", "--no-owner", "--single-transaction"]
        await _run("pg_restore", url, [*how, "--exit-on-error", str(file)])
        await asyncio.to_thread(migrate_database, url)
        async with opened(Database(url, size=2)) as db:
            await _count_transactions_anew(db)


async def _check_room(db: Database, *, replace: bool) -> None:
    async with db.connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE NONE")
        cursor = await conn.execute(
            """SELECT EXISTS (SELECT FROM accounts) AS has_accounts,
                EXISTS (SELECT FROM pg_stat_activity
                    WHERE datname = current_database()
                        AND application_name LIKE 'stepaside %') AS in_use"""
        )
        row = await cursor.fetchone() or {}
    if row.get("in_use"):
        raise StillInUse("Stepaside is running. Stop all its processes first.")
    if row.get("has_accounts") and not replace:
        raise AccountsAreThere(
            "The database has accounts, which would be lost. To lose them: --replace."
        )


async def _count_transactions_anew(db: Database) -> None:
    """Put restored events before all that this server will ever write.

    Their transaction ids are those of the server the backup was made on; readers would
    wait for events of the future.
    """
    async with db.connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE NONE")
        await conn.execute("UPDATE events SET xid = %s::text::xid8", (_FIRST_XID,))


async def _run(name: str, url: str, arguments: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs on a database."""
    async with opened(Database(url, size=2)) as db, db.connection() as conn:
        major = conn.info.server_version // 10000
    program = (await asyncio.to_thread(_programs, major)).directory / name
    if not os.access(program, os.X_OK):
        raise BackupError(f"{program} is missing. Install PostgreSQL's own programs.")
    where, password = without_password(url)
    process = await asyncio.create_subprocess_exec(
        program,
        f"--dbname={where}",
        *arguments,
        env={**os.environ, "PGPASSWORD": password},
        stderr=subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise BackupError(f"{name} failed: {said.decode(errors='replace').strip()}")


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
