"""The account: its name, language and time zone."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get, post
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.languages import NAMES
from stepaside.desk.settings.frame import (
    Sent,
    open_settings,
    settings_page,
    time_zones,
)
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _
from stepaside.store.accounts import get_account
from stepaside.store.preferences import get_account_language, save_account


@get("/settings/account")
async def show_account(visit: Visited) -> Response[str]:
    """The account, to be changed."""
    return await _page(visit, None)


@post("/settings/account", status_code=HTTP_200_OK)
async def change_account(visit: Visited) -> Response[Any]:
    """Store what was changed."""
    sent = await Sent.by(visit)
    name = sent.text("name", most=100, required=True)
    zone = sent.zone("time_zone", required=True)
    language = sent.text("language")
    if language and language not in [str(one) for one in NAMES]:
        sent.problems["language"] = _("Choose one of the list.")
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        if not sent.problems:
            await save_account(tx, name, zone, language)
            return go_on("/settings/account", _("Saved."))
    return await _page(visit, sent)


async def _page(visit: Visit, sent: Sent | None) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "account")
        account = await get_account(tx)
        language = await get_account_language(tx)
    kept = {
        "name": account.name,
        "time_zone": account.time_zone,
        "language": language,
    }
    return settings_page(
        "account",
        frame,
        sent.problems if sent else None,
        sent=sent or Sent.of(kept),
        account=account,
        languages=NAMES,
        zones=time_zones(),
    )


ACCOUNT_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_account,
    change_account,
)
