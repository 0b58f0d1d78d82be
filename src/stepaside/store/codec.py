"""Conversations and their events as rows and JSON, and back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from stepaside.core.conversation import STATE_FIELDS, Control, Conversation, Status
from stepaside.core.ids import ConversationId

_INSTANTS: Final = (
    "control_since",
    "resume_at",
    "snoozed_until",
    "waiting_since",
    "last_contact_at",
    "last_staff_at",
    "reply_due_at",
    "reply_warn_at",
    "resolve_due_at",
    "resolve_warn_at",
    "promised_at",
    "resume_latest_at",
    "follow_up_at",
    "close_at",
    "step_at",
    "window_closes_at",
    "window_warn_at",
)
_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "control": Control,
    "status": Status,
    **dict.fromkeys(_INSTANTS, datetime.fromisoformat),
}


def conversation_from_row(row: Mapping[str, Any]) -> Conversation:
    """The state in one row of `conversations`."""
    state = {name: row[name] for name in STATE_FIELDS}
    state["control"] = Control(row["control"])
    state["status"] = Status(row["status"])
    return Conversation(id=ConversationId(row["id"]), **state)


def changes_to_json(changes: Mapping[str, Any]) -> dict[str, Any]:
    """An event's changes as JSON: enums by value, instants in ISO 8601."""
    return {name: _plain(value) for name, value in changes.items()}


def changes_from_json(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What `changes_to_json` wrote, as the values `Conversation` holds."""
    return {
        name: value if value is None else _READ.get(name, _same)(value)
        for name, value in changes.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def _same(value: Any) -> Any:
    return value
