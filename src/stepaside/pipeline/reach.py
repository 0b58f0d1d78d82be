"""Telling staff outside the desk: what goes out now, what waits, what is left out.

Apart from the messages to contacts, and each place apart from every other: a mail
server that takes half a minute for each e-mail delays e-mails and nothing else.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stepaside.core.effects import NotificationEvent
from stepaside.core.errors import Refusal
from stepaside.core.events import BOT, Event, EventType
from stepaside.core.ids import StaffId, TaskId
from stepaside.core.reach import PACES, NotificationChannel, pace_until, quiet_until
from stepaside.core.retry import AttemptError, retry_delay
from stepaside.core.turn import Author
from stepaside.notify.base import Notice, NoticeError
from stepaside.pipeline.claim_links import claim_link
from stepaside.pipeline.runtime import Runtime, attempt
from stepaside.sayings.reader import Reader, reader_of
from stepaside.store import messages, outbox, telling
from stepaside.store.contacts import find_contact
from stepaside.store.conversations import find_conversation
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.events import append_events
from stepaside.store.messages import Message
from stepaside.store.notification_settings import quiet_of
from stepaside.store.notification_targets import (
    find_target,
    remove_target,
)
from stepaside.store.notifications import (
    Notification,
    NotificationState,
    find_notification,
)
from stepaside.store.outbox import OutboxRow
from stepaside.store.preferences import preferences_in_force
from stepaside.store.staff import get_staff
from stepaside.store.tasks import get_task

_ROUNDS: Final = 50
_LISTED: Final = 10
"""Notifications that a summary names one by one."""


class NotGivenUp(Refusal):
    """The notification is on its way, has arrived, or is not needed any more."""

    def __init__(self) -> None:
        super().__init__(
            "Only a notification that could not be delivered is sent again."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one notification goes."""

    to_name: str
    address: str
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One notice that was claimed. `notice` None: looking at it settled it."""

    row: OutboxRow
    notification: Notification
    notice: Notice | None


async def tell(rt: Runtime, account_id: str, outbox_id: str) -> int:
    """Tell one person one thing, if it is due; how many were settled, 0 or 1.

    At least once, with the same key at every try.
    """
    async with rt.db.transaction(account_id) as tx:
        channel = await outbox.channel_of(tx, outbox_id)
    if channel is None:
        return 0
    async with rt.lanes.of(channel):
        async with rt.db.transaction(account_id) as tx:
            work = await _take(rt, tx, outbox_id)
        if work is None or work.notice is None:
            return int(work is not None)
        error = await send_notice(rt, str(work.notification.channel), work.notice)
        async with rt.db.transaction(account_id) as tx:
            await _record(rt, tx, work, error)
    return int(error is None or not error.retry)


async def tell_due(rt: Runtime, limit: int = 100) -> int:
    """Start telling what is overdue in any account, each channel by itself.

    Returns at once, with 0: a slow channel must hold up no other sweep.
    """
    for channel in NotificationChannel:
        if channel is not NotificationChannel.IN_APP and rt.lanes.start(channel):
            rt.background.spawn(_catch_up(rt, channel, limit))
    return 0


async def resend(rt: Runtime, account_id: str, notification_id: str) -> None:
    """Send a notification again that was given up.

    Raises:
        NotFound: there is none.
        NotGivenUp: it is on its way, or arrived.
    """
    async with rt.db.transaction(account_id) as tx:
        found = await find_notification(tx, notification_id)
        if found is None:
            raise NotFound("notification", notification_id)
        # One that went out in a summary goes out again with it.
        row = await telling.revive(tx, found.summary_id or found.id, rt.now())
        if row is None:
            raise NotGivenUp
    rt.background.spawn(tell(rt, account_id, row))


async def send_notice(rt: Runtime, channel: str, notice: Notice) -> NoticeError | None:
    """Send it, once; what went wrong, or None. Never call it in a transaction."""
    try:
        await rt.notifiers[channel](notice)
    except NoticeError as error:
        return error
    except AttemptError as error:
        return NoticeError(str(error), retry=error.retry, retry_after=error.retry_after)
    except Exception as error:  # noqa: BLE001
        # A defect in a sender is retried like a fault of the other side, and shown.
        return NoticeError(f"It failed here ({type(error).__name__}).", retry=True)
    return None


async def _catch_up(rt: Runtime, channel: NotificationChannel, limit: int) -> None:
    try:
        for _ in range(_ROUNDS):
            async with rt.db.connection() as conn:
                cursor = await conn.execute(
                    "SELECT * FROM untold_staff(%s, %s, %s)",
                    (channel, rt.now(), limit),
                )
                rows = await cursor.fetchall()
            await asyncio.gather(
                *(attempt(tell(rt, row["account_id"], row["id"])) for row in rows)
            )
            if len(rows) < limit:
                return
    finally:
        rt.lanes.stop(channel)


async def _take(rt: Runtime, tx: Tx, outbox_id: str) -> _Work | None:
    now = rt.now()
    await telling.hold_lane(tx, outbox_id)
    row = await outbox.claim(tx, outbox_id, now, now + rt.limits.sending)
    if row is None:
        return None
    n = await find_notification(tx, str(row.notification_id))
    assert n is not None  # noqa: S101 - the row refers to it
    settled = _Work(row=row, notification=n, notice=None)
    place = await _place(tx, n)
    if isinstance(place, str):
        await telling.settle(tx, row, NotificationState.SKIPPED, now, place)
        return settled
    if n.channel not in rt.notifiers:
        detail = f"{n.channel} is not set up on this installation."
        await telling.settle(tx, row, NotificationState.FAILED, now, detail)
        return settled
    if not await telling.still_matters(tx, n.id):
        await telling.settle(tx, row, NotificationState.SKIPPED, now)
        return settled
    until = await _hold_until(tx, n, now)
    if until is not None:
        await telling.hold(tx, row, until)
        return settled
    notice = await _notice(rt, tx, row, n, place)
    return _Work(row=row, notification=n, notice=notice)


async def _place(tx: Tx, n: Notification) -> _Place | str:
    """Where it goes, or why it goes nowhere any more."""
    target = await find_target(tx, n.target_id) if n.target_id else None
    if n.target_id and target is None:
        return "This browser or chat was removed."
    if n.staff_id is None:
        assert target is not None  # noqa: S101 - an account is told in chats only
        return _Place(to_name=target.name, address=target.address, keys=target.keys)
    try:
        stored = await get_staff(tx, n.staff_id)
    except NotFound:
        return "The staff member was deleted."
    if not stored.member.active:
        return "The staff member was disabled."
    own = stored.phone if n.channel is NotificationChannel.SMS else stored.member.email
    return _Place(
        to_name=stored.member.name,
        address=target.address if target else own,
        keys=target.keys if target else {},
    )


async def _hold_until(tx: Tx, n: Notification, now: datetime) -> datetime | None:
    """Until when this waits, for quiet hours or as one of a flood; None: it goes."""
    if n.staff_id is not None:
        until = quiet_until(await quiet_of(tx, n.staff_id), n.event, now)
        if until > now:
            return until
    pace = PACES[n.channel]
    since = now - pace.within
    told_at = await telling.told_at(tx, n, since, now)
    summary_at = await telling.summary_at(tx, n, since)
    until = pace_until(pace, told_at, now, summary_at)
    if until > now:
        return until
    if n.held_until is not None:
        return None
    # Behind those that wait already, in one summary with them; but what is urgent
    # does not wait for the end of the night.
    others = await telling.held_by(tx, n, now)
    return others if others and others <= now + pace.within else None


async def _notice(
    rt: Runtime, tx: Tx, row: OutboxRow, n: Notification, place: _Place
) -> Notice:
    others = await telling.gather(tx, n, rt.now())
    reader = await find_reader(tx, n.staff_id)
    if others:
        return _summary(rt, row, place, [n, *others], reader)
    link = f"{rt.desk_url}/conversations/{n.conversation_id}"
    return Notice(
        key=row.key,
        to_name=place.to_name,
        to_address=place.address,
        to_keys=place.keys,
        title=reader.again(n.title),
        body=await _body(tx, n, reader),
        reader=reader,
        link=link if n.conversation_id and rt.desk_url else "",
        claim_link=await claim_link(rt, tx, n),
        thread=n.conversation_id or "",
        lines=await _last_words(tx, n.conversation_id, reader)
        if n.conversation_id
        else (),
    )


async def find_reader(tx: Tx, staff_id: StaffId | None) -> Reader:
    """In which language and zone to tell somebody; None: everybody in a chat."""
    chosen = await preferences_in_force(tx, staff_id)
    return reader_of(chosen.language, chosen.time_zone)


async def _body(tx: Tx, n: Notification, reader: Reader) -> str:
    """What it says below its title; when a task is due, on the reader's clock."""
    body = n.body if n.event.quotes else reader.again(n.body)
    if n.task_id is None:
        return body
    try:
        task = await get_task(tx, TaskId(n.task_id))
    except NotFound:
        return body
    due = reader.say("Due %(when)s.", when=reader.when(task.due_at))
    return f"{due} {body}".strip()


def _summary(
    rt: Runtime,
    row: OutboxRow,
    place: _Place,
    told: Sequence[Notification],
    reader: Reader,
) -> Notice:
    """Many at once, in one notice: how many of what, the first ones by name."""
    waiting = sum(n.event is NotificationEvent.HANDOVER_WAITING for n in told)
    rest = len(told) - waiting
    parts = [
        reader.say_number(
            "%(n)s waiting for a person", "%(n)s waiting for a person", waiting
        )
        if waiting
        else "",
        reader.say_number("%(n)s other notification", "%(n)s other notifications", rest)
        if rest
        else "",
    ]
    titles = [f"• {reader.again(n.title)}" for n in told[:_LISTED]]
    if len(told) > _LISTED:
        titles.append(reader.say("… and %(n)s more", n=str(len(told) - _LISTED)))
    return Notice(
        key=row.key,
        to_name=place.to_name,
        to_address=place.address,
        to_keys=place.keys,
        title=reader.say(" and ").join(part for part in parts if part),
        body="\n".join(titles),
        reader=reader,
        link=f"{rt.desk_url}/notifications" if rt.desk_url else "",
    )


async def _last_words(
    tx: Tx, conversation_id: str, reader: Reader
) -> tuple[tuple[str, str], ...]:
    said = await messages.transcript(tx, conversation_id, limit=6)
    conversation = await find_conversation(tx, conversation_id)
    contact = await find_contact(tx, conversation.contact_id)
    heard = (m for m in said if not m.private)
    return tuple((_speaker(m, contact.name, reader), m.text) for m in heard)


def _speaker(message: Message, contact: str, reader: Reader) -> str:
    if message.author is Author.CONTACT:
        return contact or reader.say("Contact")
    is_bot = message.author is Author.BOT
    return reader.say("Bot") if is_bot else reader.say("Colleague")


async def _record(rt: Runtime, tx: Tx, work: _Work, error: NoticeError | None) -> None:
    row, now = work.row, rt.now()
    if error is None:
        await telling.settle(tx, row, NotificationState.SENT, now)
        return
    detail = str(error)
    if error.gone:
        await remove_target(tx, work.notification.target_id, work.notification.staff_id)
        await telling.settle(tx, row, NotificationState.SKIPPED, now, detail)
        return
    delay = retry_delay(row.attempts, rt.jitter(), error.retry_after)
    if error.retry and delay is not None:
        if await outbox.try_again(tx, row, now + delay, detail, row.id):
            await telling.note_try(tx, row, detail)
        return
    if not await telling.settle(tx, row, NotificationState.FAILED, now, detail):
        return
    failed = Event(
        type=EventType.DELIVERY_FAILED, at=now, actor=BOT, data={"detail": detail}
    )
    await append_events(tx, row.conversation_id, [failed])
