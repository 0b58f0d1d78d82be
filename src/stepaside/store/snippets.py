"""Replies that are written once, as rows of `snippets`."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.errors import UniqueViolation

from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id

LONGEST_TEXT: Final = 4000
_SHORTCUT: Final = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A reply to choose from.

    shortcut: what is typed behind the slash to get it; of letters, digits, `-`, `_`.
    text: may hold variables such as `{contact_first_name}`.
    """

    id: str
    shortcut: str
    text: str
    updated_by: StaffId | None
    updated_at: datetime


_READ: Final = "SELECT id, shortcut, text, updated_by, updated_at FROM snippets"


async def list_snippets(tx: Tx, *, limit: int = 500) -> list[Snippet]:
    """All of the account's, by shortcut."""
    rows = await tx.all(
        f"{_READ} WHERE account_id = %s ORDER BY lower(shortcut) LIMIT %s",
        *(tx.account_id, limit),
    )
    return [Snippet(**row) for row in rows]


async def get_snippet(tx: Tx, snippet_id: str) -> Snippet:
    """One of them. Raises: NotFound."""
    row = await tx.one(f"{_READ} WHERE id = %s", snippet_id)
    if row is None:
        raise NotFound("snippet", snippet_id)
    return Snippet(**row)


async def save_snippet(
    tx: Tx,
    snippet_id: str | None,
    shortcut: str,
    text: str,
    *,
    by: StaffId,
    now: datetime,
) -> Snippet:
    """Store a new snippet (`snippet_id` None) or a changed one.

    Raises:
        InvalidField: the shortcut or the text is none, or the shortcut is taken.
        NotFound: there is no such snippet.
    """
    if not _SHORTCUT.fullmatch(shortcut):
        raise InvalidField("shortcut", "letters, digits, - and _ only, at most 40")
    if not 0 < len(text) <= LONGEST_TEXT:
        raise InvalidField(
            "text", f"write something, at most {LONGEST_TEXT} characters"
        )
    given = (shortcut, text, by, now)
    try:
        if snippet_id is None:
            snippet_id = new_id("snippet")
            await tx.run(
                "INSERT INTO snippets (shortcut, text, updated_by, updated_at, "
                "account_id, id) VALUES (%s, %s, %s, %s, %s, %s)",
                *(*given, tx.account_id, snippet_id),
            )
        else:
            await tx.run(
                "UPDATE snippets SET shortcut = %s, text = %s, updated_by = %s, "
                "updated_at = %s WHERE id = %s",
                *(*given, snippet_id),
            )
    except UniqueViolation:
        raise InvalidField("shortcut", "is taken; choose another") from None
    return await get_snippet(tx, snippet_id)


async def delete_snippet(tx: Tx, snippet_id: str) -> Snippet:
    """Let it go. Raises: NotFound."""
    snippet = await get_snippet(tx, snippet_id)
    await tx.run("DELETE FROM snippets WHERE id = %s", snippet_id)
    return snippet
