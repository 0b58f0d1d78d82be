"""Accounts: the businesses, strictly apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg.types.json import Jsonb

from stepaside.core.hours import ALWAYS, WorkingHours, check_hours
from stepaside.core.ids import AccountId, StaffId
from stepaside.core.roster import Role, StaffMember
from stepaside.store.api_keys import ALL_SCOPES, create_api_key
from stepaside.store.database import Database, Tx
from stepaside.store.errors import NotFound
from stepaside.store.hours import holidays_to_json, hours_from_row, week_to_json
from stepaside.store.ids import new_id
from stepaside.store.sessions import create_login_link
from stepaside.store.staff import StoredStaff, create_staff

FIRST_LOGIN: Final = timedelta(days=1)
"""How long the first login link is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A business.

    hours: when its people work, in its time zone.
    model_daily_tokens: what its bots may use of language models in a day in UTC; None:
        as much as the installation allows.
    """

    id: AccountId
    name: str
    hours: WorkingHours
    model_daily_tokens: int | None
    created_at: datetime

    @property
    def time_zone(self) -> str:
        """An IANA name."""
        return self.hours.time_zone


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


async def get_account(tx: Tx, *, lock: bool = False) -> Account:
    """The account of this transaction. Raises: NotFound.

    lock: hold it until the end of the transaction, to change it.
    """
    held = "FOR NO KEY UPDATE" if lock else ""
    row = await tx.one(
        "SELECT id, name, time_zone, working_hours, holidays, created_at, "  # noqa: S608
        f"model_daily_tokens FROM accounts WHERE id = %s {held}",
        tx.account_id,
    )
    if row is None:
        raise NotFound("account", tx.account_id)
    return Account(
        id=AccountId(row["id"]),
        name=row["name"],
        hours=hours_from_row(row),
        model_daily_tokens=row["model_daily_tokens"],
        created_at=row["created_at"],
    )


async def change_account(tx: Tx, account: Account) -> None:
    """Store a changed account. Raises: InvalidField: its hours make no sense."""
    hours = check_hours(account.hours)
    await tx.run(
        "UPDATE accounts SET name = %s, time_zone = %s, working_hours = %s, "
        "holidays = %s, model_daily_tokens = %s WHERE id = %s",
        account.name,
        hours.time_zone,
        None if hours.week == ALWAYS else Jsonb(week_to_json(hours.week)),
        Jsonb(holidays_to_json(hours.holidays)),
        account.model_daily_tokens,
        account.id,
    )
