"""API keys: what a program shows to act for an account."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from stepaside.core.ids import AccountId, StaffId
from stepaside.store.database import Database, Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.tokens import digest, new_token


class Scope(StrEnum):
    """What a key may do. None includes another."""

    READ = "read"
    """Read everything except secrets."""
    WRITE = "write"
    """Talk and work: contacts, conversations, messages, tasks."""
    BOT = "bot"
    """Speak as the bot, while the bot has control."""
    ADMIN = "admin"
    """Change the configuration: bots, rules, inboxes, staff, keys."""


ALL_SCOPES: Final = frozenset(Scope)
_PREFIX: Final = "sa_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key without its secret.

    prefix: how it begins, to recognise it by.
    staff_id: in whose name it acts; None for a program of its own.
    """

    id: str
    name: str
    prefix: str
    scopes: frozenset[Scope]
    staff_id: StaffId | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A fresh key. `token` is the secret itself, shown this once."""

    id: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls the API: whose account, and what the key allows."""

    key_id: str
    account_id: AccountId
    scopes: frozenset[Scope]
    staff_id: StaffId | None


async def create_api_key(
    tx: Tx,
    *,
    name: str,
    scopes: Iterable[Scope],
    staff_id: StaffId | None = None,
    now: datetime,
) -> NewApiKey:
    """Make a key."""
    prefix = f"{_PREFIX}{secrets.token_hex(4)}"
    key = NewApiKey(id=new_id("api_key"), token=f"{prefix}_{new_token()}")
    await tx.run(
        "INSERT INTO api_keys (id, account_id, name, prefix, hash, scopes, staff_id, "
        "created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        *(key.id, tx.account_id, name, prefix, digest(key.token)),
        *(sorted(scopes), staff_id, now),
    )
    return key


async def find_caller(db: Database, token: str) -> Caller | None:
    """Who shows this token; None when it is unknown or revoked, or its owner gone."""
    if not token.startswith(_PREFIX):
        return None
    async with db.connection() as conn:
        cursor = await conn.execute(
            "SELECT id, account_id, scopes, staff_id FROM find_api_key(%s)",
            (digest(token),),
        )
        row = await cursor.fetchone()
    return _caller(row) if row else None


async def list_api_keys(tx: Tx, *, after: str = "", limit: int = 50) -> list[ApiKey]:
    """Keys in the order they were made, revoked ones included."""
    rows = await tx.all(
        "SELECT id, name, prefix, scopes, staff_id, created_at, last_used_at, "
        "revoked_at FROM api_keys WHERE id > %s ORDER BY id LIMIT %s",
        *(after, limit),
    )
    return [_key(row) for row in rows]


async def note_use(tx: Tx, key_id: str, now: datetime) -> None:
    """Remember that a key was used."""
    await tx.run("UPDATE api_keys SET last_used_at = %s WHERE id = %s", now, key_id)


async def revoke_api_key(tx: Tx, key_id: str, now: datetime) -> None:
    """End a key for good. Raises: NotFound: unknown, or revoked before."""
    revoked = await tx.run(
        "UPDATE api_keys SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL",
        *(now, key_id),
    )
    if not revoked:
        raise NotFound("API key", key_id)


def _caller(row: dict[str, Any]) -> Caller:
    return Caller(
        key_id=row["id"],
        account_id=AccountId(row["account_id"]),
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        staff_id=StaffId(row["staff_id"]) if row["staff_id"] else None,
    )


def _key(row: dict[str, Any]) -> ApiKey:
    return ApiKey(**{**row, "scopes": frozenset(Scope(s) for s in row["scopes"])})
