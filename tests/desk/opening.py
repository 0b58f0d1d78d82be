"""Fixtures for tests that open the desk in a browser."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from stepaside.live.hub import Hub
from tests.desk.browser import ARGS, CHROMIUM, SOON, OpenDesk, served
from tests.house import open_house
from tests.world import World


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of the test run: one, since starting takes longer than a test."""
    expect.set_options(timeout=SOON)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(ARGS)
        )
        yield browser
        await browser.close()


@pytest.fixture
async def desk(chromium: Browser, world: World) -> AsyncIterator[OpenDesk]:
    """The desk over one conversation of Cy's; at the end nothing has gone wrong."""
    house = await open_house(world)
    hub = Hub(world.db)
    await hub.start()
    async with served(house.rt, hub) as url:
        desk = OpenDesk(world=world, house=house, url=url, browser=chromium)
        try:
            yield desk
            desk.check()
        finally:
            for context in chromium.contexts:
                await context.close()
            await hub.close()
            await house.settle()
