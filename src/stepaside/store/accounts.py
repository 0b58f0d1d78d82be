"""Accounts: the businesses, strictly apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stepaside.core.ids import AccountId, StaffId
from stepaside.core.roster import Role, StaffMember
from stepaside.store.api_keys import ALL_SCOPES, create_api_key
from stepaside.store.database import Database, Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.sessions import create_login_link
from stepaside.store.staff import StoredStaff, create_staff

FIRST_LOGIN: Final = timedelta(days=1)
"""How long the first login link is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A business. `time_zone` is an IANA name."""

    id: AccountId
    name: str
    time_zone: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A fresh account and the secrets of its owner, which are shown this once.

    login_token: signs the owner in once, within `FIRST_LOGIN`.
    api_key: may do everything the API offers, in the owner's name.
    """

    id: AccountId
    owner_id: StaffId
    login_token: str
    api_key: str


async def create_account(
    db: Database,
    *,
    name: str,
    owner_name: str,
    email: str,
    now: datetime,
    time_zone: str = "UTC",
) -> NewAccount:
    """Make an account with its owner, a login link and an API key."""
    account_id = AccountId(new_id("account"))
    owner = StaffMember(
        id=StaffId(new_id("staff")), name=owner_name, email=email, role=Role.OWNER
    )
    async with db.transaction(account_id) as tx:
        await tx.run(
            "INSERT INTO accounts (id, name, time_zone, created_at) "
            "VALUES (%s, %s, %s, %s)",
            *(account_id, name, time_zone, now),
        )
        await create_staff(
            tx, StoredStaff(member=owner, created_at=now, updated_at=now)
        )
        key = await create_api_key(
            tx, name="First key", scopes=ALL_SCOPES, staff_id=owner.id, now=now
        )
        link = await create_login_link(tx, owner.id, now + FIRST_LOGIN)
    return NewAccount(
        id=account_id, owner_id=owner.id, login_token=link, api_key=key.token
    )


async def get_account(tx: Tx) -> Account:
    """The account of this transaction. Raises: NotFound."""
    row = await tx.one(
        "SELECT id, name, time_zone, created_at FROM accounts WHERE id = %s",
        tx.account_id,
    )
    if row is None:
        raise NotFound("account", tx.account_id)
    return Account(**row)
