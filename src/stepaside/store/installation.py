"""Secrets that an installation makes for itself once, and keeps."""

from collections.abc import Callable

import psycopg

from stepaside.core.errors import StepasideError
from stepaside.store.database import Database


class NotPrepared(StepasideError):
    """The database has not been brought to this version, and this process may not."""

    def __init__(self) -> None:
        super().__init__(
            "The database is not prepared for this version. Run `stepaside migrate` "
            "with the URL of a role that may create tables."
        )


async def kept_secret(db: Database, name: str, make: Callable[[], bytes]) -> bytes:
    """The secret of that name; made at the first call, by whichever process is first.

    In the database rather than in a file, so that all processes share it and a backup
    holds it: who is restored without it would lose every browser's subscription.

    Raises:
        NotPrepared: there is no place for it yet.
    """
    try:
        return await _kept(db, name, make)
    except psycopg.errors.UndefinedTable as error:
        raise NotPrepared from error


async def _kept(db: Database, name: str, make: Callable[[], bytes]) -> bytes:
    async with db.connection() as conn, conn.transaction():
        await conn.execute(
            """INSERT INTO installation_secrets (name, value) VALUES (%s, %s)
            ON CONFLICT (name) DO NOTHING""",
            (name, make()),
        )
        cursor = await conn.execute(
            "SELECT value FROM installation_secrets WHERE name = %s", (name,)
        )
        row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - it was there or has just been written
    return bytes(row["value"])
