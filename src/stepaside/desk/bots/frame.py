"""What every page of one bot stands in."""

from typing import Any

from stepaside.core.ids import BotId
from stepaside.desk.bots.history import MODE
from stepaside.desk.frame import open_frame
from stepaside.desk.visit import Visit
from stepaside.store.bots import get_bot
from stepaside.store.database import Tx
from stepaside.store.knowledge import count_items


async def open_bot(tx: Tx, visit: Visit, bot_id: BotId, tab: str) -> dict[str, Any]:
    """The frame of a page of one bot, with its tabs. Pass it as `**frame`.

    Raises:
        NotForYou: the reader may not configure.
        NotFound: there is no such bot.
    """
    frame = await open_frame(tx, visit, "bots", admins=True)
    stored = await get_bot(tx, bot_id)
    return {
        **frame,
        "bot": stored.bot,
        "stored_bot": stored,
        "tab": tab,
        "known": await count_items(tx, bot_id),
        "modes": MODE,
    }
