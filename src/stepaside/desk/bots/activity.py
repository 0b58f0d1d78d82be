"""What a bot decided lately, and who changed what about it."""

from collections.abc import Sequence
from typing import Final

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler

from stepaside.core.ids import BotId
from stepaside.desk.bots import history
from stepaside.desk.bots.frame import open_bot
from stepaside.desk.bots.trial import KIND
from stepaside.desk.pages import page
from stepaside.desk.visit import Visited
from stepaside.store.bot_lists import recent_decisions
from stepaside.store.bots import list_bots
from stepaside.store.changes import list_changes
from stepaside.store.staff import load_roster

PAGE: Final = 30


@get("/bots/{bot_id:str}/activity")
async def show_activity(
    visit: Visited,
    bot_id: FromPath[str],
    show: FromQuery[str] = "decisions",
    before: FromQuery[str] = "",
) -> Response[str]:
    """Decisions, or changes; `before`: those older than this one."""
    here = BotId(bot_id)
    async with visit.transaction() as tx:
        frame = await open_bot(tx, visit, here, "activity")
        roster = await load_roster(tx)
        if show == "changes":
            found = await list_changes(tx, here, before=before, limit=PAGE + 1)
            older = found[PAGE - 1].id if len(found) > PAGE else ""
            bots = {row.bot.id: row.bot.name for row in await list_bots(tx, limit=500)}
            told = history.entries(found[:PAGE], roster, bots)
            return page(
                "bots/changes.html", **frame, entries=told, older=older, show=show
            )
        rows = await recent_decisions(tx, here, before=before, limit=PAGE + 1)
    older = rows[PAGE - 1].id if len(rows) > PAGE else ""
    return page(
        "bots/decisions.html",
        **frame,
        rows=rows[:PAGE],
        older=older,
        show="decisions",
        kinds=KIND,
    )


ACTIVITY_ROUTES: Final[Sequence[ControllerRouterHandler]] = (show_activity,)
