"""A desk that stays open over night."""

from playwright.async_api import expect

from tests.desk.browser import OpenDesk, Window, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium


async def _at_cy(desk: OpenDesk) -> Window:
    await desk.house.writes("I want to talk to a human")
    here = f"/conversations/{desk.house.conversation_id}?view=all"
    return await desk.window(desk.world.ann, here)


async def _somebody_looks_in(desk: OpenDesk) -> None:
    """Whatever else it does, it has the server send the time at once."""
    here = f"/conversations/{desk.house.conversation_id}?view=all"
    await desk.window(desk.world.bo, here)


async def test_in_the_morning_it_says_the_new_day_and_keeps_what_was_begun(
    desk: OpenDesk,
) -> None:
    ann = await _at_cy(desk)
    since = ann.page.locator("#context time").first
    await expect(since).to_contain_text("today")
    await ann.page.get_by_role("textbox", name="Message").fill("Half a sen")
    await ann.page.reload()
    desk.world.clock.advance(hours=14)
    await _somebody_looks_in(desk)
    await expect(since).to_contain_text("yesterday")
    box = ann.page.get_by_role("textbox", name="Message")
    await expect(box).to_have_value("Half a sen")


async def test_nobody_is_interrupted_while_writing_when_the_day_ends(
    desk: OpenDesk,
) -> None:
    ann = await _at_cy(desk)
    await ann.page.get_by_role("textbox", name="Message").fill("Half a sen")
    await ann.page.evaluate("window.isStill = 'the same page'")
    desk.world.clock.advance(hours=14)
    await _somebody_looks_in(desk)
    await ann.sees("Bo looks at this too", where="[data-others]")
    assert await ann.page.evaluate("window.isStill") == "the same page"
