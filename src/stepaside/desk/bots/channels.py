"""Where a bot answers: its inboxes, and what to paste into a website."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.ids import BotId, InboxId
from stepaside.desk.bots.fields import Sent
from stepaside.desk.bots.frame import open_bot
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.pages import page
from stepaside.desk.visit import Visited
from stepaside.desk.words import _, mark
from stepaside.store import configuration
from stepaside.store.bot_lists import bot_channels
from stepaside.store.bots import get_bot
from stepaside.store.changes import By
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.inboxes import Inbox, InboxKind, get_inbox, list_inboxes

KIND: Final = {
    "api": mark("REST API"),
    "widget": mark("Website chat"),
    "webhook": mark("Webhook"),
}


@get("/bots/{bot_id:str}/channels")
async def show_channels(visit: Visited, bot_id: FromPath[str]) -> Response[str]:
    """The inboxes where the bot answers, and those where it could."""
    async with visit.transaction() as tx:
        frame = await open_bot(tx, visit, BotId(bot_id), "channels")
        mine = (await bot_channels(tx)).get(BotId(bot_id), [])
        inboxes = await list_inboxes(tx, limit=200)
    here = {channel.id for channel in mine}
    return page(
        "bots/channels.html",
        **frame,
        channels=mine,
        others=[inbox for inbox in inboxes if inbox.id not in here],
        kinds=KIND,
        snippet=lambda inbox_id: snippet(visit.desk.base_url, inbox_id),
    )


@post("/bots/{bot_id:str}/channels", status_code=HTTP_200_OK)
async def change_channels(visit: Visited, bot_id: FromPath[str]) -> Response[Any]:
    """Put the bot into an inbox, take it out, or make a chat for a website."""
    sent = Sent(form=await visit.request.form())
    inbox_id, deed = InboxId(sent.line("inbox_id")), sent.line("do")
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        bot = (await get_bot(tx, BotId(bot_id))).bot
        if deed == "widget":
            name = sent.line("name")[:100] or _("Website")
            await make_widget(tx, bot.id, name, visit.by)
            said = _("Made. Paste the lines below into your website.")
        else:
            inbox = await get_inbox(tx, inbox_id, lock=True)
            put = bot.id if deed == "put" else None
            changed = replace(inbox, bot_id=put, updated_at=visit.now())
            await configuration.change_inbox(tx, changed, visit.by)
            said = _("The bot answers there now.") if put else _("Taken out.")
    return go_on(f"/bots/{bot_id}/channels", said)


CHANNEL_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_channels,
    change_channels,
)


async def make_widget(tx: Tx, bot_id: BotId, name: str, by: By) -> InboxId:
    """A chat for a website that this bot answers; its id."""
    inbox = Inbox(
        id=InboxId(new_id("inbox")),
        kind=InboxKind.WIDGET,
        name=name,
        bot_id=bot_id,
        settings={"allowed_origins": []},
        created_at=by.at,
        updated_at=by.at,
    )
    await configuration.create_inbox(tx, inbox, by)
    return inbox.id


def snippet(base_url: str, inbox_id: str) -> str:
    """What to paste into a website before `</body>`."""
    return (
        f'<script type="module" src="{base_url}/widget/stepaside-widget.js"></script>\n'
        f'<stepaside-chat inbox="{inbox_id}"></stepaside-chat>'
    )
