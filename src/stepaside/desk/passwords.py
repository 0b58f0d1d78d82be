"""Checking and making passwords: slow on purpose, so never in the event loop."""

import asyncio
from typing import Final

from pwdlib import PasswordHash

from stepaside.desk.words import _

SHORTEST: Final = 10
"""Characters; length is what helps, so nothing else is asked for.

Source: NIST SP 800-63B, section 5.1.1.2.
"""
LONGEST: Final = 200
_AT_ONCE: Final = 2
"""A hash takes 64 MiB and a core; more at once would let strangers stop the desk."""


class Passwords:
    """Argon2id with the library's recommended settings."""

    def __init__(self) -> None:
        self._hasher = PasswordHash.recommended()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._nobodys: str | None = None

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one of the hash.

        password_hash: None takes as long as any other and never fits, so that the
            time of an answer does not tell whether somebody is known here.
        """
        async with self._turn:
            return await asyncio.to_thread(self._fits, password, password_hash)

    async def hash(self, password: str) -> str:
        """What to store of a password."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    def _fits(self, password: str, password_hash: str | None) -> bool:
        if password_hash is None:
            self._nobodys = self._nobodys or self._hasher.hash("nobody's password")
            self._hasher.verify(password[:LONGEST], self._nobodys)
            return False
        return self._hasher.verify(password[:LONGEST], password_hash)


def fault_in(password: str) -> str:
    """What is wrong with a new password, and what to do about it; empty if good."""
    if len(password) < SHORTEST:
        return _("Use at least %(n)s characters.", n=SHORTEST)
    if len(password) > LONGEST:
        return _("Use at most %(n)s characters.", n=LONGEST)
    if len(set(password)) < 4:
        return _("Use more different characters.")
    return ""
