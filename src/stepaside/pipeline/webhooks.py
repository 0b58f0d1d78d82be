"""Sending what webhooks want to hear: take one, call, record what was answered."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from stepaside.channels.webhook.send import retry_after
from stepaside.channels.webhook.signed import Answered, Call, NoAnswer
from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.retry import LONGEST, retry_delay
from stepaside.core.roster import Role
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.runtime import Runtime, attempt, sweep_aside
from stepaside.store import webhook_log, webhook_outbox, webhooks
from stepaside.store.database import Tx
from stepaside.store.notifications import notify
from stepaside.store.staff import load_roster
from stepaside.store.webhook_log import Attempt, LoggedDelivery
from stepaside.store.webhook_outbox import Delivery
from stepaside.store.webhooks import PATIENCE, TEST, Webhook

EXCERPT: Final = 500
"""Characters of an answer that are kept."""
_SWEEP: Final = "webhooks"
_GONE: Final = 410
"""Source: Standard Webhooks: a receiver that answers 410 wants no more of them."""


async def send_webhooks(rt: Runtime, account_id: str, stream: str) -> int:
    """Send what is due in a stream, in order; how many deliveries were done with.

    At least once each, with the same id at every try. The first that is to be tried
    again later holds up those behind it: their order is part of what they say.
    """
    settled = 0
    while True:
        async with rt.db.transaction(account_id) as tx:
            now = rt.now()
            until = now + rt.limits.sending
            delivery = await webhook_outbox.take_next(tx, stream, now, until)
            if delivery is None:
                return settled
            hook = await webhooks.get_webhook(tx, delivery.webhook_id)
        called, wait = await _call(rt, hook, delivery)
        if not await _record(rt, account_id, delivery, called, wait):
            return settled
        settled += 1


async def send_webhooks_aside(rt: Runtime, account_id: str, stream: str) -> None:
    """What a job does: see to it, and not wait for it.

    A receiver that hangs would take every job's place, and timers would be late.
    """
    rt.background.spawn(_in_lane(rt, account_id, stream))


async def send_webhooks_due(rt: Runtime, limit: int = 100) -> int:
    """Start sending what is overdue in any account, and wait for none of it."""
    return sweep_aside(rt, _SWEEP, _send_due, limit)


async def _send_due(rt: Runtime, limit: int) -> int:
    async with rt.db.connection() as conn:
        due = (rt.now(), limit)
        cursor = await conn.execute("SELECT * FROM due_webhook_streams(%s, %s)", due)
        rows = await cursor.fetchall()
    works = (_in_lane(rt, row["account_id"], row["stream"]) for row in rows)
    await asyncio.gather(*map(attempt, works))
    return len(rows)


async def _in_lane(rt: Runtime, account_id: str, stream: str) -> None:
    """Each webhook has a lane of its own: one that is slow holds up no other."""
    async with rt.lanes.of(stream.partition("/")[0]):
        await send_webhooks(rt, account_id, stream)


async def send_test(
    rt: Runtime, account_id: str, webhook_id: str, who: str
) -> LoggedDelivery:
    """Send something now, once, to see whether the address works.

    who: who asks for it; part of what is sent.
    Raises:
        NotFound: there is no such webhook.
    """
    async with rt.db.transaction(account_id) as tx:
        await webhooks.get_webhook(tx, webhook_id)
        test = await webhook_outbox.queue_test(tx, webhook_id, who, rt.now())
    await send_webhooks(rt, account_id, test)
    async with rt.db.transaction(account_id) as tx:
        return await webhook_log.get_delivery(tx, webhook_id, test)


async def send_again(
    rt: Runtime, account_id: str, webhook_id: str, delivery_id: str
) -> LoggedDelivery:
    """Send a delivery once more, now, under its old id.

    Raises:
        NotFound: there is no such webhook or delivery.
    """
    async with rt.db.transaction(account_id) as tx:
        await webhook_log.get_delivery(tx, webhook_id, delivery_id)
        stream = await webhook_outbox.queue_again(tx, delivery_id, rt.now())
    await send_webhooks(rt, account_id, stream)
    async with rt.db.transaction(account_id) as tx:
        return await webhook_log.get_delivery(tx, webhook_id, delivery_id)


async def _call(
    rt: Runtime, hook: Webhook, delivery: Delivery
) -> tuple[Attempt, timedelta | None]:
    """The only place where it leaves the house; no transaction is open."""
    now = rt.now()
    clock = asyncio.get_running_loop().time
    began = clock()
    error, answered = "", None
    try:
        if rt.call_webhook is None:
            raise NoAnswer("Calls are not set up on this installation.")
        answered = await rt.call_webhook(
            Call(
                url=hook.url,
                secrets=hook.secrets(now),
                id=delivery.id,
                body=_body(delivery.payload),
                at=now,
            )
        )
    except NoAnswer as failure:
        error = str(failure)
    except Exception as failure:  # noqa: BLE001
        # A defect of ours is tried again like a fault of the other side, and shown.
        error = type(failure).__name__
    took = round((clock() - began) * 1000)
    return _attempt(answered, error, took, now), _wait(answered)


def _body(payload: Mapping[str, Any]) -> str:
    ordered = {name: payload[name] for name in ("type", "timestamp", "data")}
    return json.dumps(ordered, ensure_ascii=False)


def _attempt(answered: Answered | None, error: str, took: int, now: Any) -> Attempt:
    if answered is None:
        return Attempt(at=now, status=None, took_ms=took, error=error)
    said = answered.body.decode("utf-8", "replace").replace("\0", "")
    return Attempt(at=now, status=answered.status, took_ms=took, answer=said[:EXCERPT])


def _wait(answered: Answered | None) -> timedelta | None:
    return retry_after(answered.headers.get("retry-after")) if answered else None


async def _record(
    rt: Runtime,
    account_id: str,
    delivery: Delivery,
    called: Attempt,
    wait: timedelta | None,
) -> bool:
    """Write down how it went; False where the same has to be tried again later."""
    streams: list[str] = []
    async with rt.db.transaction(account_id) as tx:
        await webhook_log.log_attempt(tx, delivery.id, called)
        if called.went_well:
            await webhook_outbox.finish(tx, delivery.id, "sent", rt.now())
            await webhooks.note_success(tx, delivery.webhook_id)
            return True
        if delivery.type == TEST:
            await webhook_outbox.finish(tx, delivery.id, "failed", rt.now())
            return True
        done = await _failed(rt, tx, delivery, wait)
        streams = await _stop_if_hopeless(rt, tx, delivery, called)
    deliver_soon(rt, account_id, streams)
    return done


async def _failed(
    rt: Runtime, tx: Tx, delivery: Delivery, wait: timedelta | None
) -> bool:
    now = rt.now()
    # Tried for a day, however often that is.
    delay = retry_delay(min(delivery.attempts, 9), rt.jitter(), wait) or LONGEST
    if now + delay > delivery.give_up_at:
        await webhook_outbox.finish(tx, delivery.id, "failed", now)
        return True
    await webhook_outbox.try_again(tx, delivery, now + delay)
    return False


async def _stop_if_hopeless(
    rt: Runtime, tx: Tx, delivery: Delivery, called: Attempt
) -> list[str]:
    """Turn a webhook off that fails for days, and tell who can mend it."""
    now = rt.now()
    since = await webhooks.note_failure(tx, delivery.webhook_id, now)
    if called.status != _GONE and now - since < PATIENCE:
        return []
    hook = await webhooks.get_webhook(tx, delivery.webhook_id, lock=True)
    if not hook.enabled:
        return []
    why = called.error or f"The other side answered {called.status}."
    stopped = replace(hook, enabled=False, stopped_why=why, updated_at=now)
    await webhooks.save_webhook(tx, stopped)
    return await _warn(tx, stopped, now)


async def _warn(tx: Tx, hook: Webhook, now: Any) -> list[str]:
    roster = await load_roster(tx)
    who = tuple(
        member.id
        for member in roster.staff.values()
        if member.active and member.role is not Role.AGENT
    )
    warning = NotifyStaff(
        key=f"webhook:{hook.id}:{now.isoformat()}",
        event=NotificationEvent.WARNING,
        staff_ids=who,
        title=f"The webhook {hook.name or hook.url} was turned off",
        body=f"{hook.stopped_why} Mend the address, then turn the webhook on again.",
    )
    return await notify(tx, warning, conversation_id=None, task_id=None, now=now)
