"""Signing in to the desk: sessions, one-time login links, and whose password it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stepaside.core.ids import AccountId, StaffId
from stepaside.store.database import Database, Tx
from stepaside.store.tokens import digest, new_token


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A staff member of one account.

    language, time_zone: as they set them, the language or else the account did; empty
        for whatever their browser says.
    invited: whether they come by an invitation and have yet to choose a password.
    """

    account_id: AccountId
    staff_id: StaffId
    language: str = ""
    time_zone: str = ""
    invited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A staff member whose password may be checked. One address may be several."""

    account_id: AccountId
    staff_id: StaffId
    password_hash: str


async def create_session(
    tx: Tx, staff_id: StaffId, now: datetime, expires_at: datetime
) -> str:
    """Start a session; the token to keep in the browser."""
    token = new_token()
    await tx.run(
        "INSERT INTO sessions (hash, account_id, staff_id, created_at, expires_at) "
        "VALUES (%s, %s, %s, %s, %s)",
        *(digest(token), tx.account_id, staff_id, now, expires_at),
    )
    return token


async def find_session(db: Database, token: str, now: datetime) -> SignedIn | None:
    """Who is signed in; None once it ended, expired, or the person was disabled."""
    sql = "SELECT account_id, staff_id, language, time_zone FROM find_session(%s, %s)"
    row = await _one(db, sql, digest(token), now)
    return SignedIn(**row) if row else None


async def end_session(tx: Tx, token: str) -> None:
    """Sign out. Ending one that is over already changes nothing."""
    await tx.run("DELETE FROM sessions WHERE hash = %s", digest(token))


async def end_old_sessions(tx: Tx, now: datetime) -> None:
    """Forget the account's sessions and login links that have expired."""
    await tx.run("DELETE FROM sessions WHERE expires_at <= %s", now)
    await tx.run("DELETE FROM login_links WHERE expires_at <= %s", now)


async def create_login_link(
    tx: Tx, staff_id: StaffId, expires_at: datetime, *, invites: bool = False
) -> str:
    """Make a token that signs this staff member in once.

    invites: they choose a password then; earlier invitations of theirs are void.
    """
    token = new_token()
    if invites:
        await tx.run(
            "DELETE FROM login_links WHERE staff_id = %s AND invites", staff_id
        )
    await tx.run(
        "INSERT INTO login_links (hash, account_id, staff_id, expires_at, invites) "
        "VALUES (%s, %s, %s, %s, %s)",
        *(digest(token), tx.account_id, staff_id, expires_at, invites),
    )
    return token


async def use_login_link(db: Database, token: str, now: datetime) -> SignedIn | None:
    """Whom the link signs in; None when it was used, has expired or never was."""
    sql = "SELECT account_id, staff_id, invited FROM use_login_link(%s, %s)"
    row = await _one(db, sql, digest(token), now)
    return SignedIn(**row) if row else None


async def find_logins(db: Database, email: str) -> list[Login]:
    """The staff members, in any account, who sign in with this address."""
    if "\0" in email:  # PostgreSQL could not even look for it
        return []
    async with db.connection() as conn:
        cursor = await conn.execute("SELECT * FROM find_logins(%s)", (email,))
        return [Login(**row) for row in await cursor.fetchall()]


async def _one(db: Database, sql: str, *values: Any) -> dict[str, Any] | None:
    async with db.connection() as conn:
        cursor = await conn.execute(sql, values)
        return await cursor.fetchone()
