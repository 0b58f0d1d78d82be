"""Take the pictures in docs/screens: the desk as it is, at two sizes, in both themes.

    scripts/screens

The day they show is played on a database of its own, at a time that stands still, so
that a picture changes only when the desk does.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from stepaside.live.hub import Hub
from stepaside.store.database import Database
from stepaside.store.sessions import create_session
from tests.desk.browser import ARGS, CHROMIUM, NARROW, WIDE, served
from tests.desk.stage_set import play
from tests.postgres import Databases, running_server
from tests.world import MONDAY_MORNING, Clock, World, build_world

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screens"
OPEN: Final = "Maya Fontaine"
NOW: Final = MONDAY_MORNING + timedelta(hours=4, minutes=26)
# The card is what the desk is about: shown are the words that led to it, and it.
_SCROLL: Final = """() => {
    const box = document.querySelector("[data-transcript]");
    const said = box?.querySelector(".card")?.previousElementSibling;
    if (said) box.scrollTop = said.offsetTop - box.offsetTop - 12;
}"""


async def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as url:
        databases = Databases(url, "screens")
        db = Database(databases.fresh())
        await db.open()
        try:
            await _on_stage(await build_world(db, Clock(NOW)))
        finally:
            await db.close()
            databases.drop_all()


async def _on_stage(world: World) -> None:
    rt, ids = await play(world)
    async with world.db.transaction(world.account_id) as tx:
        now = world.clock()
        token = await create_session(tx, world.ann.id, now, now + timedelta(days=1))
    hub = Hub(world.db)
    await hub.start()
    async with served(rt, hub) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(ARGS)
        )
        stage = _Stage(
            url=url, token=token, conversation_id=ids[OPEN], bot_id=world.bot.id
        )
        for theme, size in product(("light", "dark"), (WIDE, NARROW)):
            await _pictures(browser, stage, theme, size)
        await browser.close()
        await hub.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """Where the desk is, who looks at it, and the conversation that is open."""

    url: str
    token: str
    conversation_id: str
    bot_id: str


async def _pictures(
    browser: Browser, stage: _Stage, theme: str, size: tuple[int, int]
) -> None:
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        timezone_id="Europe/Berlin",
    )
    page = await context.new_page()
    await page.goto(f"{stage.url}/login")
    await _take(page, f"sign-in-{width}-{theme}")
    await context.add_cookies(
        [{"name": "stepaside", "value": stage.token, "url": stage.url}]
    )
    pages = {
        "inbox": "/conversations?view=all",
        "conversation": f"/conversations/{stage.conversation_id}?view=unassigned",
        "tasks": "/tasks?whose=all",
        "contacts": "/contacts",
        "reports": "/reports",
        "bots": "/bots",
        "bot-goals": f"/bots/{stage.bot_id}/goals",
        "bot-settings": f"/bots/{stage.bot_id}/settings",
        "bot-knowledge": f"/bots/{stage.bot_id}/knowledge",
        "bot-activity": f"/bots/{stage.bot_id}/activity",
        "first-run": "/start",
        "settings": "/settings",
        "settings-staff": "/settings/staff",
        "settings-account": "/settings/account",
        "notifications": "/settings/notifications",
    }
    for name, path in pages.items():
        await page.goto(f"{stage.url}{path}")
        await page.evaluate(_SCROLL)
        await _take(page, f"{name}-{width}-{theme}")
    await context.close()


async def _take(page: Page, name: str) -> None:
    await page.wait_for_load_state("load")
    await page.screenshot(path=FOLDER / f"desk-{name}.png", caret="hide")


if __name__ == "__main__":
    asyncio.run(main())
