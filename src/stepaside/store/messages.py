"""Messages: each stored once, in the order of the provider's time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import structlog
from psycopg.errors import UniqueViolation

from stepaside.core.effects import MessageKind
from stepaside.core.ids import ConversationId, MessageId, StaffId
from stepaside.core.turn import Author, Line
from stepaside.store.database import Tx
from stepaside.store.errors import UnknownPlace
from stepaside.store.ids import new_id
from stepaside.store.webhook_outbox import tell_webhooks_of_message

log = structlog.get_logger(__name__)


class MessageState(StrEnum):
    """How far a message has come. A later one never gives way to an earlier one."""

    RECEIVED = "received"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    DROPPED = "dropped"
    """Not sent: a person spoke, or control moved, before it could be."""


_RANK: Final[Mapping[str, int]] = {"queued": 0, "sent": 1, "delivered": 2, "read": 3}
"""Providers report states in any order; only a higher rank is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as stored.

    external_id: the id its sender gave it, else the provider's; what the desk calls a
        message is neither.
    at: the provider's time where it gave one, else when it was stored.
    lease: the lease a bot's message was decided under; None for everyone else's.
    awaits_bot: the bot has still to answer it.
    """

    id: MessageId
    conversation_id: ConversationId
    author: Author
    staff_id: StaffId | None
    kind: MessageKind
    text: str
    external_id: str | None
    state: MessageState
    state_detail: str
    lease: int | None
    item_ids: tuple[str, ...]
    awaits_bot: bool
    at: datetime
    created_at: datetime

    @property
    def private(self) -> bool:
        """Whether only staff may see it."""
        return self.kind is MessageKind.NOTE

    @property
    def line(self) -> Line:
        """The message as a detector or a bot is shown it."""
        return Line(author=self.author, text=self.text, at=self.at)


_FIELDS: Final = """id, conversation_id, author, staff_id, kind, text, external_id,
    key, state, state_detail, lease, item_ids, awaits_bot, at, created_at"""


_SENDER: Final = "sender:"


def sender_key(external_id: str) -> str:
    """The key of what staff or a bot say under an id of their own.

    Apart from the providers' ids, so that they cannot collide.
    """
    return f"{_SENDER}{external_id}"


def _given_id(key: str | None, staff_id: str | None) -> str | None:
    """The id out of such a key. The desk's begin with the staff member's."""
    if key is None or not key.startswith(_SENDER):
        return None
    given = key.removeprefix(_SENDER)
    return None if staff_id and given.startswith(f"{staff_id}:") else given


async def insert_message(
    tx: Tx,
    *,
    conversation_id: str,
    inbox_id: str,
    author: Author,
    text: str,
    state: MessageState,
    at: datetime,
    now: datetime,
    kind: MessageKind = MessageKind.REPLY,
    staff_id: str | None = None,
    external_id: str | None = None,
    key: str | None = None,
    awaits_bot: bool = False,
    lease: int | None = None,
    item_ids: Sequence[str] = (),
) -> MessageId | None:
    """Store a message; None when one with this external id or key is there already.

    The unique indexes decide, not a look before: two deliveries of one message at
    the same instant still make one row.
    """
    message_id = MessageId(new_id("message"))
    inserted = await tx.run(
        """INSERT INTO messages (id, account_id, conversation_id, inbox_id, author,
            staff_id, kind, text, external_id, key, state, awaits_bot, lease, item_ids,
            at, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT DO NOTHING""",
        *(message_id, tx.account_id, conversation_id, inbox_id, author),
        *(staff_id, kind, text, external_id, key, state, awaits_bot, lease),
        *(list(item_ids), at, now),
    )
    if not inserted:
        return None
    told = {
        "id": message_id,
        "conversation_id": conversation_id,
        "author": author,
        "staff_id": staff_id,
        "kind": kind,
        "text": text,
        "external_id": _given_id(key, staff_id) or external_id,
        "at": at,
    }
    await tell_webhooks_of_message(tx, told, now)
    return message_id


async def find_message(tx: Tx, message_id: str) -> Message | None:
    """The message, or None."""
    row = await tx.one(f"SELECT {_FIELDS} FROM messages WHERE id = %s", message_id)  # noqa: S608
    return _message(row) if row else None


async def find_by_external_id(
    tx: Tx, inbox_id: str, external_id: str
) -> Message | None:
    """The message a provider, or a sender, named so."""
    row = await tx.one(
        f"SELECT {_FIELDS} FROM messages WHERE inbox_id = %s AND external_id = %s",  # noqa: S608
        inbox_id,
        external_id,
    )
    return _message(row) if row else None


async def find_by_key(tx: Tx, conversation_id: str, key: str) -> Message | None:
    """The message an effect or a client stored under a key."""
    row = await tx.one(
        f"SELECT {_FIELDS} FROM messages WHERE conversation_id = %s AND key = %s",  # noqa: S608
        conversation_id,
        key,
    )
    return _message(row) if row else None


async def transcript(
    tx: Tx, conversation_id: str, *, limit: int = 200
) -> tuple[Message, ...]:
    """The latest messages with notes, oldest first, by the provider's time."""
    rows = await tx.all(
        f"""SELECT {_FIELDS} FROM messages WHERE conversation_id = %s
        ORDER BY at DESC, seq DESC LIMIT %s""",  # noqa: S608
        conversation_id,
        limit,
    )
    return tuple(_message(row) for row in reversed(rows))


async def list_messages(
    tx: Tx, conversation_id: str, *, after: str = "", limit: int = 50
) -> list[Message]:
    """Messages with notes, oldest first by the provider's time.

    after: the id of the message to go on after; empty begins at the first.
    Raises:
        UnknownPlace: the conversation has no such message.
    """
    here = "SELECT 1 FROM messages WHERE id = %s AND conversation_id = %s"
    if after and await tx.one(here, after, conversation_id) is None:
        raise UnknownPlace
    rows = await tx.all(
        f"""SELECT {_FIELDS} FROM messages WHERE conversation_id = %s
            AND (%s = '' OR (at, seq) > (SELECT at, seq FROM messages WHERE id = %s))
        ORDER BY at, seq LIMIT %s""",  # noqa: S608
        conversation_id,
        after,
        after,
        limit,
    )
    return [_message(row) for row in rows]


async def find_messages(tx: Tx, ids: Sequence[str]) -> tuple[Message, ...]:
    """Those of these messages that exist, oldest first, by the provider's time."""
    rows = await tx.all(
        f"SELECT {_FIELDS} FROM messages WHERE id = ANY(%s) ORDER BY at, seq",  # noqa: S608
        list(ids),
    )
    return tuple(_message(row) for row in rows)


async def heard_so_far(
    tx: Tx, conversation_id: str, *, limit: int = 200
) -> tuple[Message, ...]:
    """The latest public messages but those that wait for the bot, oldest first.

    A message the contact never saw was not said.
    """
    rows = await tx.all(
        f"""SELECT {_FIELDS} FROM messages WHERE conversation_id = %s
            AND NOT awaits_bot AND kind <> 'note' AND state NOT IN ('dropped', 'failed')
        ORDER BY at DESC, seq DESC LIMIT %s""",  # noqa: S608
        conversation_id,
        limit,
    )
    return tuple(_message(row) for row in reversed(rows))


async def awaiting_bot(tx: Tx, conversation_id: str) -> dict[str, datetime]:
    """The contact's messages that the bot has still to answer, by id: since when.

    In the order of the transcript.
    """
    rows = await tx.all(
        """SELECT id, created_at FROM messages
        WHERE conversation_id = %s AND awaits_bot ORDER BY at, seq""",
        conversation_id,
    )
    return {row["id"]: row["created_at"] for row in rows}


async def bot_awaited_since(tx: Tx, conversation_id: str) -> datetime | None:
    """When the first message came that waits for the bot; None when none does."""
    row = await tx.one(
        """SELECT created_at FROM messages
        WHERE conversation_id = %s AND awaits_bot ORDER BY seq LIMIT 1""",
        conversation_id,
    )
    return row["created_at"] if row else None


async def settle_burst(tx: Tx, conversation_id: str) -> None:
    """Nothing waits for the bot any more: it was answered, or people have control."""
    await tx.run(
        """UPDATE messages SET awaits_bot = false
        WHERE conversation_id = %s AND awaits_bot""",
        conversation_id,
    )


async def settle_messages(tx: Tx, ids: Sequence[str]) -> None:
    """These wait for the bot no more; what came after them still does."""
    await tx.run(
        "UPDATE messages SET awaits_bot = false WHERE id = ANY(%s) AND awaits_bot",
        list(ids),
    )


async def set_message_state(
    tx: Tx,
    message_id: str,
    state: MessageState,
    *,
    detail: str = "",
) -> None:
    """Record how far one of our messages has come."""
    await tx.run(
        "UPDATE messages SET state = %s, state_detail = %s WHERE id = %s",
        state,
        detail,
        message_id,
    )


async def mark_sent(tx: Tx, message_id: str, external_id: str | None) -> None:
    """The provider took a message. A report that overtook the answer stays.

    external_id: the provider's id, kept where no other message of the inbox has it.
        A message that was sent is sent, whatever the other side calls it.
    """
    await tx.run(
        """UPDATE messages SET state_detail = '',
            state = CASE WHEN state = 'queued' THEN 'sent' ELSE state END
        WHERE id = %s""",
        message_id,
    )
    if external_id is not None:
        await _keep_external_id(tx, message_id, external_id)


async def raise_message_state(
    tx: Tx, inbox_id: str, external_id: str, state: MessageState
) -> Message | None:
    """Take a provider's report unless a later state is known; the message if taken."""
    lower = [name for name, rank in _RANK.items() if rank < _RANK.get(state, 0)]
    if state is MessageState.FAILED:
        lower = ["queued", "sent"]
    row = await tx.one(
        f"""UPDATE messages SET state = %s WHERE inbox_id = %s AND external_id = %s
            AND state = ANY(%s) RETURNING {_FIELDS}""",  # noqa: S608
        state,
        inbox_id,
        external_id,
        lower,
    )
    return _message(row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoOf:
    """What an echo says about the message it repeats."""

    external_id: str
    reference: str | None
    text: str


async def recognise_echo(tx: Tx, inbox_id: str, echo: EchoOf) -> bool:
    """Whether an echo names a message of ours; remembers the provider's id if so.

    By the provider's id, or by the id we gave when sending, in whatever conversation
    of the inbox.
    """
    row = await tx.one(
        """SELECT id, author, staff_id FROM messages WHERE inbox_id = %s
            AND author <> 'contact' AND kind <> 'note' AND state <> 'dropped'
            AND (external_id = %s OR id = %s)
        ORDER BY (external_id = %s) DESC NULLS LAST LIMIT 1""",
        inbox_id,
        echo.external_id,
        echo.reference,
        echo.external_id,
    )
    return await _is_ours(tx, row, echo)


async def recognise_words(tx: Tx, conversation_id: str, echo: EchoOf) -> bool:
    """Whether an echo says what a message of ours says that has no provider's id yet.

    An echo may overtake the answer to our own send.
    """
    row = await tx.one(
        """SELECT id, author, staff_id FROM messages WHERE conversation_id = %s
            AND author <> 'contact' AND kind <> 'note' AND state <> 'dropped'
            AND external_id IS NULL AND text = %s ORDER BY seq LIMIT 1""",
        conversation_id,
        echo.text,
    )
    return await _is_ours(tx, row, echo)


async def _is_ours(tx: Tx, row: Mapping[str, Any] | None, echo: EchoOf) -> bool:
    # A person's words seen by an earlier echo have neither lease nor staff member.
    if row is None or (row["author"] == "staff" and row["staff_id"] is None):
        return False
    await _keep_external_id(tx, row["id"], echo.external_id)
    return True


async def _keep_external_id(tx: Tx, message_id: str, external_id: str) -> None:
    """Remember the provider's id of a message that has none, where it is free."""
    try:
        async with tx.conn.transaction():  # what came before it stays, either way
            await tx.run(
                """UPDATE messages SET external_id = %s
                WHERE id = %s AND external_id IS NULL""",
                external_id,
                message_id,
            )
    except UniqueViolation:
        log.warning("provider_id_taken", message_id=message_id)


async def staff_spoke_after(tx: Tx, message_id: str) -> bool:
    """Whether a person has said anything to the contact after one of our messages."""
    row = await tx.one(
        """SELECT EXISTS (SELECT 1 FROM messages later JOIN messages m ON m.id = %s
            WHERE later.conversation_id = m.conversation_id AND later.seq > m.seq
                AND later.author = 'staff' AND later.kind <> 'note') AS spoke""",
        message_id,
    )
    return bool(row and row["spoke"])


def _message(row: Mapping[str, Any]) -> Message:
    return Message(
        id=row["id"],
        conversation_id=row["conversation_id"],
        author=Author(row["author"]),
        staff_id=row["staff_id"],
        kind=MessageKind(row["kind"]),
        text=row["text"],
        external_id=_given_id(row["key"], row["staff_id"]) or row["external_id"],
        state=MessageState(row["state"]),
        state_detail=row["state_detail"],
        lease=row["lease"],
        item_ids=tuple(row["item_ids"]),
        awaits_bot=row["awaits_bot"],
        at=row["at"],
        created_at=row["created_at"],
    )
