"""What was sent to webhooks, and what they answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from stepaside.store.database import Tx
from stepaside.store.errors import NotFound

KEPT: Final = timedelta(days=30)
"""How long deliveries are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call. status: None where nothing answered; `error` then says why.

    took_ms: until the answer was read, or given up on.
    answer: how it began.
    """

    at: datetime
    status: int | None
    took_ms: int
    answer: str = ""
    error: str = ""

    @property
    def went_well(self) -> bool:
        """Whether the other side took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDelivery:
    """A delivery as it stands.

    state: `queued` (also between two tries), `sent` or `failed`.
    next_attempt_at: None once it is done with.
    last: the latest call; None before the first.
    """

    id: str
    webhook_id: str
    conversation_id: str | None
    type: str
    state: str
    attempts: int
    next_attempt_at: datetime | None
    created_at: datetime
    done_at: datetime | None
    payload: Mapping[str, Any]
    last: Attempt | None


_READ: Final = """
SELECT d.id, d.webhook_id, d.conversation_id, d.type, d.state, d.attempts,
    CASE WHEN d.state = 'queued' THEN d.next_attempt_at END AS next_attempt_at,
    d.created_at, d.done_at, d.payload,
    a.at, a.status, a.took_ms, a.answer, a.error
FROM webhook_deliveries d LEFT JOIN LATERAL (
    SELECT * FROM webhook_attempts WHERE delivery_id = d.id ORDER BY id DESC LIMIT 1
) a ON true
WHERE d.webhook_id = %s
"""


async def list_deliveries(
    tx: Tx, webhook_id: str, *, before: str = "", state: str = "", limit: int = 50
) -> list[LoggedDelivery]:
    """A webhook's deliveries, the newest first, those before the delivery `before`."""
    rows = await tx.all(
        f"{_READ} AND (%s = '' OR d.seq < "  # noqa: S608
        "(SELECT seq FROM webhook_deliveries WHERE id = %s)) "
        "AND (%s = '' OR d.state = %s) ORDER BY d.seq DESC LIMIT %s",
        *(webhook_id, before, before, state, state, limit),
    )
    return [_logged(row) for row in rows]


async def get_delivery(tx: Tx, webhook_id: str, delivery_id: str) -> LoggedDelivery:
    """One delivery of a webhook. Raises: NotFound."""
    row = await tx.one(_READ + "AND d.id = %s", webhook_id, delivery_id)
    if row is None:
        raise NotFound("delivery", delivery_id)
    return _logged(row)


async def list_attempts(tx: Tx, delivery_id: str) -> list[Attempt]:
    """Every call of a delivery, the first one first."""
    rows = await tx.all(
        "SELECT at, status, took_ms, answer, error FROM webhook_attempts "
        "WHERE delivery_id = %s ORDER BY id",
        delivery_id,
    )
    return [Attempt(**row) for row in rows]


async def log_attempt(tx: Tx, delivery_id: str, attempt: Attempt) -> None:
    """Remember one call."""
    await tx.run(
        "INSERT INTO webhook_attempts "
        "(account_id, delivery_id, at, status, took_ms, answer, error) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s)",
        *(tx.account_id, delivery_id, attempt.at, attempt.status),
        *(attempt.took_ms, attempt.answer, attempt.error),
    )


def _logged(row: Mapping[str, Any]) -> LoggedDelivery:
    names = ("at", "status", "took_ms", "answer", "error")
    last = {name: row[name] for name in names}
    return LoggedDelivery(
        **{name: value for name, value in row.items() if name not in names},
        last=Attempt(**last) if last["at"] else None,
    )
