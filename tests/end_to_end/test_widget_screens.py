"""The demo page as a newcomer meets it, and the pictures of it in `docs/screens`.

`SCREENS=docs/screens pytest tests/end_to_end/test_widget_screens.py` makes them anew.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, expect

from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.rules import AssignTo, Scenario
from stepaside.demo.content import load
from stepaside.live.hub import Hub
from stepaside.store.ids import new_id
from stepaside.store.knowledge import replace_items
from tests.widget.browser import Visit, needs_chromium, visiting
from tests.widget.site import Site, running_site, shop_runtime, widget_app, widget_inbox
from tests.world import World

pytest_plugins = ["tests.widget.opening"]
pytestmark = needs_chromium

DESKTOP: Final = {"viewport": {"width": 1280, "height": 800}}
PHONE: Final = {"viewport": {"width": 390, "height": 844}}
DARK: Final = {**DESKTOP, "color_scheme": "dark"}


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    """The demo's bank: its bot, its articles, and Bo for whoever asks for a person."""
    demo, hub, rt = load(), Hub(world.db), shop_runtime(world)
    inbox_id = await widget_inbox(world)
    await world.change_bot(name=demo.business.bot.name, wait_seconds=0)
    await world.change_rule(
        Scenario.HUMAN_REQUESTED,
        assign_to=AssignTo.STAFF,
        staff_id=world.bo.id,
        final_message="Of course. I am handing you over to a person, who will answer "
        "you here.",
    )
    articles = [
        KnowledgeItem(
            id=KnowledgeItemId(new_id("knowledge_item")),
            title=article.title,
            text=article.text,
            question=article.question,
            url=article.url,
        )
        for article in demo.articles
    ]
    async with world.db.transaction(world.account_id) as tx:
        await tx.run("UPDATE accounts SET name = %s", demo.business.account.name)
        await replace_items(tx, world.bot.id, articles, world.clock())
    await hub.start()
    async with running_site(widget_app(rt, hub, inbox_id)) as site:
        yield site
    await rt.background.drain()
    await hub.close()


@pytest.mark.parametrize(
    ("name", "look"), [("1280", DESKTOP), ("390", PHONE), ("1280-dark", DARK)]
)
async def test_the_demo_page_shows_a_bot_that_steps_aside(
    browser: Browser, site: Site, world: World, *, name: str, look: dict[str, Any]
) -> None:
    async with visiting(browser, world, site.app.state.rt, site, **look) as cy:
        await cy.arrives()
        await cy.opens()
        await cy.shows(
            "I'm Northwind Bank's assistant, a bot. Ask for a person any time."
        )
        await cy.says_who_answers("Nora, a bot, answers here.")
        await take_picture(cy, f"widget-opened-{name}.png")

        await cy.writes("How long until my new card arrives?")
        await cy.shows("3 to 5 working days")
        await cy.writes_and_is_heard("Can someone real help me?")
        await cy.says_who_answers("Bo will answer here; the bot is quiet now.")
        await cy.replies(world.bo, "Hello, this is Bo. I see that it left on Friday.")
        await cy.shows("Hello, this is Bo.")
        await expect(cy.log.get_by_text("Sending…")).to_have_count(0)
        await take_picture(cy, f"widget-handed-over-{name}.png")
        assert cy.complaints == []


async def take_picture(cy: Visit, name: str) -> None:
    """Take it, and keep it where somebody wants to have it."""
    folder = os.environ.get("SCREENS")
    picture = await cy.page.screenshot(path=Path(folder) / name if folder else None)
    assert picture.startswith(b"\x89PNG")
