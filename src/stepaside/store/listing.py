"""Conversations and their messages as lists, a page at a time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.ids import BotId, ContactId, InboxId, WorkflowId
from stepaside.store.codec import conversation_from_row
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound, UnknownPlace
from stepaside.store.handovers import StoredHandover, find_handover

UNASSIGNED: Final = "unassigned"
"""In place of a staff member: people have control, and nobody has taken it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which conversations a list shows; None leaves it wide.

    assignee: a staff member's id, or `UNASSIGNED`.
    scenario: why it was ever handed over.
    tag: of the contact.
    team_id: the team whose it is, in whose queue it waits or whose people have it.
    words: all of them, or their beginnings, were said there or name the contact.
    """

    control: Control | None = None
    status: Status | None = None
    assignee: str | None = None
    tag: str | None = None
    scenario: str | None = None
    inbox_id: str | None = None
    contact_id: str | None = None
    team_id: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A conversation in a list. `handover` is the open episode."""

    state: Conversation
    inbox_id: InboxId
    contact_id: ContactId
    bot_id: BotId | None
    workflow_id: WorkflowId | None
    handover: StoredHandover | None
    created_at: datetime
    last_message_at: datetime

    @property
    def cursor(self) -> str:
        """Where a list goes on after it."""
        return f"{as_place(self.last_message_at)}~{self.state.id}"


def as_place(at: datetime) -> str:
    """An instant in a cursor, fit for an address, where a + is a space."""
    return at.isoformat().replace("+00:00", "Z")


async def list_conversations(
    tx: Tx, wanted: Wanted, *, after: str = "", limit: int = 50
) -> list[Listed]:
    """Conversations with the latest words first, those after a cursor.

    Raises:
        UnknownPlace: `after` is not one of our cursors.
    """
    clauses = _clauses(wanted)
    if after:
        at, conversation_id = _place(after)
        later = "(c.last_message_at < %s OR (c.last_message_at = %s AND c.id > %s))"
        clauses.append((later, (at, at, conversation_id)))
    narrowed = " AND ".join(clause for clause, _ in clauses) or "true"
    rows = await tx.all(
        f"{_READ} WHERE {narrowed} "
        "ORDER BY c.last_message_at DESC NULLS LAST, c.id LIMIT %s",
        *(value for _, values in clauses for value in values),
        limit,
    )
    return [await _listed(tx, row) for row in rows]


async def get_listed(tx: Tx, conversation_id: str) -> Listed:
    """One conversation as lists show it. Raises: NotFound."""
    row = await tx.one(f"{_READ} WHERE c.id = %s", conversation_id)
    if row is None:
        raise NotFound("conversation", conversation_id)
    return await _listed(tx, row)


_READ: Final = "SELECT c.* FROM conversations c"
_EQUAL: Final[Mapping[str, str]] = {
    "control": "c.control = %s",
    "status": "c.status = %s",
    "inbox_id": "c.inbox_id = %s",
    "contact_id": "c.contact_id = %s",
    "team_id": "c.team_id = %s",
    "tag": "c.contact_id IN (SELECT contact_id FROM contact_tags WHERE tag = %s)",
    "scenario": "c.id IN (SELECT conversation_id FROM handovers WHERE cause = %s)",
}
_SAID: Final = "c.id IN (SELECT conversations_saying(to_tsquery('simple', %s)))"
_NAMED: Final = """c.contact_id IN (SELECT id FROM contacts WHERE
    strpos(lower(concat_ws(' ', name, email, phone, external_id)), lower(%s)) > 0)"""

Clause = tuple[str, Sequence[Any]]


def _clauses(wanted: Wanted) -> list[Clause]:
    given = ((name, getattr(wanted, name)) for name in _EQUAL)
    clauses: list[Clause] = [(_EQUAL[n], (v,)) for n, v in given if v is not None]
    if wanted.assignee == UNASSIGNED:
        clauses.append(("c.assignee_id IS NULL AND c.control <> 'bot'", ()))
    elif wanted.assignee is not None:
        clauses.append(("c.assignee_id = %s", (wanted.assignee,)))
    if wanted.words is not None:
        clauses.append(_words(wanted.words))
    return clauses


def _words(words: str) -> Clause:
    found = re.findall(r"\w+", words)
    if not found:
        return _NAMED, (words,)
    query = " & ".join(f"{word}:*" for word in found)
    return f"({_SAID} OR {_NAMED})", (query, words)


def _place(cursor: str) -> tuple[datetime, str]:
    at, _, conversation_id = cursor.partition("~")
    try:
        return datetime.fromisoformat(at), conversation_id
    except ValueError:
        raise UnknownPlace from None


async def _listed(tx: Tx, row: Mapping[str, Any]) -> Listed:
    episode = row["handover_id"]
    return Listed(
        state=conversation_from_row(row),
        inbox_id=row["inbox_id"],
        contact_id=row["contact_id"],
        bot_id=row["bot_id"],
        workflow_id=row["workflow_id"],
        created_at=row["created_at"],
        handover=await find_handover(tx, episode) if episode else None,
        last_message_at=row["last_message_at"] or row["created_at"],
    )
