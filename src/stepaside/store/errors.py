"""What the store refuses, and what may go wrong with the database behind it."""

from typing import Final

import psycopg
from psycopg_pool import PoolTimeout

from stepaside.core.errors import InvalidField, StepasideError

UNAVAILABLE: Final = (psycopg.OperationalError, PoolTimeout)
"""The database does not answer now; the same request may work in a moment."""
DATABASE_ERRORS: Final = (psycopg.Error, PoolTimeout)


class NotFound(StepasideError):
    """No such thing in this account. Another account's things are not found either.

    kind: what was looked for, in the words of the glossary (`bot`, `staff member`).
    id: the id that was asked for.
    """

    def __init__(self, kind: str, id: str) -> None:  # noqa: A002 - the word is exact
        super().__init__(f"There is no {kind} {id}.")
        self.kind = kind
        self.id = id


class UnknownPlace(InvalidField):
    """A list cannot go on after what is not in it, or not any more."""

    def __init__(self) -> None:
        super().__init__("after", "not the `next` of this list; begin without it")


def without_values(error: Exception) -> str:
    """What an error says, fit for a log.

    A database's own words may quote a row, and a row may hold what customers wrote.
    """
    if isinstance(error, psycopg.Error):
        return error.diag.message_primary or ""
    return str(error)
