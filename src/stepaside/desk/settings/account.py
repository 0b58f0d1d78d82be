"""The account: its name, language and time zone, and when its people work."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.hours import ALWAYS
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.languages import NAMES
from stepaside.desk.settings.frame import (
    Sent,
    open_settings,
    settings_page,
    time_zones,
)
from stepaside.desk.settings.times_of_work import (
    check,
    hours_fields,
    hours_names,
    read_holidays,
    read_week,
)
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _
from stepaside.pipeline.dispatch import drain_soon
from stepaside.store.accounts import Account, change_account, get_account
from stepaside.store.model_usage import last_days
from stepaside.store.preferences import get_account_language, save_account_language

DAYS: Final = 7
"""Days of which it is told what language models were asked."""


@get("/settings/account")
async def show_account(visit: Visited) -> Response[str]:
    """The account, to be changed."""
    return await _page(visit, None)


@post("/settings/account", status_code=HTTP_200_OK)
async def save_account(visit: Visited) -> Response[Any]:
    """Store what was changed. What waits goes to whoever is at work now."""
    sent = await Sent.by(visit)
    language = sent.text("language")
    if language and language not in [str(one) for one in NAMES]:
        sent.problems["language"] = _("Choose one of the list.")
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        changed = _read(sent, await get_account(tx, lock=True))
        if not sent.problems:
            await change_account(tx, changed)
            await save_account_language(tx, language)
    if sent.problems:
        return await _page(visit, sent)
    drain_soon(visit.desk.rt, visit.account_id)
    return go_on("/settings/account", _("Saved."))


def _read(sent: Sent, account: Account) -> Account:
    hours = replace(
        account.hours,
        time_zone=sent.zone("time_zone", required=True),
        week=read_week(sent, account.hours.week) or ALWAYS,
        holidays=read_holidays(sent),
    )
    if not sent.problems:
        check(sent, hours)
    return replace(
        account,
        name=sent.text("name", most=100, required=True),
        hours=hours,
        model_daily_tokens=_tokens(sent, account),
    )


def _tokens(sent: Sent, account: Account) -> int | None:
    """The budget; the form has no field for it where no language model is set up."""
    if "tokens" not in sent.form:
        return account.model_daily_tokens
    return sent.number("tokens", least=1, most=999_999_999)


async def _page(visit: Visit, sent: Sent | None) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "account")
        account = await get_account(tx)
        used = await last_days(tx, visit.now(), DAYS)
        language = await get_account_language(tx)
    hours = account.hours
    kept = {
        "name": account.name,
        "time_zone": account.time_zone,
        "language": language,
        "tokens": account.model_daily_tokens or "",
        **hours_fields(hours.week, hours.holidays, "always"),
    }
    shown = sent or Sent.of(kept)
    return settings_page(
        "account",
        frame,
        sent.problems if sent else None,
        sent=shown,
        account=account,
        has_model=visit.desk.rt.summarise is not None,
        used=used,
        today=visit.now().date(),
        languages=NAMES,
        zones=time_zones(),
        is_open=hours.is_open(visit.now()),
        opens_at=hours.next_opening(visit.now()),
        open_choices=[("always", _("Always")), ("week", _("At these times"))],
        **hours_names(shown),
    )


ACCOUNT_ROUTES: Final[Sequence[ControllerRouterHandler]] = (show_account, save_account)
