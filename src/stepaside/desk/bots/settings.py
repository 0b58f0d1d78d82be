"""A bot's settings: its name, when it answers, and how long it keeps quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.checks import check_bot
from stepaside.core.errors import InvalidField
from stepaside.core.ids import BotId
from stepaside.core.roster import Bot, BotMode
from stepaside.desk.bots.fields import Faults, Sent, Span, in_words, whole
from stepaside.desk.bots.frame import open_bot
from stepaside.desk.bots.rule_form import FOR_A_TIME, UNTIL_BACK
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, mark
from stepaside.store import configuration
from stepaside.store.bots import get_bot
from stepaside.store.database import Tx

FAULTS: Final[Mapping[str, str]] = {
    "name": mark("Give it a name, up to 100 characters."),
    "wait_seconds": mark("Between 0 and 300 seconds, or empty."),
    "max_messages": mark("Between 1 and 100."),
    "takeover_pause": mark("Between 1 minute and 365 days."),
    "quiet_minutes": mark("Between 0 and 1440 minutes."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForm:
    """A bot's settings as they are typed, right or wrong."""

    name: str
    mode: str
    wait_seconds: str
    max_messages: str
    pause_mode: str
    pause: Span
    quiet_minutes: str
    faults: Faults = field(default_factory=Faults)


@get("/bots/{bot_id:str}/settings")
async def show_settings(visit: Visited, bot_id: FromPath[str]) -> Response[str]:
    """The form with what is stored."""
    async with visit.transaction() as tx:
        bot = (await get_bot(tx, BotId(bot_id))).bot
        return await _page(tx, visit, bot.id, _form_of(bot), 200)


@get("/bots/{bot_id:str}")
async def show_bot(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """A bot's first page: what it is about."""
    del visit
    return go_on(f"/bots/{bot_id}/goals")


@post("/bots/{bot_id:str}/settings", status_code=HTTP_200_OK)
async def save_settings(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """Save the settings, or say what is wrong beside the field."""
    sent = Sent(form=await visit.request.form())
    form = _read(sent)
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        bot = (await get_bot(tx, BotId(bot_id), lock=True)).bot
        try:
            changed = check_bot(_applied(bot, form))
        except InvalidField as fault:
            told = Faults({fault.field: in_words(fault, FAULTS)})
            wrong = replace(form, faults=told)
            return await _page(tx, visit, bot.id, wrong, 422)
        await configuration.change_bot(tx, changed, visit.by)
    return go_on(f"/bots/{bot_id}/settings", _("Saved."))


SETTINGS_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_settings,
    show_bot,
    save_settings,
)


def _form_of(bot: Bot) -> SettingsForm:
    return SettingsForm(
        name=bot.name,
        mode=bot.mode,
        wait_seconds="" if bot.wait_seconds is None else str(bot.wait_seconds),
        max_messages=str(bot.max_messages),
        pause_mode=UNTIL_BACK if bot.takeover_pause is None else FOR_A_TIME,
        pause=Span.of(bot.takeover_pause),
        quiet_minutes=str(int(bot.quiet.total_seconds()) // 60),
    )


def _read(sent: Sent) -> SettingsForm:
    return SettingsForm(
        name=sent.line("name"),
        mode=sent.line("mode"),
        wait_seconds=sent.line("wait_seconds"),
        max_messages=sent.line("max_messages"),
        pause_mode=sent.line("pause_mode"),
        pause=Span.read(sent, "pause"),
        quiet_minutes=sent.line("quiet_minutes"),
    )


def _applied(bot: Bot, form: SettingsForm) -> Bot:
    for_ever = form.pause_mode == UNTIL_BACK
    wait, known = form.wait_seconds, form.mode in list(BotMode)
    return replace(
        bot,
        name=form.name,
        mode=BotMode(form.mode) if known else bot.mode,
        wait_seconds=whole(wait, "wait_seconds") if wait else None,
        max_messages=whole(form.max_messages, "max_messages"),
        takeover_pause=None if for_ever else form.pause.length("takeover_pause"),
        quiet=timedelta(minutes=whole(form.quiet_minutes, "quiet_minutes")),
    )


async def _page(
    tx: Tx, visit: Visit, bot_id: BotId, form: SettingsForm, status: int
) -> Response[str]:
    frame = await open_bot(tx, visit, bot_id, "settings")
    return page("bots/settings.html", status=status, **frame, form=form)
