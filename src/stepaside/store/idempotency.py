"""Answers already given, by the key the caller chose for its request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stepaside.core.errors import Refusal
from stepaside.store.database import Tx

KEPT: Final = timedelta(hours=24)
"""How long an answer is given again."""
ABANDONED: Final = timedelta(minutes=2)
"""A request still without an answer after this died with its process."""


class KeyReused(Refusal):
    """The key was used for a different request."""

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for a different request. Take a new key."
        )


class StillRunning(Refusal):
    """The first request with this key has no answer yet."""

    def __init__(self) -> None:
        super().__init__(
            "The first request with this Idempotency-Key is still running. Try again."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered the first time: HTTP status and body."""

    status: int
    body: bytes


async def begin(tx: Tx, key: str, fingerprint: bytes, now: datetime) -> Answer | None:
    """Reserve a key; the answer to give again, or None to go ahead.

    fingerprint: of the whole request, so that a key names one request only.
    Raises:
        KeyReused: the key was used for another request.
        StillRunning: the first request is being worked on.
    """
    await _forget_expired(tx, now)
    if await _reserve(tx, key, fingerprint, now):
        return None
    row = await tx.one(
        "SELECT fingerprint, status, body FROM idempotency_keys "
        "WHERE account_id = %s AND key = %s",
        *(tx.account_id, key),
    )
    if row is None:  # given back between the two statements
        raise StillRunning
    if row["fingerprint"] != fingerprint:
        raise KeyReused
    if row["status"] is None:
        raise StillRunning
    return Answer(status=row["status"], body=row["body"])


async def finish(tx: Tx, key: str, answer: Answer) -> None:
    """Keep the answer to a request that was begun."""
    await tx.run(
        "UPDATE idempotency_keys SET status = %s, body = %s "
        "WHERE account_id = %s AND key = %s",
        *(answer.status, answer.body, tx.account_id, key),
    )


async def give_back(tx: Tx, key: str) -> None:
    """Free the key of a request that changed nothing."""
    await tx.run(
        "DELETE FROM idempotency_keys WHERE account_id = %s AND key = %s",
        *(tx.account_id, key),
    )


async def _reserve(tx: Tx, key: str, fingerprint: bytes, now: datetime) -> bool:
    return bool(
        await tx.run(
            "INSERT INTO idempotency_keys AS k (account_id, key, fingerprint, "
            "created_at) VALUES (%s, %s, %s, %s) ON CONFLICT (account_id, key) "
            "DO UPDATE SET fingerprint = excluded.fingerprint, status = NULL, "
            "body = NULL, created_at = excluded.created_at WHERE k.created_at <= %s "
            "OR (k.status IS NULL AND k.created_at <= %s)",
            *(tx.account_id, key, fingerprint, now, now - KEPT, now - ABANDONED),
        )
    )


async def _forget_expired(tx: Tx, now: datetime) -> None:
    # Two for every new one: the table stays as small as a day without a job for it.
    await tx.run(
        "DELETE FROM idempotency_keys WHERE (account_id, key) IN ("
        "SELECT account_id, key FROM idempotency_keys WHERE created_at <= %s "
        "ORDER BY created_at LIMIT 2 FOR UPDATE SKIP LOCKED)",
        now - KEPT,
    )
