"""Conversations: starting, locking, reading."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from stepaside.core.conversation import STATE_FIELDS, Conversation, Status
from stepaside.core.ids import (
    BotId,
    ContactId,
    ConversationId,
    InboxId,
    StaffId,
    WorkflowId,
)
from stepaside.core.outcome import Situation
from stepaside.core.schedule import due_at
from stepaside.core.teams import Routing
from stepaside.core.terms import USUAL, Terms
from stepaside.store.bots import find_bot
from stepaside.store.codec import conversation_from_row
from stepaside.store.contacts import find_contact
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.staff import load_roster
from stepaside.store.teams import find_chains
from stepaside.store.terms import TERMS, terms_from_row

LOCAL_KINDS: Final = ("api", "widget")
"""Inbox kinds whose contacts read from us: storing a message is sending it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConversation:
    """A conversation's state and what it is attached to.

    bot_id: the bot that answers here; None when the inbox has none.
    turn_due_at: when the waiting burst is to be answered; None when none waits.
    thinking_until: until when one process has the turn to itself.
    wait_seconds: how long the bot waits for more of a burst; None for the usual.
    terms: what is agreed on about time here.
    left_bots: bots that were here before, and left it to another.
    handle: what the channel calls whoever wrote last; None when nobody has.
    """

    state: Conversation
    inbox_id: InboxId
    inbox_kind: str
    contact_id: ContactId
    bot_id: BotId | None
    workflow_id: WorkflowId | None
    turn_due_at: datetime | None
    thinking_until: datetime | None
    wait_seconds: int | None
    created_at: datetime
    terms: Terms = USUAL
    left_bots: tuple[BotId, ...] = ()
    handle: str | None = None

    @property
    def id(self) -> ConversationId:
        """The conversation's id."""
        return self.state.id

    @property
    def local(self) -> bool:
        """Whether storing a message is sending it."""
        return self.inbox_kind in LOCAL_KINDS


_COLUMNS: Final = f"""
    c.*, i.kind AS inbox_kind, b.wait_seconds, {TERMS}
    FROM conversations c JOIN inboxes i ON i.id = c.inbox_id
    JOIN accounts a ON a.id = c.account_id
    LEFT JOIN bots b ON b.id = c.bot_id WHERE c.id = %s
"""


async def lock_conversation(tx: Tx, conversation_id: str) -> StoredConversation:
    """Read it and hold its row until the transaction ends.

    Rows that refer to it may be added meanwhile: a delivery that records how it ended
    need not wait for a turn, nor a turn for it.

    Raises:
        NotFound: this account has no such conversation.
    """
    return await _read(tx, conversation_id, f"SELECT {_COLUMNS} FOR NO KEY UPDATE OF c")


async def find_conversation(tx: Tx, conversation_id: str) -> StoredConversation:
    """Read it without holding it. Raises: NotFound: this account has no such one."""
    return await _read(tx, conversation_id, f"SELECT {_COLUMNS}")


async def begin_thinking(
    tx: Tx, conversation_id: str, now: datetime, until: datetime
) -> StoredConversation | None:
    """Read a conversation whose burst is due, unless another process thinks about it.

    The mark is a hint that saves double work; correctness comes from the lease that
    is compared when the answer is saved. It need not survive a crash.
    """
    await tx.run("SET LOCAL synchronous_commit = off")
    row = await tx.one(
        """UPDATE conversations c SET thinking_until = %s FROM inboxes i
        WHERE c.id = %s AND c.turn_due_at <= %s AND i.id = c.inbox_id
            AND (c.thinking_until IS NULL OR c.thinking_until <= %s)
        RETURNING c.*, i.kind AS inbox_kind, NULL AS wait_seconds,
            NULL AS bot_deadlines, NULL AS inbox_deadlines, i.reply_window_hours,
            NULL AS on_return,
            'UTC' AS time_zone, NULL AS working_hours, '[]'::jsonb AS holidays""",
        until,
        conversation_id,
        now,
        now,
    )
    return stored_conversation(row) if row else None


async def stop_thinking(tx: Tx, conversation_id: str) -> None:
    """Let another process think about it at once."""
    await tx.run(
        "UPDATE conversations SET thinking_until = NULL WHERE id = %s", conversation_id
    )


async def clear_turn(tx: Tx, conversation_id: str) -> None:
    """No burst waits for the bot any more."""
    await tx.run(
        """UPDATE conversations SET turn_due_at = NULL, thinking_until = NULL
        WHERE id = %s""",
        conversation_id,
    )


async def load_situation(
    tx: Tx, conversation: StoredConversation, now: datetime
) -> Situation:
    """Everything a move may look at, read in this transaction.

    Teams only where the conversation belongs to one, whose hours are its hours then;
    what choosing somebody needs besides comes from `store.routing`.
    """
    bot = await find_bot(tx, conversation.bot_id) if conversation.bot_id else None
    terms, team_id = conversation.terms, conversation.state.team_id
    routing = Routing()
    if team_id:
        routing = Routing(teams=await find_chains(tx, [team_id]))
        if team_id in routing.teams:
            terms = replace(terms, hours=routing.teams[team_id].hours)
    return Situation(
        conversation=conversation.state,
        contact=await find_contact(tx, conversation.contact_id),
        bot=bot,
        roster=await load_roster(tx),
        now=now,
        terms=terms,
        routing=routing,
    )


async def insert_conversation(
    tx: Tx,
    *,
    inbox_id: str,
    contact_id: str,
    bot_id: str | None,
    workflow_id: str | None,
    now: datetime,
    handle: str | None = None,
) -> ConversationId:
    """A new conversation; the bot has control."""
    conversation_id = ConversationId(new_id("conversation"))
    await tx.run(
        """INSERT INTO conversations
            (id, account_id, inbox_id, contact_id, bot_id, workflow_id, created_at,
             last_message_at, handle)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        conversation_id,
        tx.account_id,
        inbox_id,
        contact_id,
        bot_id,
        workflow_id,
        now,
        now,
        handle,
    )
    return conversation_id


async def latest_conversation(
    tx: Tx, inbox_id: str, contact_id: str
) -> ConversationId | None:
    """The contact's most recent conversation in an inbox, whatever its status."""
    row = await tx.one(
        """SELECT id FROM conversations WHERE contact_id = %s AND inbox_id = %s
        ORDER BY id DESC LIMIT 1""",
        contact_id,
        inbox_id,
    )
    return ConversationId(row["id"]) if row else None


async def last_holder_elsewhere(
    tx: Tx, conversation: StoredConversation
) -> StaffId | None:
    """Who had the contact last in another conversation; None where nobody had.

    None as well while that one is not resolved: its matter goes on there.
    """
    row = await tx.one(
        """SELECT status, coalesce(assignee_id, last_holder_id) AS holder
        FROM conversations WHERE contact_id = %s AND id <> %s
            AND (assignee_id IS NOT NULL OR last_holder_id IS NOT NULL)
        ORDER BY last_message_at DESC, id DESC LIMIT 1""",
        conversation.contact_id,
        conversation.id,
    )
    if row is None or row["status"] != Status.RESOLVED:
        return None
    return StaffId(row["holder"])


async def switch_bot(tx: Tx, conversation_id: str, bot_id: BotId) -> None:
    """Have another bot answer here, and remember the one before."""
    await tx.run(
        """UPDATE conversations SET bot_id = %s,
            left_bots = array_remove(left_bots, %s)
                || COALESCE(ARRAY[bot_id], ARRAY[]::text[])
        WHERE id = %s""",
        bot_id,
        bot_id,
        conversation_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMark:
    """What a save does to the burst that waits for the bot.

    due_at: when it is to be answered; None leaves that as it is. A thought that is
        under way goes on.
    settled: nothing waits any more: it was answered, or people have control.
    """

    due_at: datetime | None = None
    settled: bool = False


_UPDATE: Final = f"""UPDATE conversations SET
    {", ".join(f"{name} = %s" for name in (*STATE_FIELDS, "due_at"))},
    last_message_at = GREATEST(last_message_at, %s),
    turn_due_at = CASE WHEN %s THEN NULL ELSE COALESCE(%s, turn_due_at) END,
    thinking_until = CASE WHEN %s THEN NULL ELSE thinking_until END
    WHERE id = %s"""  # noqa: S608 - the columns are the constant above


async def update_state(
    tx: Tx, state: Conversation, *, said_at: datetime | None, turn: TurnMark
) -> datetime | None:
    """Write the state and what follows from it in one statement.

    said_at: when something was said in this save, which moves the conversation up in
        the lists; None when nothing was.
    Returns when the conversation is next due.
    """
    due = due_at(state)
    values = [getattr(state, name) for name in STATE_FIELDS]
    await tx.run(
        _UPDATE,
        *(*values, due, said_at),
        *(turn.settled, turn.due_at, turn.settled, state.id),
    )
    return due


async def _read(tx: Tx, conversation_id: str, sql: str) -> StoredConversation:
    row = await tx.one(sql, conversation_id)
    if row is None:
        raise NotFound("conversation", conversation_id)
    return stored_conversation(row)


def stored_conversation(row: Mapping[str, Any]) -> StoredConversation:
    """One row of `conversations` with the `inbox_kind` joined to it."""
    return StoredConversation(
        state=conversation_from_row(row),
        inbox_id=row["inbox_id"],
        inbox_kind=row["inbox_kind"],
        contact_id=row["contact_id"],
        bot_id=row["bot_id"],
        workflow_id=row["workflow_id"],
        turn_due_at=row["turn_due_at"],
        thinking_until=row["thinking_until"],
        wait_seconds=row["wait_seconds"],
        created_at=row["created_at"],
        terms=terms_from_row(row),
        left_bots=tuple(row["left_bots"]),
        handle=row["handle"],
    )
