"""Fixtures for tests that open the chat on the shop's website in a browser."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from stepaside.core.rules import AssignTo, Scenario
from stepaside.live.hub import Hub
from stepaside.store.database import Database
from tests.widget.browser import Visit, running_browser, visiting
from tests.widget.site import Site, running_site, shop_runtime, widget_app, widget_inbox
from tests.world import World


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The browser of a file of tests."""
    async with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
async def hub(open_database: Database) -> AsyncIterator[Hub]:
    """What tells open pages of what happens."""
    hub = Hub(open_database)
    await hub.start()
    yield hub
    await hub.close()


@pytest.fixture
async def site(world: World, hub: Hub) -> AsyncIterator[Site]:
    """The shop's website; whoever asks for a person there gets Bo."""
    await world.change_rule(
        Scenario.HUMAN_REQUESTED, assign_to=AssignTo.STAFF, staff_id=world.bo.id
    )
    rt = shop_runtime(world)
    inbox_id = await widget_inbox(world)
    async with running_site(widget_app(rt, hub, inbox_id)) as site:
        yield site
    await rt.background.drain()


@pytest.fixture
async def cy(browser: Browser, world: World, site: Site) -> AsyncIterator[Visit]:
    """Cy on the page, the chat still closed."""
    async with visiting(browser, world, site.app.state.rt, site) as visit:
        await visit.arrives()
        yield visit
        assert visit.complaints == []
