"""Bringing a database to this version: forward only, safe under two starters."""

import contextlib
import importlib.resources
from collections.abc import Iterator
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql

from stepaside.core.errors import StepasideError
from stepaside.store.database import APP_ROLE

_LOCK: Final = 0x57E9A51DE
"""Any number, as long as every starter takes the same."""


class MigrationError(StepasideError):
    """The database could not be brought to this version; the message says why."""


def migrate(url: str) -> None:
    """Create or update the schema. Waits while another process does the same.

    url: a role that may create schemas and, the first time, roles.
    Raises:
        MigrationError: what is missing and what to run to mend it.
    """
    with _alone(url) as conn:
        _ensure_role(conn)
        conn.execute("CREATE SCHEMA IF NOT EXISTS stepaside")
        conn.execute("CREATE SCHEMA IF NOT EXISTS jobs")
        command.upgrade(alembic_config(url), "head")
        _grant(conn)


def prepare_role(url: str) -> None:
    """Create the role that every process acts as, and nothing else.

    It belongs to the server and is in no backup, though a backup grants it rights.
    Raises:
        MigrationError: as for `migrate`.
    """
    with _alone(url) as conn:
        _ensure_role(conn)


@contextlib.contextmanager
def _alone(url: str) -> Iterator[psycopg.Connection]:
    """A connection that prepares the database while no other process does."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            yield conn
        except psycopg.errors.InsufficientPrivilege as error:
            raise MigrationError(_advice(conn, error)) from error
        finally:
            conn.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the migrations in this package."""
    config = Config()
    folder = importlib.resources.files("stepaside.store") / "migrations"
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = url
    return config


def _ensure_role(conn: psycopg.Connection) -> None:
    found = conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (APP_ROLE,))
    if found.fetchone() is None:
        # Roles belong to the whole server: another database's starter may be first.
        with contextlib.suppress(
            psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation
        ):
            conn.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN")
    member = conn.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", (APP_ROLE,))
    if not (member.fetchone() or (False,))[0]:
        conn.execute(f"GRANT {APP_ROLE} TO CURRENT_USER")


def _grant(conn: psycopg.Connection) -> None:
    rows = "SELECT, INSERT, UPDATE, DELETE"
    for schema in ("stepaside", "jobs"):
        names = {"s": sql.Identifier(schema), "role": sql.Identifier(APP_ROLE)}
        for statement in (
            "GRANT USAGE ON SCHEMA {s} TO {role}",
            f"GRANT {rows} ON ALL TABLES IN SCHEMA {{s}} TO {{role}}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {s} TO {role}",
            "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {s} FROM PUBLIC",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {s} TO {role}",
        ):
            conn.execute(sql.SQL(statement).format(**names))
    conn.execute(
        sql.SQL("REVOKE ALL ON stepaside.alembic_version FROM {}").format(
            sql.Identifier(APP_ROLE)
        )
    )


def _advice(conn: psycopg.Connection, error: psycopg.Error) -> str:
    who = conn.info.user
    return (
        f"The database role {who} may not prepare the database ({error}). Run as an "
        f"administrator: CREATE ROLE {APP_ROLE} NOLOGIN; GRANT {APP_ROLE} TO {who}; "
        f"GRANT CREATE ON DATABASE {conn.info.dbname} TO {who}; and start again."
    )
