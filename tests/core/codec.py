"""What the store does to events: to JSON text and back, by the types of the fields.

A codec of the tests' own, so that what is promised about replay does not rest on the
code it is promised for.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_type_hints

from stepaside.core.conversation import Conversation
from stepaside.core.events import Actor, Event, EventType

HINTS = get_type_hints(Conversation)


def stored_and_read(event: Event) -> Event:
    """The event as it comes back from a jsonb column."""
    row = json.loads(
        json.dumps(
            {
                "type": event.type,
                "at": event.at.isoformat(),
                "actor": str(event.actor),
                "changes": {name: to_json(v) for name, v in event.changes.items()},
                "data": event.data,
            }
        )
    )
    return replace(
        event,
        type=EventType(row["type"]),
        at=datetime.fromisoformat(row["at"]),
        actor=Actor.parse(row["actor"]),
        changes=changes_from_json(row["changes"]),
        data=row["data"],
    )


def to_json(value: Any) -> Any:
    """A field's value as JSON: instants in ISO 8601, enums by their value."""
    return value.isoformat() if isinstance(value, datetime) else value


def changes_from_json(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes with the types the fields of a conversation have."""
    return {name: _typed(HINTS[name], value) for name, value in changes.items()}


def _typed(hint: Any, value: Any) -> Any:
    kinds = [k for k in get_args(hint) or (hint,) if k is not NoneType]
    if value is None:
        return None
    kind = kinds[0]
    if kind is datetime:
        return datetime.fromisoformat(value)
    is_enum = isinstance(kind, type) and issubclass(kind, StrEnum)
    return kind(value) if is_enum else value
