"""The list of bots, and what its three dots do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.ids import BotId
from stepaside.core.roster import Bot, BotMode
from stepaside.desk.bots import history
from stepaside.desk.bots.making import make_bot
from stepaside.desk.frame import go_on, only_admins, open_frame
from stepaside.desk.pages import page
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _
from stepaside.store import configuration
from stepaside.store.bot_lists import Channel, bot_channels
from stepaside.store.bots import get_bot, list_bots
from stepaside.store.changes import latest_changes
from stepaside.store.database import Tx
from stepaside.store.reports import Asked, Figures, GroupBy, report
from stepaside.store.staff import load_roster

PERIOD: Final = timedelta(days=30)
"""The stretch that the counts look back on."""
_MOST: Final = 200

Deed = Literal["duplicate", "turn-off", "turn-on", "delete", "restore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRow:
    """A bot in the list. changed_by: empty where the history does not tell."""

    bot: Bot
    channels: Sequence[Channel]
    figures: Figures
    changed_at: datetime
    changed_by: str

    @property
    def percent(self) -> int | None:
        """How much of its conversations it handed over, 0 to 100; None without any."""
        rate = self.figures.rate
        return None if rate is None else round(rate * 100)


@get("/bots")
async def show_bots(visit: Visited, gone: FromQuery[str] = "") -> Response[str]:
    """Every bot of the account. `gone`: one just deleted, to take that back."""
    async with visit.transaction() as tx:
        frame = await open_frame(tx, visit, "bots", admins=True)
        rows = await _rows(tx, visit)
    return page("bots/bots.html", **frame, rows=rows, modes=history.MODE, gone=gone)


@post("/bots", status_code=HTTP_200_OK)
async def add_bot(visit: Visited) -> Response[Any]:
    """Make a bot with the three built-in rules, off until somebody looked at it."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        count = len(await list_bots(tx, limit=_MOST))
        name = _("New bot") if not count else _("New bot %(n)s", n=count + 1)
        blank = Bot(id=BotId(""), name=name, mode=BotMode.OFF)
        made = await make_bot(tx, blank, visit.by)
    return go_on(f"/bots/{made}/settings", _("Made. Give it a name first."))


@post("/bots/{bot_id:str}/do/{deed:str}", status_code=HTTP_200_OK)
async def do_to_bot(
    visit: Visited, bot_id: FromPath[str], deed: FromPath[Deed]
) -> Response[Any]:
    """Duplicate, turn off or on, delete, or take that back."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        return await _do(tx, visit, BotId(bot_id), deed)


LIST_ROUTES: Final[Sequence[ControllerRouterHandler]] = (show_bots, add_bot, do_to_bot)


async def _do(tx: Tx, visit: Visit, bot_id: BotId, deed: Deed) -> Response[Any]:
    match deed:
        case "restore":
            await configuration.restore_bot(tx, bot_id, visit.by)
            return go_on("/bots", _("It is back, as it was."))
        case "delete":
            await configuration.delete_bot(tx, bot_id, visit.by)
            return go_on(f"/bots?gone={bot_id}")
        case "duplicate":
            bot = (await get_bot(tx, bot_id)).bot
            name = _("Copy of %(name)s", name=bot.name)[:100]
            twin = await configuration.duplicate_bot(tx, bot_id, name, visit.by)
            said = _("Duplicated. The copy is off and in no inbox.")
            return go_on(f"/bots/{twin}/settings", said)
        case "turn-off" | "turn-on":
            mode = BotMode.OFF if deed == "turn-off" else BotMode.AUTO
            bot = (await get_bot(tx, bot_id, lock=True)).bot
            await configuration.change_bot(tx, replace(bot, mode=mode), visit.by)
            off = _("Off. Whoever writes now gets a person.")
            on = _("On. It answers by itself.")
            return go_on("/bots", off if mode is BotMode.OFF else on)


async def _rows(tx: Tx, visit: Visit) -> list[BotRow]:
    stored = await list_bots(tx, limit=_MOST)
    now = visit.now()
    asked = Asked(start=now - PERIOD, end=now + timedelta(seconds=1))
    figures = {line.key: line for line in await report(tx, asked, GroupBy.BOT)}
    channels = await bot_channels(tx)
    latest = await latest_changes(tx, [row.bot.id for row in stored])
    roster = await load_roster(tx)
    rows = []
    for row in stored:
        change = latest.get(row.bot.id)
        rows.append(
            BotRow(
                bot=row.bot,
                channels=channels.get(row.bot.id, []),
                figures=figures.get(row.bot.id, Figures()),
                changed_at=change.at if change else row.updated_at,
                changed_by=history.who(change, roster) if change else "",
            )
        )
    return rows
