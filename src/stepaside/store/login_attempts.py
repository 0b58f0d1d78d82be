"""Counting who tries to sign in, in one place for all processes."""

from collections.abc import Sequence
from datetime import datetime

from stepaside.store.database import Database


async def begin_login(
    db: Database, keys: Sequence[bytes], now: datetime, since: datetime, most: int
) -> datetime | None:
    """Count a try against each key, unless one has had `most` since then.

    Returns when the oldest of those was, where there were too many; then none is
    counted.
    """
    async with db.connection() as conn:
        cursor = await conn.execute(
            "SELECT begin_login(%s, %s, %s, %s) AS oldest",
            (list(keys), now, since, most),
        )
        row = await cursor.fetchone()
    return row["oldest"] if row else None


async def end_login(db: Database, forgotten: bytes, taken_back: bytes) -> None:
    """Forget all tries of one key, and the latest of another."""
    async with db.connection() as conn:
        await conn.execute("SELECT end_login(%s, %s)", (forgotten, taken_back))
