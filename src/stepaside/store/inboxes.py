"""Inboxes: configured connections, as rows of `inboxes`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.ids import AccountId, BotId, InboxId, WorkflowId
from stepaside.core.terms import Deadlines
from stepaside.store.database import Database, Tx
from stepaside.store.errors import NotFound
from stepaside.store.terms import deadlines_from_json, deadlines_to_json


class InboxKind(StrEnum):
    """What sort of channel an inbox connects."""

    API = "api"
    """The business's own programs, by the REST API."""
    WIDGET = "widget"
    """The chat on a website."""
    WEBHOOK = "webhook"
    """Any other system, by signed webhooks in both directions."""


_READ: Final = """
SELECT id, kind, name, bot_id, workflow_id, settings, deadlines, reply_window_hours,
    created_at, updated_at
FROM inboxes
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """One connection.

    bot_id: who answers there; None where only people do.
    workflow_id: the entry point every conversation there starts from.
    settings: by kind. `webhook`: `url` and `secrets`, the newest first; `widget`:
        `allowed_origins`. Holds secrets: never log it.
    deadlines: in place of the bot's; None: the bot's.
    reply_window_hours: how long after the contact's last message the channel behind a
        webhook takes free words; None: as the kind has it.
    """

    id: InboxId
    kind: InboxKind
    name: str
    bot_id: BotId | None = None
    workflow_id: WorkflowId | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    deadlines: Deadlines | None = None
    reply_window_hours: int | None = None
    created_at: datetime
    updated_at: datetime


async def find_inbox(
    tx: Tx, inbox_id: InboxId, *, include_deleted: bool = False
) -> Inbox | None:
    """The inbox, or None when there is none or it was deleted."""
    gone = "" if include_deleted else "AND deleted_at IS NULL"
    row = await tx.one(f"{_READ} WHERE id = %s {gone}", inbox_id)
    return _inbox(row) if row else None


async def get_inbox(tx: Tx, inbox_id: InboxId, *, lock: bool = False) -> Inbox:
    """The inbox. Raises: NotFound.

    lock: hold it until the end of the transaction, to change it.
    """
    held = "FOR NO KEY UPDATE" if lock else ""
    row = await tx.one(f"{_READ} WHERE id = %s AND deleted_at IS NULL {held}", inbox_id)
    if row is None:
        raise NotFound("inbox", inbox_id)
    return _inbox(row)


async def find_inbox_account(
    db: Database, inbox_id: str
) -> tuple[AccountId, InboxKind] | None:
    """Whose inbox it is and of which kind, for a channel that only knows its id."""
    if "\0" in inbox_id:  # PostgreSQL could not even look for it
        return None
    async with db.connection() as conn:
        cursor = await conn.execute(
            "SELECT account_id, kind FROM find_inbox_account(%s)", (inbox_id,)
        )
        row = await cursor.fetchone()
    return (AccountId(row["account_id"]), InboxKind(row["kind"])) if row else None


async def list_inboxes(tx: Tx, *, after: str = "", limit: int = 50) -> list[Inbox]:
    """Inboxes in the order they were made, those with an id after `after`."""
    rows = await tx.all(
        f"{_READ} WHERE id > %s AND deleted_at IS NULL ORDER BY id LIMIT %s",
        *(after, limit),
    )
    return [_inbox(row) for row in rows]


async def create_inbox(tx: Tx, inbox: Inbox) -> None:
    """Store a new inbox."""
    await tx.run(
        "INSERT INTO inboxes (id, account_id, kind, name, bot_id, workflow_id, "
        "settings, deadlines, reply_window_hours, created_at, updated_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        *(inbox.id, tx.account_id, inbox.kind, inbox.name, inbox.bot_id),
        *(inbox.workflow_id, Jsonb(inbox.settings)),
        *(deadlines_to_json(inbox.deadlines), inbox.reply_window_hours),
        *(inbox.created_at, inbox.updated_at),
    )


async def save_inbox(tx: Tx, inbox: Inbox) -> None:
    """Store a changed inbox; its kind never changes. Raises: NotFound."""
    touched = await tx.run(
        "UPDATE inboxes SET name = %s, bot_id = %s, workflow_id = %s, settings = %s, "
        "deadlines = %s, reply_window_hours = %s, updated_at = %s "
        "WHERE id = %s AND deleted_at IS NULL",
        *(inbox.name, inbox.bot_id, inbox.workflow_id, Jsonb(inbox.settings)),
        *(deadlines_to_json(inbox.deadlines), inbox.reply_window_hours),
        *(inbox.updated_at, inbox.id),
    )
    if not touched:
        raise NotFound("inbox", inbox.id)


async def delete_inbox(tx: Tx, inbox_id: InboxId, now: datetime) -> None:
    """Delete it; its conversations stay to be read. Raises: NotFound."""
    touched = await tx.run(
        "UPDATE inboxes SET deleted_at = %s WHERE id = %s AND deleted_at IS NULL",
        *(now, inbox_id),
    )
    if not touched:
        raise NotFound("inbox", inbox_id)


def _inbox(row: dict[str, Any]) -> Inbox:
    own = row["deadlines"]
    kept = {
        "kind": InboxKind(row["kind"]),
        "deadlines": deadlines_from_json(own) if own else None,
    }
    return Inbox(**{**row, **kept})
