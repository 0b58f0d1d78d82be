"""Storing what comes in, once, and seeing to it that somebody answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stepaside.channels.base import Echo, Inbound, Progress, StatusReport
from stepaside.core import moves
from stepaside.core.conversation import Control
from stepaside.core.errors import InvalidField
from stepaside.core.events import OUTSIDE, Event, EventType
from stepaside.core.ids import ConversationId, HandoverId, InboxId, MessageId
from stepaside.core.outcome import Outcome
from stepaside.core.returning import comes_back
from stepaside.core.roster import Contact, ContactRef
from stepaside.core.turn import Author
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.returning import find_return
from stepaside.pipeline.runtime import Runtime
from stepaside.pipeline.take_turn import record_silence, take_turn
from stepaside.store import messages
from stepaside.store.contacts import identify
from stepaside.store.conversations import (
    StoredConversation,
    TurnMark,
    insert_conversation,
    load_situation,
    lock_conversation,
)
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.events import append_events
from stepaside.store.identities import conversation_with, keep_handle
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, get_inbox
from stepaside.store.messages import Message, MessageState
from stepaside.store.queue import defer_turn
from stepaside.store.save import save_outcome
from stepaside.store.workflows import get_workflow

CHANNEL_WAIT: Final = timedelta(seconds=2)
"""How long to wait for more of a burst on a channel, unless the bot says otherwise."""
LONGEST_WAIT: Final = 5
"""A burst that never ends is answered after this many times the wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a message from outside. `duplicate`: it was there already.

    at: its place in the transcript, told of a new message of the contact so that
        nobody has to read it back; None for any other.
    message: a new one of staff or a bot as stored, read in the commit that made it.
    """

    message_id: MessageId
    conversation_id: ConversationId
    duplicate: bool = False
    at: datetime | None = None
    message: Message | None = None


async def start_conversation(
    rt: Runtime,
    account_id: str,
    *,
    inbox_id: str,
    contact: ContactRef,
    workflow_id: str | None = None,
) -> ConversationId:
    """Open a conversation, as `open_conversation` says."""
    async with rt.db.transaction(account_id) as tx:
        return await open_conversation(
            tx,
            rt.now(),
            inbox_id=inbox_id,
            contact=contact,
            workflow_id=workflow_id,
        )


async def open_conversation(
    tx: Tx,
    now: datetime,
    *,
    inbox_id: str,
    contact: ContactRef,
    workflow_id: str | None = None,
) -> ConversationId:
    """Open a conversation before anything was said; the bot has control.

    In the caller's transaction, for who has to answer with what was made: read
    afterwards, it could be made and the caller told that it failed.

    workflow_id: overrides the inbox's own workflow; it picks the bot.
    Raises:
        NotFound: the inbox or the workflow does not exist.
    """
    inbox = await get_inbox(tx, InboxId(inbox_id))
    person = await _identify(tx, inbox, contact, now)
    bot_id, workflow = await _entry(tx, inbox, workflow_id)
    opened = await insert_conversation(
        tx,
        inbox_id=inbox_id,
        contact_id=person.id,
        bot_id=bot_id,
        workflow_id=workflow,
        now=now,
        handle=contact.external_id,
    )
    await _append(tx, opened, EventType.CONVERSATION_STARTED, now)
    return opened


async def receive(rt: Runtime, account_id: str, inbound: Inbound) -> Received:
    """Store a message of the contact once, and have the bot answer if it has control.

    The same provider id again stores nothing and starts nothing, however it comes and
    whatever it says now. Opens a resolved or snoozed conversation again.

    Raises:
        NotFound: the inbox or the conversation does not exist.
        InvalidField: the conversation was named, and a message of the business or of
            another conversation of its inbox has the provider id.
    """
    try:
        async with rt.db.transaction(account_id) as tx:
            stored = await _store(rt, tx, inbound)
    except _SeenBefore as seen:
        return await _first(rt, account_id, seen, here=inbound.conversation_id)
    deliver_soon(rt, account_id, stored.streams)
    conversation_id, now = stored.conversation_id, stored.now
    if stored.due:
        rt.background.spawn_after(
            stored.due - now, lambda: take_turn(rt, account_id, conversation_id)
        )
    return Received(
        message_id=stored.message_id,
        conversation_id=conversation_id,
        at=inbound.at or now,
    )


async def receive_echo(rt: Runtime, account_id: str, echo: Echo) -> Received | None:
    """Take a message of the business that the channel reports back.

    Our own changes nothing, but for learning the provider's id. Anybody else's is a
    person speaking outside the desk: they take over, and the bot is silent. Works
    before the contact ever wrote.

    Returns None when the echo was our own.
    """
    try:
        async with rt.db.transaction(account_id) as tx:
            return await _store_echo(rt, tx, echo)
    except _SeenBefore as seen:
        return await _first(rt, account_id, seen)


async def report_status(rt: Runtime, account_id: str, report: StatusReport) -> bool:
    """Take a provider's report about one of our messages; False when it says nothing.

    Reports come in any order: `delivered` never takes the place of `read`.
    """
    state = _STATES[report.progress]
    async with rt.db.transaction(account_id) as tx:
        message = await messages.raise_message_state(
            tx, report.inbox_id, report.external_id, state
        )
        if message is None:
            return False
        await _append(
            tx,
            message.conversation_id,
            EventType.MESSAGE_STATUS_CHANGED,
            rt.now(),
            message_id=message.id,
            state=str(state),
        )
    return True


_STATES: Final = {
    Progress.SENT: MessageState.SENT,
    Progress.DELIVERED: MessageState.DELIVERED,
    Progress.READ: MessageState.READ,
    Progress.FAILED: MessageState.FAILED,
}


def echo_of(echo: Echo) -> messages.EchoOf:
    """What an echo says about which message it repeats."""
    return messages.EchoOf(
        external_id=echo.external_id, reference=echo.reference, text=echo.text
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A new message of the contact. due: when the bot answers; None: it does not."""

    message_id: MessageId
    conversation_id: ConversationId
    now: datetime
    due: datetime | None
    streams: list[str]


class _SeenBefore(Exception):
    """A message is there already: whatever was made for it has to go again.

    Raised out of the transaction. Only the unique index tells two deliveries at the
    same instant apart, and by then a contact and a conversation may have been made.
    """

    def __init__(self, inbox_id: str, external_id: str | None) -> None:
        super().__init__(external_id)
        self.inbox_id = inbox_id
        self.external_id = str(external_id)


async def _store(rt: Runtime, tx: Tx, inbound: Inbound) -> _Stored:
    now = rt.now()
    conversation = await _conversation_for(tx, inbound, now)
    back = await find_return(tx, conversation, now)
    to_person = back is not None and back.is_possible
    bot_has_it = conversation.state.control is Control.BOT and not to_person
    message_id = await messages.insert_message(
        tx,
        conversation_id=conversation.id,
        inbox_id=conversation.inbox_id,
        author=Author.CONTACT,
        text=inbound.text,
        external_id=inbound.external_id,
        state=MessageState.RECEIVED,
        awaits_bot=bot_has_it,
        at=_said_at(inbound.at, now),
        now=now,
    )
    if message_id is None:
        raise _SeenBefore(conversation.inbox_id, inbound.external_id)
    if back:
        episode = HandoverId(new_id("handover"))
        outcome = comes_back(back.situation, now, message_id, episode, back.last)
    else:
        outcome = await _outcome(tx, conversation, message_id, inbound.text, now)
    due = await _turn_due(tx, conversation, now) if bot_has_it else None
    saved = await save_outcome(tx, conversation, outcome, now, TurnMark(due_at=due))
    if due:
        await defer_turn(tx, conversation.id, due + rt.limits.net)
    else:
        await record_silence(tx, conversation.state, [message_id], now)
    return _Stored(
        message_id=message_id,
        conversation_id=conversation.id,
        now=now,
        due=due,
        streams=saved.streams,
    )


async def _store_echo(rt: Runtime, tx: Tx, echo: Echo) -> Received | None:
    now = rt.now()
    inbox = await get_inbox(tx, InboxId(echo.inbox_id))
    # Ours may come back under a name of the contact that we have not met.
    if await messages.recognise_echo(tx, inbox.id, echo_of(echo)):
        return None
    conversation = await _latest(tx, inbox, echo.contact, now)
    if await messages.recognise_words(tx, conversation.id, echo_of(echo)):
        return None
    message_id = await messages.insert_message(
        tx,
        conversation_id=conversation.id,
        inbox_id=inbox.id,
        author=Author.STAFF,
        text=echo.text,
        external_id=echo.external_id,
        state=MessageState.SENT,
        at=_said_at(echo.at, now),
        now=now,
    )
    if message_id is None:
        raise _SeenBefore(inbox.id, echo.external_id)
    situation = await load_situation(tx, conversation, now)
    outcome = moves.staff_replies(
        situation, OUTSIDE, message_id, HandoverId(new_id("handover"))
    )
    await save_outcome(tx, conversation, outcome, now)
    return Received(message_id=message_id, conversation_id=conversation.id)


async def _first(
    rt: Runtime, account_id: str, seen: _SeenBefore, *, here: str | None = None
) -> Received:
    """What came before. here: the conversation that was named, if one was."""
    async with rt.db.transaction(account_id) as tx:
        first = await messages.find_by_external_id(tx, seen.inbox_id, seen.external_id)
    if first is None:
        raise NotFound("message", seen.external_id)
    is_theirs = first.conversation_id == here and first.author is Author.CONTACT
    if here and not is_theirs:
        raise InvalidField(
            "external_id", "another message of this inbox has it; choose one of its own"
        )
    return Received(
        message_id=first.id, conversation_id=first.conversation_id, duplicate=True
    )


async def _conversation_for(
    tx: Tx, inbound: Inbound, now: datetime
) -> StoredConversation:
    if inbound.conversation_id:
        found = await lock_conversation(tx, inbound.conversation_id)
        if inbound.inbox_id and found.inbox_id != inbound.inbox_id:
            raise NotFound("conversation", inbound.conversation_id)
        return found
    inbox = await get_inbox(tx, InboxId(inbound.inbox_id))
    return await _latest(tx, inbox, inbound.sender or ContactRef(), now)


async def _latest(
    tx: Tx, inbox: Inbox, ref: ContactRef, now: datetime
) -> StoredConversation:
    person = await _identify(tx, inbox, ref, now)
    bot_id, workflow_id = await _entry(tx, inbox, None)
    found = await conversation_with(
        tx,
        inbox_id=inbox.id,
        contact_id=person.id,
        bot_id=bot_id,
        workflow_id=workflow_id,
        now=now,
    )
    conversation = await lock_conversation(tx, found)
    await keep_handle(tx, conversation, ref.external_id)
    return conversation


async def _identify(tx: Tx, inbox: Inbox, ref: ContactRef, now: datetime) -> Contact:
    return await identify(
        tx, inbox.id, ref, own_ids=inbox.kind is InboxKind.API, now=now
    )


async def _entry(
    tx: Tx, inbox: Inbox, workflow_id: str | None
) -> tuple[str | None, str | None]:
    """The bot and the workflow of a new conversation: a workflow picks the bot."""
    chosen = workflow_id or inbox.workflow_id
    if chosen is None:
        return inbox.bot_id, None
    workflow = await get_workflow(tx, chosen)  # type: ignore[arg-type]
    return workflow.bot_id, workflow.id


async def _outcome(
    tx: Tx, conversation: StoredConversation, message_id: str, text: str, now: datetime
) -> Outcome:
    """That the contact wrote, and that whoever has the conversation is told so."""
    wrote = moves.contact_writes(
        conversation.state, now, message_id, conversation.terms
    )
    if conversation.state.assignee_id is None:
        return wrote
    situation = await load_situation(tx, conversation, now)
    notice = moves.reply_notice(situation, message_id, text)
    return wrote.also(notice) if notice else wrote


def _said_at(reported: datetime | None, now: datetime) -> datetime:
    """The provider's time, but never a later one than ours.

    A clock that is ahead would keep a message below everything said after it.
    """
    return min(reported, now) if reported else now


async def _turn_due(
    tx: Tx, conversation: StoredConversation, now: datetime
) -> datetime:
    """When to answer: once the burst has come to an end, but not for ever later.

    Counted from the burst's own start: the contact may have waited for people before.
    """
    wait = CHANNEL_WAIT
    if conversation.wait_seconds is not None:
        wait = timedelta(seconds=conversation.wait_seconds)
    elif conversation.inbox_kind == InboxKind.API:
        wait = timedelta(0)
    if conversation.turn_due_at is None:
        return now + wait
    started = await messages.bot_awaited_since(tx, conversation.id) or now
    return max(now, min(now + wait, started + wait * LONGEST_WAIT))


async def _append(
    tx: Tx, conversation_id: str, type_: EventType, at: datetime, **data: str
) -> None:
    event = Event(type=type_, at=at, actor=OUTSIDE, data=data)
    await append_events(tx, conversation_id, [event])
