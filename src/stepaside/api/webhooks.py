"""Outgoing webhooks: `/v1/webhooks`, what was sent to them, and sending it again."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from litestar import delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import ADMIN, READ
from stepaside.api.call import Called
from stepaside.api.inboxes import Url
from stepaside.api.paging import Items, Paged
from stepaside.api.wire import MaybeName, Request, named
from stepaside.channels.webhook.signature import new_secret
from stepaside.pipeline import webhooks as sending
from stepaside.store import webhook_log, webhooks
from stepaside.store.ids import new_id
from stepaside.store.listing import as_place
from stepaside.store.webhook_log import Attempt, LoggedDelivery
from stepaside.store.webhooks import Webhook, WebhookEvent

GRACE_HOURS: Final = 24

Events = Annotated[list[WebhookEvent], Meta(min_length=1, max_length=50)]


class WebhookChange(Request):
    """What to change of a webhook; the rest stays.

    enabled: false stops it and gives up what waits for it.
    """

    name: MaybeName | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class NewWebhook(WebhookChange, kw_only=True):
    """A webhook to make."""

    url: Url
    events: Events


class Rotation(Request):
    """How long the secret before signs as well; 0 ends it at once."""

    grace_hours: Annotated[int, Meta(ge=0, le=168)] = GRACE_HOURS


class WebhookView(Struct, kw_only=True, omit_defaults=True):
    """A webhook.

    secret: verifies what is sent. Shown once, when it is made or renewed.
    old_secret_until: until when the one before signs as well.
    failing_since: since when no call went well.
    stopped_why: why it was turned off by itself, after days of that.
    """

    id: str
    name: str
    url: str
    events: list[WebhookEvent]
    enabled: bool
    failing_since: datetime | None
    stopped_why: str
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    secret: str | UnsetType = UNSET


class AttemptView(Struct, kw_only=True):
    """One call. `status` is null where nothing answered."""

    at: datetime
    status: int | None
    took_ms: int
    answer: str
    error: str


class DeliveryView(Struct, kw_only=True):
    """A delivery. Its `id` is the `webhook-id` the other side sees, at every try.

    state: `queued` (also between two tries), `sent`, or `failed` for good.
    """

    id: str
    type: str
    state: str
    attempts: int
    conversation_id: str | None
    next_attempt_at: datetime | None
    created_at: datetime
    done_at: datetime | None
    last: AttemptView | None
    payload: dict[str, Any]


@get("/webhooks", scopes=READ)
async def list_webhooks(call: Called, page: Paged) -> Items[WebhookView]:
    """List the webhooks, the oldest first."""
    async with call.transaction() as tx:
        rows = await webhooks.list_webhooks(tx, after=page.after, limit=page.one_more)
    return page.of(rows, view, lambda hook: hook.id)


@post("/webhooks", scopes=ADMIN, once=("secret",))
async def create_webhook(call: Called, data: JSONBody[NewWebhook]) -> WebhookView:
    """Make a webhook. The answer holds its secret, this once."""
    now = call.now()
    blank = Webhook(
        id=new_id("webhook"),
        name="",
        url=data.url,
        events=(),
        secret=new_secret(),
        created_at=now,
        updated_at=now,
    )
    hook = blank.changed(now, **named(data))
    async with call.transaction() as tx:
        await webhooks.create_webhook(tx, hook)
    return _with_secret(hook)


@get("/webhooks/{webhook_id:str}", scopes=READ)
async def get_webhook(call: Called, webhook_id: FromPath[str]) -> WebhookView:
    """Read one webhook."""
    async with call.transaction() as tx:
        return view(await webhooks.get_webhook(tx, webhook_id))


@patch("/webhooks/{webhook_id:str}", scopes=ADMIN)
async def change_webhook(
    call: Called, webhook_id: FromPath[str], data: JSONBody[WebhookChange]
) -> WebhookView:
    """Change the fields that are named. Turning it on again forgives what failed."""
    async with call.transaction() as tx:
        stored = await webhooks.get_webhook(tx, webhook_id, lock=True)
        hook = stored.changed(call.now(), **named(data))
        await webhooks.save_webhook(tx, hook)
    return view(hook)


@delete("/webhooks/{webhook_id:str}", scopes=ADMIN)
async def delete_webhook(call: Called, webhook_id: FromPath[str]) -> None:
    """Delete a webhook, with what waits for it and its log."""
    async with call.transaction() as tx:
        await webhooks.delete_webhook(tx, webhook_id)


@post("/webhooks/{webhook_id:str}/secret", scopes=ADMIN, once=("secret",))
async def renew_secret(
    call: Called, webhook_id: FromPath[str], data: JSONBody[Rotation]
) -> WebhookView:
    """Give it a new secret. For a while both sign, so that nothing is lost."""
    now = call.now()
    async with call.transaction() as tx:
        stored = await webhooks.get_webhook(tx, webhook_id, lock=True)
        hook = stored.with_new_secret(
            new_secret(), now, now + timedelta(hours=data.grace_hours)
        )
        await webhooks.save_webhook(tx, hook)
    return _with_secret(hook)


@post("/webhooks/{webhook_id:str}/test", scopes=ADMIN)
async def test_webhook(call: Called, webhook_id: FromPath[str]) -> DeliveryView:
    """Send something of type `webhook.test` now, once; how it went."""
    who = call.doer.actor
    sent = await sending.send_test(call.rt, call.account_id, webhook_id, who)
    return delivery_view(sent)


@get("/webhooks/{webhook_id:str}/deliveries", scopes=READ)
async def list_deliveries(
    call: Called,
    page: Paged,
    *,
    webhook_id: FromPath[str],
    only: FromQuery[Literal["queued", "sent", "failed"] | None] = None,
) -> Items[DeliveryView]:
    """List what was sent, or is to be, the newest first. Kept for 30 days.

    `only` those in this state.
    """
    async with call.transaction() as tx:
        await webhooks.get_webhook(tx, webhook_id)
        rows = await webhook_log.list_deliveries(
            tx,
            webhook_id,
            before=page.after,
            state=only or "",
            limit=page.one_more,
        )
    return page.of(rows, delivery_view, lambda row: row.id)


@get("/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/attempts", scopes=READ)
async def list_attempts(
    call: Called, page: Paged, webhook_id: FromPath[str], delivery_id: FromPath[str]
) -> Items[AttemptView]:
    """List every call of one delivery, the first one first."""
    async with call.transaction() as tx:
        await webhook_log.get_delivery(tx, webhook_id, delivery_id)
        rows = await webhook_log.list_attempts(tx, delivery_id)
    return page.part(rows, _attempt_view, lambda row: as_place(row.at))


@post("/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/resend", scopes=ADMIN)
async def resend(
    call: Called, webhook_id: FromPath[str], delivery_id: FromPath[str]
) -> DeliveryView:
    """Send a delivery once more, now, under its old id; how it went."""
    sent = await sending.send_again(call.rt, call.account_id, webhook_id, delivery_id)
    return delivery_view(sent)


ROUTES: Final = (
    list_webhooks,
    create_webhook,
    get_webhook,
    change_webhook,
    delete_webhook,
    renew_secret,
    test_webhook,
    list_deliveries,
    list_attempts,
    resend,
)


def view(hook: Webhook) -> WebhookView:
    """A webhook as it is shown, without its secrets."""
    return WebhookView(
        id=hook.id,
        name=hook.name,
        url=hook.url,
        events=list(hook.events),
        enabled=hook.enabled,
        failing_since=hook.failing_since,
        stopped_why=hook.stopped_why,
        old_secret_until=hook.old_secret_until,
        created_at=hook.created_at,
        updated_at=hook.updated_at,
    )


def delivery_view(logged: LoggedDelivery) -> DeliveryView:
    """A delivery as it is shown."""
    return DeliveryView(
        id=logged.id,
        type=logged.type,
        state=logged.state,
        attempts=logged.attempts,
        conversation_id=logged.conversation_id,
        next_attempt_at=logged.next_attempt_at,
        created_at=logged.created_at,
        done_at=logged.done_at,
        last=_attempt_view(logged.last) if logged.last else None,
        payload=dict(logged.payload),
    )


def _attempt_view(attempt: Attempt) -> AttemptView:
    return AttemptView(
        at=attempt.at,
        status=attempt.status,
        took_ms=attempt.took_ms,
        answer=attempt.answer,
        error=attempt.error,
    )


def _with_secret(hook: Webhook) -> WebhookView:
    shown = view(hook)
    shown.secret = hook.secret
    return shown
