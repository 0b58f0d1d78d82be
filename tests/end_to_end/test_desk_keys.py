"""What single letters do, and where they are to do nothing."""

from playwright.async_api import expect

from stepaside.core.events import EventType
from tests.desk.browser import OpenDesk, Window, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium


async def _at_cy(desk: OpenDesk) -> Window:
    await desk.house.writes("I want to talk to a human")
    here = f"/conversations/{desk.house.conversation_id}?view=all"
    return await desk.window(desk.world.ann, here)


async def test_letters_in_an_open_menu_choose_in_it_and_do_nothing_else(
    desk: OpenDesk,
) -> None:
    ann = await _at_cy(desk)
    menu = ann.page.locator("#head-assign-menu")
    await ann.keys("a")
    await ann.sees("Bo Berg", where="#head-assign-menu")
    await ann.keys("e", "c", "b")
    await expect(menu.get_by_role("button", name="Bo Berg")).to_be_focused()
    await ann.keys("Enter")
    await ann.sees("Person: Bo", where=ann.head)
    assert (await desk.house.state()).assignee_id == desk.world.bo.id
    assert not await desk.house.events(EventType.RESOLVED, EventType.CLAIMED)
