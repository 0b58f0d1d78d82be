"""The event log: appended in the commit of the state it explains."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.events import Actor, Event, EventType
from stepaside.core.ids import ConversationId
from stepaside.store.codec import changes_from_json, changes_to_json
from stepaside.store.database import Tx
from stepaside.store.webhook_outbox import tell_webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as readers get it.

    cursor: where a reader goes on after it, as `xid-id`. Cursors, not ids, are in the
        order in which events may be seen.
    """

    cursor: str
    account_id: str
    conversation_id: ConversationId | None
    event: Event


_APPEND: Final = """
INSERT INTO events (account_id, conversation_id, type, at, actor, changes, data)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


async def append_events(
    tx: Tx, conversation_id: str | None, events: Iterable[Event]
) -> None:
    """Append in order; listeners are told after the commit, webhooks in it."""
    events = tuple(events)
    rows = [
        (
            tx.account_id,
            conversation_id,
            event.type,
            event.at,
            str(event.actor),
            Jsonb(changes_to_json(event.changes)),
            Jsonb(dict(event.data)),
        )
        for event in events
    ]
    if not rows:
        return
    values = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(rows))
    sql = _APPEND[: _APPEND.index("VALUES")] + "VALUES " + values
    await tx.run(sql, *(value for row in rows for value in row))
    tx.wrote_events = True
    await tell_webhooks(tx, conversation_id, events)


async def conversation_events(tx: Tx, conversation_id: str) -> tuple[StoredEvent, ...]:
    """All events of a conversation, oldest first."""
    rows = await tx.all(
        "SELECT * FROM events WHERE conversation_id = %s ORDER BY id", conversation_id
    )
    return tuple(event_from_row(row) for row in rows)


async def account_events(
    tx: Tx, after: tuple[int, int], limit: int
) -> tuple[StoredEvent, ...]:
    """The account's events after a cursor, in the order in which they may be seen."""
    rows = await tx.all(
        """SELECT * FROM events WHERE account_id = %s
            AND (xid, id) > (%s::text::xid8, %s)
            AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, id LIMIT %s""",
        tx.account_id,
        str(after[0]),
        after[1],
        limit,
    )
    return tuple(event_from_row(row) for row in rows)


def event_from_row(row: Any) -> StoredEvent:
    """One row of `events`. Raises: KeyError: a column is missing."""
    at: datetime = row["at"]
    return StoredEvent(
        cursor=f"{row['xid']}-{row['id']}",
        account_id=row["account_id"],
        conversation_id=row["conversation_id"],
        event=Event(
            type=EventType(row["type"]),
            at=at,
            actor=Actor.parse(row["actor"]),
            changes=changes_from_json(row["changes"]),
            data=row["data"],
        ),
    )


def parse_cursor(text: str) -> tuple[int, int]:
    """Read a cursor. Raises: ValueError: it is not one of ours."""
    xid, _, event_id = text.partition("-")
    return int(xid), int(event_id)
