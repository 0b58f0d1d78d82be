"""How often somebody may try to sign in."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from stepaside.store.database import Database
from stepaside.store.login_attempts import begin_login, end_login

MOST: Final = 10
"""Tries by one e-mail address, or from one network address, within the window."""
WINDOW: Final = timedelta(minutes=10)


class Attempts:
    """Counts tries to sign in by key, for example an address, over a sliding window.

    In the database, so that the count holds for all processes together.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(self, *keys: str, now: datetime) -> timedelta | None:
        """Count a try against each key; how long to wait instead, where it is too many.

        Counted before it is known whether the try is good: of many guesses sent at
        once, all would get past.
        """
        hashed = [_hash(key) for key in keys]
        oldest = await begin_login(self._db, hashed, now, now - WINDOW, MOST)
        return oldest + WINDOW - now if oldest else None

    async def was_good(self, email: str, address: str) -> None:
        """Whoever this is has shown it: nobody who is let in is slowed down."""
        await end_login(self._db, _hash(email), _hash(address))


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()
