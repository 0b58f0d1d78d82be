"""The account's own settings: `/v1/account`."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final

from litestar import get, patch
from litestar.params import JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import ADMIN, READ
from stepaside.api.call import Called
from stepaside.api.hours_wire import (
    Holidays,
    HolidayWire,
    WeekWire,
    Zone,
    holidays_of,
    holidays_view,
    week_of,
    week_view,
)
from stepaside.api.wire import Name, Request
from stepaside.core.hours import ALWAYS
from stepaside.pipeline.dispatch import drain_soon
from stepaside.store.accounts import Account, change_account
from stepaside.store.accounts import get_account as read_account
from stepaside.store.model_usage import last_days


class AccountChange(Request):
    """What to change of the account; the rest stays.

    time_zone: an IANA name, such as Europe/Berlin.
    working_hours: null: people are there always. Replaces the whole week.
    holidays: all of them; what is left out is none any more.
    model_daily_tokens: what the bots may use of language models in a day in UTC; null:
        as much as the installation allows.
    """

    name: Name | UnsetType = UNSET
    time_zone: Zone | UnsetType = UNSET
    working_hours: WeekWire | UnsetType | None = UNSET
    holidays: Holidays | UnsetType = UNSET
    model_daily_tokens: Annotated[int, Meta(ge=1)] | UnsetType | None = UNSET


class AccountView(Struct, kw_only=True):
    """The account.

    is_open: whether people work now.
    next_opening_at: when they next do; null while they do, and where they never do.
    """

    id: str
    name: str
    time_zone: str
    working_hours: WeekWire | None
    holidays: list[HolidayWire]
    model_daily_tokens: int | None
    is_open: bool
    next_opening_at: datetime | None
    created_at: datetime


class UsageDay(Struct, kw_only=True):
    """One day in UTC: answers of language models, and the tokens they took."""

    day: date
    answers: int
    tokens_in: int
    tokens_out: int


class Usage(Struct, kw_only=True):
    """The days language models were asked on. `daily_tokens`: the account's limit."""

    daily_tokens: int | None
    items: list[UsageDay]


@get("/account", scopes=READ)
async def get_account(call: Called) -> AccountView:
    """Read the account's settings, and whether people work now."""
    async with call.transaction() as tx:
        return view(await read_account(tx), call.now())


@patch("/account", scopes=ADMIN)
async def patch_account(call: Called, data: JSONBody[AccountChange]) -> AccountView:
    """Change the settings that are named."""
    async with call.transaction() as tx:
        account = await read_account(tx, lock=True)
        changed = _changed(account, data)
        await change_account(tx, changed)
    drain_soon(call.rt, call.account_id)
    return view(changed, call.now())


@get("/model-usage", scopes=READ)
async def get_model_usage(call: Called) -> Usage:
    """Read what the bots used of language models, the last 30 days, today first."""
    async with call.transaction() as tx:
        days = await last_days(tx, call.now(), 30)
        account = await read_account(tx)
    return Usage(
        daily_tokens=account.model_daily_tokens,
        items=[
            UsageDay(
                day=day.day,
                answers=day.answers,
                tokens_in=day.tokens_in,
                tokens_out=day.tokens_out,
            )
            for day in days
        ],
    )


ROUTES: Final = (get_account, patch_account, get_model_usage)


def view(account: Account, now: datetime) -> AccountView:
    """An account as it is shown."""
    hours, is_open = account.hours, account.hours.is_open(now)
    return AccountView(
        id=account.id,
        name=account.name,
        time_zone=hours.time_zone,
        working_hours=None if hours.week == ALWAYS else week_view(hours.week),
        holidays=holidays_view(hours.holidays),
        model_daily_tokens=account.model_daily_tokens,
        is_open=is_open,
        next_opening_at=None if is_open else hours.next_opening(now),
        created_at=account.created_at,
    )


def _changed(account: Account, change: AccountChange) -> Account:
    hours = account.hours
    if change.time_zone is not UNSET:
        hours = replace(hours, time_zone=change.time_zone)
    if change.working_hours is not UNSET:
        sent = change.working_hours
        hours = replace(hours, week=ALWAYS if sent is None else week_of(sent))
    if change.holidays is not UNSET:
        hours = replace(hours, holidays=holidays_of(change.holidays))
    named = {
        field: value
        for field in ("name", "model_daily_tokens")
        if (value := getattr(change, field)) is not UNSET
    }
    return replace(account, hours=hours, **named)
