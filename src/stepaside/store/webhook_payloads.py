"""What a webhook is told: the state of things in the commit of what happened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from stepaside.store.database import Tx

_CONVERSATION: Final = (
    *("id", "inbox_id", "bot_id", "workflow_id", "control", "status", "lease"),
    *("assignee_id", "resume_at", "created_at"),
)
_CONTACT: Final = ("id", "external_id", "name", "email", "phone", "owner_id")
_HANDOVER: Final = (
    *("id", "cause", "rule_id", "evidence", "reason", "summary", "assignee_id"),
    *("started_at", "claimed_at", "first_reply_at", "first_reply_by"),
    *("ended_at", "how_ended"),
)
_TASK: Final = (
    *("id", "title", "body", "contact_id", "conversation_id", "handover_id"),
    *("assignee_id", "due_at", "status", "completed_at", "created_at"),
)
_MESSAGE: Final = ("id", "author", "staff_id", "kind", "text", "external_id", "at")


async def conversation_data(
    tx: Tx, conversation_id: str | None, handover_id: str | None
) -> dict[str, Any]:
    """The conversation, its contact and the handover, each null where there is none.

    handover_id: None for the one that is open.
    """
    row = await _row(tx, "conversations", conversation_id)
    episode = handover_id or (row["handover_id"] if row else None)
    return {
        "conversation": _shown(row, _CONVERSATION),
        "contact": _shown(
            await _row(tx, "contacts", row["contact_id"] if row else None), _CONTACT
        ),
        "handover": _shown(await _row(tx, "handovers", episode), _HANDOVER),
    }


async def task_data(tx: Tx, task_id: str) -> dict[str, Any]:
    """A task, with its contact, for tasks that stand in no conversation."""
    row = await _row(tx, "tasks", task_id)
    contact = await _row(tx, "contacts", row["contact_id"] if row else None)
    return {"task": _shown(row, _TASK), "contact": _shown(contact, _CONTACT)}


def message_data(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A message. `kind` is `note` for what only staff may read."""
    return _shown(row, _MESSAGE)


async def _row(tx: Tx, table: str, id_: str | None) -> Mapping[str, Any] | None:
    if id_ is None:
        return None
    return await tx.one(f"SELECT * FROM {table} WHERE id = %s", id_)  # noqa: S608


def _shown(
    row: Mapping[str, Any] | None, names: tuple[str, ...]
) -> dict[str, Any] | None:
    if row is None:
        return None
    return {name: _plain(row[name]) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
