"""What the desk shows of one conversation besides its state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from stepaside.core.effects import MessageKind, NotificationEvent
from stepaside.core.events import EventType
from stepaside.core.ids import ContactId, ConversationId, MessageId, StaffId
from stepaside.core.turn import Author
from stepaside.store.database import Tx
from stepaside.store.events import StoredEvent, event_from_row
from stepaside.store.messages import MessageState


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message as the transcript shows it.

    key: what made it exist once: `final:<handover>` for the last words of a handover,
        `sender:<id>` for what was sent from the desk or the API; None for the rest.
    articles: titles of the knowledge the bot quoted.
    """

    id: MessageId
    seq: int
    author: Author
    staff_id: StaffId | None
    kind: MessageKind
    text: str
    state: MessageState
    state_detail: str
    key: str | None
    articles: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One person told about one thing in a handover on one channel.

    state: `queued`, `sent` or `failed`; with attempts above 0, `queued` is a retry.
    """

    staff_id: StaffId
    event: NotificationEvent
    channel: str
    state: str
    attempts: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastHandover:
    """An episode of people's control in any conversation of a contact."""

    id: str
    conversation_id: ConversationId
    cause: str
    started_at: datetime
    ended_at: datetime | None
    assignee_id: StaffId | None


_AT_START: Final = (
    NotificationEvent.CONVERSATION_ASSIGNED,
    NotificationEvent.HANDOVER_WAITING,
    NotificationEvent.TASK_ASSIGNED,
)
_SAID: Final = """
SELECT m.id, m.seq, m.author, m.staff_id, m.kind, m.text, m.state, m.state_detail,
    m.key, m.at, ARRAY(SELECT k.title FROM knowledge_items k
        WHERE k.id = ANY(m.item_ids) ORDER BY array_position(m.item_ids, k.id)
    ) AS articles
FROM messages m WHERE m.conversation_id = %s
"""

_OLDEST: Final = """SELECT min(at) FROM (SELECT at FROM messages
    WHERE conversation_id = %s AND {} ORDER BY at DESC LIMIT %s) latest"""


async def said_lately(tx: Tx, conversation_id: str, *, limit: int = 50) -> list[Said]:
    """The latest messages with notes, oldest first.

    So many, and all that have the instant of the oldest: a page goes on before it.
    """
    sql = f"{_SAID} AND m.at >= ({_OLDEST.format('true')}) ORDER BY m.at, m.seq"
    rows = await tx.all(sql, conversation_id, conversation_id, limit)
    return [_said(row) for row in rows]


async def said_since(
    tx: Tx, conversation_id: str, since: datetime, *, limit: int = 500
) -> list[Said]:
    """The messages from an instant on, oldest first; the latest, where too many."""
    sql = f"{_SAID} AND m.at >= %s ORDER BY m.at DESC, m.seq DESC LIMIT %s"
    rows = await tx.all(sql, conversation_id, since, limit)
    return [_said(row) for row in reversed(rows)]


async def said_before(
    tx: Tx, conversation_id: str, before: datetime, *, limit: int = 50
) -> list[Said]:
    """The messages before an instant, the latest of them, oldest first.

    So many, and all that have the instant of the oldest: a page goes on before it.
    """
    oldest = _OLDEST.format("at < %s")
    sql = f"{_SAID} AND m.at < %s AND m.at >= ({oldest}) ORDER BY m.at, m.seq"
    values = (conversation_id, before, conversation_id, before, limit)
    return [_said(row) for row in await tx.all(sql, *values)]


async def events_since(
    tx: Tx, conversation_id: str, since: datetime, types: Iterable[EventType]
) -> list[StoredEvent]:
    """The events of these types from an instant on, oldest first."""
    rows = await tx.all(
        """SELECT * FROM events WHERE conversation_id = %s AND at >= %s
            AND type = ANY(%s) ORDER BY id""",
        *(conversation_id, since, [str(type_) for type_ in types]),
    )
    return [event_from_row(row) for row in rows]


async def told_about(
    tx: Tx, handover_ids: Iterable[str]
) -> Mapping[str, tuple[Told, ...]]:
    """Who was told when each handover started, by its id."""
    handovers = {
        f"notify:{handover_id}:{event}": handover_id
        for handover_id in handover_ids
        for event in _AT_START
    }
    told: dict[str, tuple[Told, ...]] = dict.fromkeys(handovers.values(), ())
    rows = await tx.all(
        """SELECT key, staff_id, event, channel, state, attempts, detail
        FROM notifications WHERE account_id = %s AND key = ANY(%s) ORDER BY id""",
        *(tx.account_id, list(handovers)),
    )
    for row in rows:
        told[handovers[row["key"]]] += (_told(row),)
    return told


async def handovers_of_contact(
    tx: Tx, contact_id: ContactId, *, limit: int = 10
) -> list[PastHandover]:
    """The contact's episodes in all conversations, the latest first."""
    rows = await tx.all(
        """SELECT h.id, h.conversation_id, h.cause, h.started_at, h.ended_at,
            h.assignee_id
        FROM conversations c JOIN handovers h ON h.conversation_id = c.id
        WHERE c.contact_id = %s ORDER BY h.started_at DESC, h.id DESC LIMIT %s""",
        *(contact_id, limit),
    )
    return [PastHandover(**row) for row in rows]


def _told(row: Mapping[str, Any]) -> Told:
    return Told(
        staff_id=row["staff_id"],
        event=NotificationEvent(row["event"]),
        channel=row["channel"],
        state=row["state"],
        attempts=row["attempts"],
        detail=row["detail"],
    )


def _said(row: Mapping[str, Any]) -> Said:
    return Said(
        id=row["id"],
        seq=row["seq"],
        author=Author(row["author"]),
        staff_id=row["staff_id"],
        kind=MessageKind(row["kind"]),
        text=row["text"],
        state=MessageState(row["state"]),
        state_detail=row["state_detail"],
        key=row["key"],
        articles=tuple(row["articles"]),
        at=row["at"],
    )
