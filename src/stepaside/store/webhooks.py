"""Outgoing webhooks: whom an account's events are sent to, signed with which secret."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from stepaside.store.database import Tx
from stepaside.store.errors import NotFound


class WebhookEvent(StrEnum):
    """What a webhook can be told of. The names are part of the API."""

    HANDOVER_STARTED = "handover.started"
    ASSIGNED = "assigned"
    CLAIMED = "claimed"
    FIRST_REPLY = "first_reply"
    HANDED_BACK = "handed_back"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    TASK_CREATED = "task.created"
    TASK_COMPLETED = "task.completed"
    MESSAGE_CREATED = "message.created"


TEST: Final = "webhook.test"
"""The type of what is sent to try a webhook; nobody subscribes to it."""
PATIENCE: Final = timedelta(days=3)
"""How long a webhook may fail, without a single success, before it is turned off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One address that hears of what happens.

    secret, old_secret: never shown again and never logged. The old one signs as well
        until `old_secret_until`.
    failing_since: since when no call went well; None while they do.
    stopped_why: why it was turned off by itself; empty otherwise.
    """

    id: str
    name: str
    url: str
    events: tuple[WebhookEvent, ...]
    secret: str
    old_secret: str | None = None
    old_secret_until: datetime | None = None
    enabled: bool = True
    failing_since: datetime | None = None
    stopped_why: str = ""
    created_at: datetime
    updated_at: datetime

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Those to sign with now, the newest first."""
        until = self.old_secret_until
        old = self.old_secret if until and now < until else None
        return (self.secret, old) if old else (self.secret,)

    def with_new_secret(self, secret: str, now: datetime, until: datetime) -> "Webhook":
        """The webhook signing with another secret, and with this one as well until."""
        return replace(
            self,
            secret=secret,
            old_secret=self.secret if until > now else None,
            old_secret_until=until if until > now else None,
            updated_at=now,
        )

    def changed(self, now: datetime, **fields: Any) -> "Webhook":
        """The webhook with other values. Turning it on forgives what failed."""
        if fields.get("enabled") and not self.enabled:
            fields |= {"failing_since": None, "stopped_why": ""}
        if "events" in fields:
            fields["events"] = tuple(dict.fromkeys(fields["events"]))
        return replace(self, **fields, updated_at=now)


_COLUMNS: Final = """id, name, url, events, secret, old_secret, old_secret_until,
    enabled, failing_since, stopped_why, created_at, updated_at"""


async def get_webhook(tx: Tx, webhook_id: str, *, lock: bool = False) -> Webhook:
    """The webhook. Raises: NotFound.

    lock: hold it until the end of the transaction, to change it.
    """
    held = "FOR NO KEY UPDATE" if lock else ""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM webhooks WHERE id = %s {held}",  # noqa: S608
        webhook_id,
    )
    if row is None:
        raise NotFound("webhook", webhook_id)
    return _webhook(row)


async def list_webhooks(tx: Tx, *, after: str = "", limit: int = 50) -> list[Webhook]:
    """Webhooks in the order they were made, those with an id after `after`."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM webhooks WHERE id > %s ORDER BY id LIMIT %s",  # noqa: S608
        *(after, limit),
    )
    return [_webhook(row) for row in rows]


async def create_webhook(tx: Tx, hook: Webhook) -> None:
    """Store a new webhook."""
    await tx.run(
        "INSERT INTO webhooks (id, account_id, name, url, events, secret, enabled, "
        "created_at, updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        *(hook.id, tx.account_id, hook.name, hook.url, list(hook.events)),
        *(hook.secret, hook.enabled, hook.created_at, hook.updated_at),
    )


async def save_webhook(tx: Tx, hook: Webhook) -> None:
    """Store a changed webhook. What waits for one that is off is given up.

    Raises:
        NotFound: there is none.
    """
    touched = await tx.run(
        "UPDATE webhooks SET name = %s, url = %s, events = %s, secret = %s, "
        "old_secret = %s, old_secret_until = %s, enabled = %s, failing_since = %s, "
        "stopped_why = %s, updated_at = %s WHERE id = %s",
        *(hook.name, hook.url, list(hook.events), hook.secret, hook.old_secret),
        *(hook.old_secret_until, hook.enabled, hook.failing_since),
        *(hook.stopped_why, hook.updated_at, hook.id),
    )
    if not touched:
        raise NotFound("webhook", hook.id)
    if not hook.enabled:
        await tx.run(
            "UPDATE webhook_deliveries SET state = 'failed', done_at = %s, "
            "claimed_until = NULL WHERE webhook_id = %s AND state = 'queued'",
            *(hook.updated_at, hook.id),
        )


async def delete_webhook(tx: Tx, webhook_id: str) -> None:
    """Delete it with its log. Raises: NotFound."""
    if not await tx.run("DELETE FROM webhooks WHERE id = %s", webhook_id):
        raise NotFound("webhook", webhook_id)


async def note_success(tx: Tx, webhook_id: str) -> None:
    """A call went well: whatever failed before, it works now."""
    await tx.run(
        "UPDATE webhooks SET failing_since = NULL "
        "WHERE id = %s AND failing_since IS NOT NULL",
        webhook_id,
    )


async def note_failure(tx: Tx, webhook_id: str, now: datetime) -> datetime:
    """A call went wrong; since when all of them do. Raises: NotFound."""
    row = await tx.one(
        "UPDATE webhooks SET failing_since = coalesce(failing_since, %s) "
        "WHERE id = %s RETURNING failing_since",
        *(now, webhook_id),
    )
    if row is None:
        raise NotFound("webhook", webhook_id)
    since: datetime = row["failing_since"]
    return since


def _webhook(row: Mapping[str, Any]) -> Webhook:
    events = tuple(WebhookEvent(name) for name in row["events"])
    return Webhook(**{**row, "events": events})
