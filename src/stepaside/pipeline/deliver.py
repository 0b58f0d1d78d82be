"""Carrying out effects: take one, check its lease, do it, record the attempt."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stepaside.channels.base import Outbound
from stepaside.core import effects as fx
from stepaside.core.effects import MessageKind
from stepaside.core.events import BOT, Event, EventType
from stepaside.core.outcome import Situation
from stepaside.core.retry import MAX_ATTEMPTS, AttemptError, retry_delay
from stepaside.core.schedule import window_closed
from stepaside.core.turn import Author
from stepaside.pipeline.reach import tell
from stepaside.pipeline.runtime import Runtime, attempt, sweep_aside
from stepaside.store import messages, notifications, outbox
from stepaside.store.conversations import (
    StoredConversation,
    load_situation,
    lock_conversation,
)
from stepaside.store.database import Tx
from stepaside.store.events import append_events
from stepaside.store.handovers import find_handover
from stepaside.store.identities import recipient
from stepaside.store.ids import is_id
from stepaside.store.inboxes import get_inbox
from stepaside.store.messages import Message, MessageState
from stepaside.store.outbox import OutboxRow, OutboxState


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One effect that was claimed, ready to be carried out without the database.

    job: None when looking at it already settled it (dropped, or nowhere to send).
    """

    row: OutboxRow
    job: Outbound | None
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """How an attempt ended. `error` empty: well."""

    external_id: str | None = None
    error: str = ""
    retry: bool = False
    retry_after: timedelta | None = None


_SWEEP: Final = "messages:sweep"
PATIENCE: Final = timedelta(hours=12)
"""How long a message is tried at least, however often further ones brought its tries
forward; the shortest of the usual waits add up to more."""
WINDOW_CLOSED: Final = (
    "The channel's reply window has closed: only an approved template reaches the "
    "contact now, until they write again."
)
"""Why a message failed that came too late. We send no templates: staff are told, and
send one where the channel's provider keeps them."""


def deliver_soon(rt: Runtime, account_id: str, streams: Iterable[str]) -> None:
    """The fast path: the process that stored effects carries them out at once."""
    for stream in dict.fromkeys(streams):
        rt.background.spawn(deliver(rt, account_id, stream))


async def deliver(rt: Runtime, account_id: str, stream: str) -> int:
    """Carry out what is due in a stream, in order; how many effects were settled.

    stream: a conversation, whose messages go out one after the other, or one outbox
        row, which tells somebody something. At least once, with the same key at every
        try.
    """
    if is_id("outbox", stream):
        return await tell(rt, account_id, stream)
    settled = 0
    while True:
        async with rt.db.transaction(account_id) as tx:
            work = await _take(rt, tx, stream)
        if work is None:
            return settled
        if work.job is not None:
            result = await _carry_out(rt, work, work.job)
            if not await _record(rt, account_id, work, result):
                return settled
        settled += 1


async def deliver_aside(rt: Runtime, account_id: str, stream: str) -> None:
    """What a job does: see to it, and not wait for it.

    A channel that hangs, or a hundred e-mails over a slow server, would take every
    job's place, and turns and timers of all accounts would be late.
    """
    if is_id("outbox", stream):
        rt.background.spawn(deliver(rt, account_id, stream))
    else:
        rt.background.spawn(_in_lane(rt, account_id, stream))


async def deliver_due_aside(rt: Runtime, limit: int = 100) -> int:
    """Start sending what is overdue in any account, and wait for none of it."""
    return sweep_aside(rt, _SWEEP, deliver_due, limit)


async def deliver_due(rt: Runtime, limit: int = 100) -> int:
    """Send overdue messages of any account; how many were found."""
    async with rt.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT * FROM undelivered_effects(%s, %s)", (rt.now(), limit)
        )
        rows = await cursor.fetchall()
    streams = {(row["account_id"], row["conversation_id"]) for row in rows}
    works = (_in_lane(rt, account_id, stream) for account_id, stream in sorted(streams))
    await asyncio.gather(*map(attempt, works))
    return len(rows)


async def _in_lane(rt: Runtime, account_id: str, stream: str) -> None:
    """Each account has its own lane: a dead channel holds up no other account."""
    async with rt.lanes.of(f"messages:{account_id}"):
        await deliver(rt, account_id, stream)


async def _take(rt: Runtime, tx: Tx, conversation_id: str) -> _Work | None:
    """What is next in a conversation, which is held before any of its rows.

    As by those who queue: who held a row and waited for the conversation would stand
    in their way, and a row that is held by one is passed by another.
    """
    if await outbox.first_waiting(tx, conversation_id, rt.now()) is None:
        return None
    conversation = await lock_conversation(tx, conversation_id)
    now = rt.now()
    row = await outbox.first_waiting(tx, conversation_id, now)
    if row is None:
        return None
    message = await _message(tx, row)
    # Also before its next try is due: something else may wait behind it.
    why_not = await _silenced(tx, conversation, message)
    if why_not:
        await _drop(tx, row, message, why_not, now)
        return _Work(row=row, job=None)
    claimed = await outbox.claim(tx, row.id, now, now + rt.limits.sending)
    if claimed is None:
        return None
    return await _message_work(rt, tx, claimed, conversation, message)


async def _message(tx: Tx, row: OutboxRow) -> Message:
    message = await messages.find_message(tx, str(row.message_id))
    assert message is not None  # noqa: S101 - the row refers to it
    return message


async def _message_work(
    rt: Runtime,
    tx: Tx,
    row: OutboxRow,
    conversation: StoredConversation,
    message: Message,
) -> _Work:
    inbox = await get_inbox(tx, conversation.inbox_id)
    reason = ""
    if inbox.kind not in rt.senders:
        reason = f"Inboxes of kind {inbox.kind} cannot send."
    elif window_closed(conversation.state, rt.now()):
        reason = WINDOW_CLOSED
    if reason:
        await _fail_message(
            rt, tx, row, conversation=conversation, message=message, detail=reason
        )
        return _Work(row=row, job=None)
    situation = await load_situation(tx, conversation, rt.now())
    job = Outbound(
        key=row.key,
        message_id=message.id,
        conversation_id=conversation.id,
        recipient=await recipient(tx, conversation),
        author=str(message.author),
        author_name=_speaker(situation, message),
        text=message.text,
        at=message.at,
        settings=inbox.settings,
    )
    return _Work(row=row, job=job, channel=inbox.kind)


def _speaker(situation: Situation, message: Message) -> str:
    member = situation.roster.staff.get(message.staff_id) if message.staff_id else None
    if member:
        return member.name
    return situation.bot.name if situation.bot else ""


async def _silenced(tx: Tx, conversation: StoredConversation, message: Message) -> str:
    """Why a message must not be said any more; empty when it may be."""
    if message.author is not Author.BOT:
        return ""
    if message.kind is MessageKind.FINAL:
        if await messages.staff_spoke_after(tx, message.id):
            return "A person had already spoken."
        with_people = await _is_of_open_episode(tx, conversation, message)
        return "" if with_people else "The handover had ended before it could be sent."
    if message.lease != conversation.state.lease:
        return "Control had moved before it could be sent."
    return ""


async def _is_of_open_episode(
    tx: Tx, conversation: StoredConversation, message: Message
) -> bool:
    """Whether people have had control ever since it was said."""
    episode = conversation.state.handover_id
    handover = await find_handover(tx, episode) if episode else None
    return handover is not None and handover.started_at <= message.created_at


async def _drop(
    tx: Tx, row: OutboxRow, message: Message, why: str, now: datetime
) -> None:
    if row.attempts:
        why += " An earlier try may have reached the contact."
    if not await outbox.finish(tx, row, OutboxState.DROPPED, now, why):
        return
    await messages.set_message_state(tx, message.id, MessageState.DROPPED, detail=why)
    await _tell(
        tx, row, EventType.REPLY_DROPPED, now, message_id=message.id, reason=why
    )


async def _carry_out(rt: Runtime, work: _Work, job: Outbound) -> _Result:
    """The only place where something leaves the house; no transaction is open."""
    try:
        accepted = await rt.senders[work.channel](job)
        return _Result(external_id=accepted.external_id)
    except AttemptError as error:
        return _Result(
            error=str(error), retry=error.retry, retry_after=error.retry_after
        )
    except Exception as error:  # noqa: BLE001
        # A defect in a sender is retried like a fault of the other side, and shown.
        return _Result(error=f"{type(error).__name__}: {error}", retry=True)


async def _record(rt: Runtime, account_id: str, work: _Work, result: _Result) -> bool:
    """Write down how it went; False where the same has to be tried again later."""
    async with rt.db.transaction(account_id) as tx:
        if result.error:
            return await _failed(rt, tx, work.row, result)
        await _succeeded(rt, tx, work.row, result)
        return True


async def _succeeded(rt: Runtime, tx: Tx, row: OutboxRow, result: _Result) -> None:
    now = rt.now()
    if await outbox.finish(tx, row, OutboxState.SENT, now) and row.message_id:
        await messages.mark_sent(tx, row.message_id, result.external_id)
        await _tell(tx, row, EventType.MESSAGE_SENT, now, message_id=row.message_id)


async def _failed(rt: Runtime, tx: Tx, row: OutboxRow, result: _Result) -> bool:
    conversation = await lock_conversation(tx, str(row.conversation_id))
    message = await _message(tx, row)
    delay = _delay(rt, row, result)
    if delay is None:
        await _fail_message(
            *(rt, tx, row),
            conversation=conversation,
            message=message,
            detail=result.error,
        )
        return True
    why_not = await _silenced(tx, conversation, message)
    if why_not:  # while it was being sent
        await _drop(tx, row, message, why_not, rt.now())
        return True
    await _try_again(rt.now(), tx, row, result, delay)
    return False


def _delay(rt: Runtime, row: OutboxRow, result: _Result) -> timedelta | None:
    """The wait before the next try; None: it is given up."""
    if not result.retry:
        return None
    tries = row.attempts
    if rt.now() - row.created_at < PATIENCE:
        tries = min(tries, MAX_ATTEMPTS - 1)
    return retry_delay(tries, rt.jitter(), result.retry_after)


async def _try_again(
    now: datetime, tx: Tx, row: OutboxRow, result: _Result, delay: timedelta
) -> None:
    ours = await outbox.try_again(
        *(tx, row, now + delay, result.error, str(row.conversation_id)),
        not_before=now + result.retry_after if result.retry_after else None,
    )
    if ours and row.message_id:
        await messages.set_message_state(
            tx, row.message_id, MessageState.QUEUED, detail=result.error
        )


async def _fail_message(
    rt: Runtime,
    tx: Tx,
    row: OutboxRow,
    *,
    conversation: StoredConversation,
    message: Message,
    detail: str,
) -> None:
    """A message that cannot be sent is shown, and somebody is told."""
    now = rt.now()
    if not await outbox.finish(tx, row, OutboxState.FAILED, now, detail):
        return
    await messages.set_message_state(tx, message.id, MessageState.FAILED, detail=detail)
    await _tell(
        tx, row, EventType.DELIVERY_FAILED, now, message_id=message.id, detail=detail
    )
    situation = await load_situation(tx, conversation, now)
    await notifications.notify(
        tx,
        _undelivered(situation, message, detail),
        conversation_id=conversation.id,
        task_id=None,
        now=now,
    )


def _undelivered(s: Situation, message: Message, detail: str) -> fx.NotifyStaff:
    holder = s.roster.active(s.conversation.assignee_id)
    return fx.NotifyStaff(
        key=f"undelivered:{message.id}",
        event=fx.NotificationEvent.WARNING,
        staff_ids=(holder.id,) if holder else s.who_may_claim(),
        title=f"A message to {s.contact.name or 'a contact'} could not be sent",
        body=detail,
    )


async def _tell(
    tx: Tx, row: OutboxRow, type_: EventType, now: datetime, **data: str
) -> None:
    event = Event(type=type_, at=now, actor=BOT, data=data)
    await append_events(tx, row.conversation_id, [event])
