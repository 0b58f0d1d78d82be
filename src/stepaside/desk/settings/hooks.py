"""Webhooks: where what happens is told, their secrets, and the log of deliveries."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.channels.webhook.signature import new_secret
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.settings.addresses import check_url
from stepaside.desk.settings.frame import Sent, open_settings, settings_page
from stepaside.desk.settings.names import WEBHOOK_EVENT
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _
from stepaside.pipeline import webhooks as sending
from stepaside.store import webhook_log
from stepaside.store.ids import new_id
from stepaside.store.webhook_log import LoggedDelivery
from stepaside.store.webhooks import (
    Webhook,
    WebhookEvent,
    create_webhook,
    delete_webhook,
    get_webhook,
    list_webhooks,
    save_webhook,
)

PAGE: Final = 25
GRACE: Final = timedelta(days=1)
MOST: Final = 200


@get("/settings/webhooks")
async def show_webhooks(visit: Visited) -> Response[str]:
    """Every webhook."""
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "webhooks")
        hooks = await list_webhooks(tx, limit=MOST)
    return settings_page("webhooks", frame, hooks=hooks, event_names=WEBHOOK_EVENT)


@get("/settings/webhooks/new")
async def show_new(visit: Visited) -> Response[str]:
    """The form for a webhook to make."""
    chosen = [WebhookEvent.HANDOVER_STARTED, WebhookEvent.RESOLVED]
    return await _new_page(visit, Sent.of({"events": chosen}))


@post("/settings/webhooks/new", status_code=HTTP_200_OK)
async def make_webhook(visit: Visited) -> Response[Any]:
    """Make it; the page shows its secret, this once."""
    sent = await Sent.by(visit)
    fields = _read(sent)
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        if sent.problems:
            return await _new_page(visit, sent)
        now = visit.now()
        blank = Webhook(
            id=new_id("webhook"),
            name="",
            url="",
            events=(),
            secret=new_secret(),
            created_at=now,
            updated_at=now,
        )
        hook = blank.changed(now, **fields)
        await create_webhook(tx, hook)
    return await _page(visit, hook.id, secret=hook.secret)


@get("/settings/webhooks/{webhook_id:str}")
async def show_webhook(
    visit: Visited,
    webhook_id: FromPath[str],
    only: FromQuery[Literal["queued", "sent", "failed", ""]] = "",
    before: FromQuery[str] = "",
) -> Response[str]:
    """One webhook with its deliveries."""
    return await _page(visit, webhook_id, only=only, before=before)


@post("/settings/webhooks/{webhook_id:str}", status_code=HTTP_200_OK)
async def change_webhook(visit: Visited, webhook_id: FromPath[str]) -> Response[Any]:
    """Store what was changed."""
    sent = await Sent.by(visit)
    fields = {**_read(sent), "enabled": sent.ticked("enabled")}
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        stored = await get_webhook(tx, webhook_id, lock=True)
        if not sent.problems:
            await save_webhook(tx, stored.changed(visit.now(), **fields))
            return go_on(f"/settings/webhooks/{webhook_id}", _("Saved."))
    return await _page(visit, webhook_id, sent=sent)


@post("/settings/webhooks/{webhook_id:str}/secret", status_code=HTTP_200_OK)
async def renew_secret(visit: Visited, webhook_id: FromPath[str]) -> Response[str]:
    """A new secret, shown this once; for a day the one before signs as well."""
    now = visit.now()
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        stored = await get_webhook(tx, webhook_id, lock=True)
        hook = stored.with_new_secret(new_secret(), now, now + GRACE)
        await save_webhook(tx, hook)
    return await _page(visit, webhook_id, secret=hook.secret)


@post("/settings/webhooks/{webhook_id:str}/test", status_code=HTTP_200_OK)
async def try_webhook(visit: Visited, webhook_id: FromPath[str]) -> Response[str]:
    """Send a test now, and say how it went."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
    who = str(visit.actor)
    rt = visit.desk.rt
    tested = await sending.send_test(rt, visit.account_id, webhook_id, who)
    return await _page(visit, webhook_id, tested=tested)


@post("/settings/webhooks/{webhook_id:str}/delete", status_code=HTTP_200_OK)
async def remove_webhook(visit: Visited, webhook_id: FromPath[str]) -> Response[Any]:
    """Delete it with its log."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        await delete_webhook(tx, webhook_id)
    return go_on("/settings/webhooks", _("The webhook is deleted."))


@get("/settings/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}")
async def show_delivery(
    visit: Visited, webhook_id: FromPath[str], delivery_id: FromPath[str]
) -> Response[str]:
    """One delivery: what was sent, and every answer."""
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "webhooks")
        hook = await get_webhook(tx, webhook_id)
        delivery = await webhook_log.get_delivery(tx, webhook_id, delivery_id)
        attempts = await webhook_log.list_attempts(tx, delivery_id)
    body = json.dumps(delivery.payload, indent=2, ensure_ascii=False)
    return settings_page(
        "delivery", frame, hook=hook, delivery=delivery, attempts=attempts, body=body
    )


@post(
    "/settings/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/resend",
    status_code=HTTP_200_OK,
)
async def resend(
    visit: Visited, webhook_id: FromPath[str], delivery_id: FromPath[str]
) -> Response[Any]:
    """Send a delivery once more, now."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
    rt = visit.desk.rt
    sent = await sending.send_again(rt, visit.account_id, webhook_id, delivery_id)
    said = {
        "sent": _("Sent again, and the other side took it."),
        "queued": _("Sent again, but it did not work; it is tried once more later."),
        "failed": _("Sent again, but it did not work."),
    }
    path = f"/settings/webhooks/{webhook_id}/deliveries/{delivery_id}"
    return go_on(path, said[sent.state])


def _read(sent: Sent) -> dict[str, Any]:
    chosen = sent.many("events")
    events = tuple(event for event in WebhookEvent if event in chosen)
    if not events:
        sent.problems["events"] = _("Tick at least one.")
    return {
        "name": sent.text("name", most=100),
        "url": check_url(sent, "url"),
        "events": events,
    }


async def _new_page(visit: Visit, sent: Sent) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "webhooks")
    return settings_page(
        "webhook_new", frame, sent.problems, sent=sent, event_names=WEBHOOK_EVENT
    )


async def _page(
    visit: Visit,
    webhook_id: str,
    *,
    sent: Sent | None = None,
    secret: str = "",
    tested: LoggedDelivery | None = None,
    only: str = "",
    before: str = "",
) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "webhooks")
        hook = await get_webhook(tx, webhook_id)
        found = await webhook_log.list_deliveries(
            tx, webhook_id, before=before, state=only, limit=PAGE + 1
        )
    kept = {"name": hook.name, "url": hook.url, "events": hook.events}
    return settings_page(
        "webhook",
        frame,
        sent.problems if sent else None,
        sent=sent or Sent.of({**kept, "enabled": "on" if hook.enabled else ""}),
        hook=hook,
        secret=secret,
        tested=tested,
        only=only,
        deliveries=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else "",
        event_names=WEBHOOK_EVENT,
    )


HOOK_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_webhooks,
    show_new,
    make_webhook,
    show_webhook,
    change_webhook,
    renew_secret,
    try_webhook,
    remove_webhook,
    show_delivery,
    resend,
)
