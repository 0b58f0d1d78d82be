"""A bot's settings: its name, how it answers, and what happens while people have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.checks import check_bot
from stepaside.core.ids import BotId
from stepaside.core.roster import Bot
from stepaside.core.terms import Returning
from stepaside.desk.bots.fields import Sent
from stepaside.desk.bots.frame import open_bot
from stepaside.desk.bots.history import TheirChange
from stepaside.desk.bots.settings_answering import TransferRow
from stepaside.desk.bots.settings_form import SettingsForm, applied, form_of, read_form
from stepaside.desk.bots.settings_merge import (
    as_chosen,
    merge,
    pack,
    seen_form,
    who_changed,
)
from stepaside.desk.bots.settings_people import FollowUpRow
from stepaside.desk.bots.settings_said import RETURNS, said
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, mark
from stepaside.store import configuration
from stepaside.store.bots import get_bot, list_bots
from stepaside.store.database import Tx

MOST_BOTS: Final = 500
"""Bots to choose from, when one is to pass conversations on."""
RETURNS_MORE: Final[Mapping[Returning, str]] = {
    Returning.STAY: mark("A pause of the bot goes on to its end."),
    Returning.BOT: mark("Resolving ends the pause, unless somebody set it by hand."),
    Returning.LAST_OWNER: mark("Also when the bot has answered since."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """The form as it is shown.

    seen: what this person began with, or has now seen; None: what the form shows.
    conflicts: by section, what somebody else changed meanwhile.
    """

    form: SettingsForm
    seen: SettingsForm | None = None
    conflicts: Mapping[str, TheirChange] = field(default_factory=dict)


@get("/bots/{bot_id:str}/settings")
async def show_settings(visit: Visited, bot_id: FromPath[str]) -> Response[str]:
    """The form with what is stored."""
    async with visit.transaction() as tx:
        bot = (await get_bot(tx, BotId(bot_id))).bot
        return await _page(tx, visit, bot, _Shown(form=form_of(bot)), 200)


@get("/bots/{bot_id:str}")
async def show_bot(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """A bot's first page: what it is about."""
    del visit
    return go_on(f"/bots/{bot_id}/goals")


@post("/bots/{bot_id:str}/settings", status_code=HTTP_200_OK)
async def save_settings(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """Save the settings, or say what is wrong beside every field.

    What somebody else saved meanwhile stays; where both changed the same, it is asked.
    """
    sent = Sent(form=await visit.request.form())
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        bot = (await get_bot(tx, BotId(bot_id), lock=True)).bot
        others = await _other_bots(tx, bot)
        seen = seen_form(sent, bot)
        mine = as_chosen(sent, read_form(sent), seen)
        form = applied(bot, mine, others)[1]
        if form.faults:
            return await _page(tx, visit, bot, _Shown(form=form, seen=seen), 422)
        merged = merge(seen, form, bot)
        if merged.conflicts:
            told = await who_changed(tx, bot, merged, others)
            both = replace(form_of(merged.bot), wrong=frozenset(told))
            shown = _Shown(form=both, seen=form_of(bot), conflicts=told)
            return await _page(tx, visit, bot, shown, 409)
        await configuration.change_bot(tx, check_bot(merged.bot), visit.by)
    return go_on(f"/bots/{bot_id}/settings", _("Saved."))


SETTINGS_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_settings,
    show_bot,
    save_settings,
)


async def _other_bots(tx: Tx, bot: Bot) -> dict[BotId, str]:
    rows = await list_bots(tx, limit=MOST_BOTS)
    return {row.bot.id: row.bot.name for row in rows if row.bot.id != bot.id}


async def _page(
    tx: Tx, visit: Visit, bot: Bot, shown: _Shown, status: int
) -> Response[str]:
    frame = await open_bot(tx, visit, bot.id, "settings")
    others = await _other_bots(tx, bot)
    return page(
        "bots/settings.html",
        status=status,
        **frame,
        form=shown.form,
        base=pack(shown.seen or shown.form),
        conflicts=shown.conflicts,
        said=said(bot, others),
        others=others,
        blank_transfer=TransferRow(),
        blank_follow_up=FollowUpRow(),
        returns=[(key, _(RETURNS[key]), _(RETURNS_MORE[key])) for key in Returning],
    )
