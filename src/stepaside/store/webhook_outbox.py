"""What webhooks are to be sent: rows written in the commit of what they tell.

Rows of one stream, which is one webhook and one conversation, go out one after the
other in the order in which they happened. The id of a row is its idempotency key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb

from stepaside.core.events import Actor, Event, EventType
from stepaside.store.database import Listener, Tx
from stepaside.store.ids import new_id
from stepaside.store.queue import defer_webhook
from stepaside.store.webhook_payloads import conversation_data, message_data, task_data
from stepaside.store.webhooks import TEST, WebhookEvent

GIVE_UP: Final = timedelta(days=1)
"""How long a delivery is tried before it is left to people to send it again."""
_SAID: Final[Mapping[EventType, tuple[WebhookEvent, ...]]] = {
    EventType.TAKEN_OVER: (WebhookEvent.CLAIMED,),
    EventType.CLAIMED: (WebhookEvent.CLAIMED,),
    EventType.ASSIGNED: (WebhookEvent.ASSIGNED,),
    EventType.RETURNED: (WebhookEvent.ASSIGNED,),
    EventType.STAFF_REPLIED: (WebhookEvent.FIRST_REPLY,),
    EventType.HANDED_BACK: (WebhookEvent.HANDED_BACK,),
    EventType.RESUMED: (WebhookEvent.RESUMED,),
    EventType.RESOLVED: (WebhookEvent.RESOLVED,),
    EventType.TASK_CREATED: (WebhookEvent.TASK_CREATED,),
    EventType.TASK_COMPLETED: (WebhookEvent.TASK_COMPLETED,),
}
_TASKS: Final = (EventType.TASK_CREATED, EventType.TASK_COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to tell one webhook.

    payload: the whole body, `type`, `timestamp` and `data`.
    """

    id: str
    webhook_id: str
    stream: str
    type: str
    payload: Mapping[str, Any]
    attempts: int
    give_up_at: datetime


async def tell_webhooks(
    tx: Tx, conversation_id: str | None, events: Iterable[Event]
) -> None:
    """Queue what the account's webhooks want to hear of these events."""
    for event in events:
        for type_ in _types(event):
            wanting = await _wanting(tx, type_)
            if wanting:
                await _tell(tx, wanting, type_, event, conversation_id)


async def tell_webhooks_of_message(
    tx: Tx, message: Mapping[str, Any], now: datetime
) -> None:
    """Queue a message that was just stored. message: its row."""
    wanting = await _wanting(tx, WebhookEvent.MESSAGE_CREATED)
    if not wanting:
        return
    data = await conversation_data(tx, message["conversation_id"], None)
    data["message"] = message_data(message)
    await _queue(
        tx,
        wanting,
        WebhookEvent.MESSAGE_CREATED,
        data,
        now,
        conversation_id=message["conversation_id"],
        key=f"message:{message['id']}",
    )


async def queue_test(tx: Tx, webhook_id: str, who: str, now: datetime) -> str:
    """Queue something to try a webhook with; its id, which is its stream as well."""
    made = new_id("webhook_delivery")
    data = {"text": "If you can read this, the webhook works.", "asked_by": who}
    await _insert(
        tx,
        made,
        webhook_id,
        _payload(TEST, data, now),
        now=now,
        stream=made,
        key=made,
        give_up_at=now,
    )
    return made


async def take_next(
    tx: Tx, stream: str, now: datetime, until: datetime
) -> Delivery | None:
    """Claim what is next in a stream; None when nothing is due.

    The oldest that is queued, or nothing while that waits for its next try. Whoever
    comes at the same instant waits for the claim and then finds nothing.
    """
    row = await tx.one(
        """UPDATE webhook_deliveries SET claimed_until = %s, attempts = attempts + 1
        WHERE id = (SELECT id FROM webhook_deliveries WHERE state = 'queued'
            AND stream = %s ORDER BY seq LIMIT 1 FOR UPDATE)
        AND next_attempt_at <= %s AND (claimed_until IS NULL OR claimed_until <= %s)
        RETURNING id, webhook_id, stream, type, payload, attempts, give_up_at""",
        *(until, stream, now, now),
    )
    return Delivery(**row) if row else None


async def finish(tx: Tx, delivery_id: str, state: str, now: datetime) -> None:
    """Record that a delivery is done with: `sent`, or `failed` for good."""
    await tx.run(
        "UPDATE webhook_deliveries SET state = %s, done_at = %s, claimed_until = NULL "
        "WHERE id = %s",
        *(state, now, delivery_id),
    )


async def try_again(tx: Tx, delivery: Delivery, at: datetime) -> None:
    """Leave a delivery queued for its next try, and have a worker make it."""
    await tx.run(
        "UPDATE webhook_deliveries SET next_attempt_at = %s, claimed_until = NULL "
        "WHERE id = %s",
        *(at, delivery.id),
    )
    await defer_webhook(tx, delivery.stream, at)


async def queue_again(tx: Tx, delivery_id: str, now: datetime) -> str:
    """Send a delivery once more, under its old id; its stream."""
    row = await tx.one(
        "UPDATE webhook_deliveries SET state = 'queued', attempts = 0, "
        "next_attempt_at = %s, give_up_at = %s, done_at = NULL, claimed_until = NULL "
        "WHERE id = %s RETURNING stream",
        *(now, now + GIVE_UP, delivery_id),
    )
    assert row is not None  # noqa: S101 - the caller holds it
    await defer_webhook(tx, row["stream"], now)
    return str(row["stream"])


def _types(event: Event) -> tuple[WebhookEvent, ...]:
    """What it is to a webhook. A handover may come with its assignee."""
    types = _SAID.get(event.type, ())
    if event.type is EventType.HANDOVER_STARTED and event.changes.get("assignee_id"):
        types = (WebhookEvent.ASSIGNED,)
    if event.changes.get("handover_id"):  # an episode begins, however it came about
        return (WebhookEvent.HANDOVER_STARTED, *types)
    return types


async def _wanting(tx: Tx, type_: WebhookEvent) -> list[Listener]:
    if tx.listeners is None:
        rows = await tx.all("SELECT id, events FROM webhooks WHERE enabled ORDER BY id")
        tx.listeners = tuple(
            Listener(id=row["id"], events=frozenset(row["events"])) for row in rows
        )
    return [one for one in tx.listeners if type_ in one.events]


async def _tell(
    tx: Tx,
    wanting: Iterable[Listener],
    type_: WebhookEvent,
    event: Event,
    conversation_id: str | None,
) -> None:
    episode = event.data.get("handover_id")
    data = await conversation_data(tx, conversation_id, episode)
    if event.type in _TASKS:
        data |= await task_data(tx, str(event.data["task_id"]))
    once = type_ is WebhookEvent.FIRST_REPLY
    if once and not _is_first_reply(data["handover"], event):
        return
    data["actor"] = _actor(event.actor)
    await _queue(
        tx,
        wanting,
        type_,
        data,
        event.at,
        conversation_id=conversation_id,
        # Also where two replies come at one instant.
        key=f"{type_}:{episode}" if once else "",
    )


def _is_first_reply(handover: Mapping[str, Any] | None, event: Event) -> bool:
    return handover is not None and (handover["first_reply_at"] == event.at.isoformat())


def _actor(actor: Actor) -> dict[str, Any]:
    return {"kind": str(actor.kind), "staff_id": actor.staff_id}


async def _queue(
    tx: Tx,
    wanting: Iterable[Listener],
    type_: WebhookEvent,
    data: Mapping[str, Any],
    now: datetime,
    *,
    conversation_id: str | None,
    key: str,
) -> None:
    for hook in wanting:
        made = new_id("webhook_delivery")
        stream = f"{hook.id}/{conversation_id or made}"
        inserted = await _insert(
            tx,
            made,
            hook.id,
            _payload(type_, data, now),
            now=now,
            stream=stream,
            key=key or made,
            conversation_id=conversation_id,
            give_up_at=now + GIVE_UP,
        )
        if inserted:
            await defer_webhook(tx, stream, now)


async def _insert(
    tx: Tx,
    delivery_id: str,
    webhook_id: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    stream: str,
    key: str,
    give_up_at: datetime,
    conversation_id: str | None = None,
) -> int:
    return await tx.run(
        "INSERT INTO webhook_deliveries (id, account_id, webhook_id, stream, "
        "conversation_id, type, key, payload, next_attempt_at, give_up_at, created_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        *(delivery_id, tx.account_id, webhook_id, stream, conversation_id),
        *(payload["type"], key, Jsonb(payload), now, give_up_at, now),
    )


def _payload(type_: str, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {"type": type_, "timestamp": now.isoformat(), "data": dict(data)}
