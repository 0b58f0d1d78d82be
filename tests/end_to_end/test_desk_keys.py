"""What single letters do, and where they are to do nothing."""

import asyncio

from playwright.async_api import Route, expect

from stepaside.core.conversation import Status
from stepaside.core.events import EventType
from tests.desk.browser import OpenDesk, Window, intercept, needs_chromium

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


async def test_a_key_that_is_held_down_does_its_deed_once(desk: OpenDesk) -> None:
    ann = await _at_cy(desk)
    await ann.page.keyboard.down("e")
    await ann.sees("resolved", where=ann.head)
    await ann.page.keyboard.down("e")  # as the keyboard repeats it
    await ann.page.keyboard.up("e")
    await ann.keys("n")  # a further key: the one before was dealt with
    await expect(ann.page.get_by_role("textbox", name="Message")).to_be_focused()
    await ann.writes("Seen", note=True)
    await ann.sees("Seen", where=".by-note:not(.is-pending)")
    assert (await desk.house.state()).status is Status.RESOLVED


async def test_a_key_does_nothing_while_the_deed_before_it_is_under_way(
    desk: OpenDesk,
) -> None:
    ann = await _at_cy(desk)
    asked: list[str] = []
    ann.page.on("request", lambda r: asked.append(r.url))
    answer = asyncio.Event()

    async def late(route: Route) -> None:
        done = await route.fetch()
        await answer.wait()
        await route.fulfill(response=done)

    await intercept(ann.page, "**/resolve", late)
    await ann.keys("e")
    await ann.sees("Reopen", where=ann.head)  # from the stream, before the answer
    await ann.keys("e")
    await ann.page.evaluate(
        "document.addEventListener('htmx:finally:request', () => window.over = 1)"
    )
    answer.set()
    await ann.page.wait_for_function("() => window.over")
    assert not [url for url in asked if url.endswith("/reopen")]
    await ann.keys("e")
    await ann.sees_not("resolved", where=ann.head)
    assert (await desk.house.state()).status is Status.OPEN
