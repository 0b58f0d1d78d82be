"""People get told in time, and the desk shows who was told what, and by when."""

import pytest
from playwright.async_api import expect

from stepaside.core.conversation import Control
from stepaside.core.roster import Availability
from stepaside.core.rules import Scenario
from stepaside.pipeline import staff
from tests.desk.browser import NARROW, WIDE, OpenDesk, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

HUMAN = "I want to talk to a human"
PROMISE = "Thank you! Someone answers {{eta}}."
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


async def promised(desk: OpenDesk) -> None:
    """Cy asks for a person, and is told when one comes."""
    await desk.world.change_rule(Scenario.HUMAN_REQUESTED, final_message=PROMISE)
    await desk.house.writes("How long do I have to return a bike?")
    await desk.house.writes(HUMAN)


@SIZES
async def test_what_is_owed_stands_on_the_row_and_the_conversation(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    await promised(desk)
    bo = await desk.window(desk.world.bo, size=size)
    row = bo.page.locator("#rows .due")
    await expect(row).to_have_class("fact due is-calm")
    await bo.is_accessible()

    await desk.house.later(minutes=9)
    await expect(row).to_have_class("fact due is-soon")
    assert "2026" in str(await row.locator("time").get_attribute("title"))

    await desk.house.later(minutes=4)
    await expect(row).to_have_class("fact due is-late")
    await bo.sees("late", where="#rows .due")
    await bo.page.locator("#rows a").click()
    await bo.sees("late", where=bo.head)
    if size == WIDE:  # on a phone only what is pressing has room
        await bo.sees("resolution due in", where=bo.head)
    await bo.sees("Broken, it was due", where=".card")
    await bo.is_accessible()


@SIZES
async def test_each_step_of_the_watchdog_is_a_line_that_says_who_was_told(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    await promised(desk)
    here = f"/conversations/{desk.house.conversation_id}"
    bo = await desk.window(desk.world.bo, here, size=size)
    for _ in range(10):
        await desk.house.later(minutes=5)

    await bo.sees("The first reply was due today", where=".happening.is-problem")
    await bo.sees("The contact was told that it takes longer", where=".happening")
    await bo.sees("Now the owners. Told Ann Ash", where=".happening")
    await bo.sees("They were told that it takes longer.", where=".card")


async def test_a_suggested_reply_becomes_ones_own_words_and_is_not_sent(
    desk: OpenDesk,
) -> None:
    await promised(desk)
    here = f"/conversations/{desk.house.conversation_id}"
    bo = await desk.window(desk.world.bo, here)
    await bo.sees("generated, yours to change", where=".card")
    text = bo.page.get_by_role("textbox", name="Message")
    await text.fill("Hello!")

    await bo.clicks("Use it")

    await expect(text).to_have_value(
        "Hello!\n\n" + await bo.page.locator("[data-suggested]").inner_text()
    )
    await expect(text).to_be_focused()
    assert (await desk.house.state()).control is Control.QUEUE  # nothing was sent


@SIZES
async def test_the_switch_is_seen_by_colleagues_at_once(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    here = f"/conversations/{desk.house.conversation_id}"
    ann = await desk.window(desk.world.ann, here)
    bo = await desk.window(desk.world.bo, "/settings", size=size)
    await ann.page.locator("#head-assign > button").click()
    line = ann.page.locator("#head-assign-menu .menu-item", has_text="Bo Berg")
    await expect(line.locator(".dot")).to_have_class("dot is-online")

    await bo.page.locator(".menu > summary").click()
    await bo.is_accessible()
    await bo.clicks("Away")

    await bo.sees("You are away.", where="#toasts")
    await expect(line.locator(".dot")).to_have_class("dot is-away")
    await expect(bo.page.locator("#my-dot")).to_have_class("dot is-away")


async def test_one_key_says_that_one_is_away_and_back(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    bo = await desk.window(world.bo)
    await bo.keys("v")
    await bo.sees("You are away.", where="#toasts")
    team = await world.open_team("Workshop", world.bo)
    await house.does(staff.give_to_team, world.ann, team_id=team)
    await house.settle()
    assert (await house.state()).assignee_id is None

    await bo.keys("v")

    await bo.sees("You are online.", where="#toasts")
    await house.settle()
    assert (await house.state()).assignee_id == world.bo.id


@SIZES
async def test_a_team_has_its_queue_and_is_given_what_is_for_it(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    world, house = desk.world, desk.house
    await house.writes(HUMAN)
    await house.goes(world.bo, Availability.AWAY)
    await world.open_team("Workshop", world.bo)
    here = f"/conversations/{house.conversation_id}?view=unassigned"
    ann = await desk.window(world.ann, here, size=size)

    await ann.page.locator("#head-assign > button").click()
    await ann.clicks("Workshop")
    await ann.sees("Given to the team Workshop.", where="#toasts")
    await ann.sees("You gave it to the team Workshop", where=".transcript")
    await ann.sees("team Workshop", where=ann.head)

    await ann.page.goto(f"{desk.url}/conversations?view=unassigned")
    await ann.sees("Workshop", where="#rows .row-team")
    await ann.page.locator('[popovertarget="saved-views"]').click()
    await ann.sees("1 waiting", where="#saved-views")
    await ann.page.locator("#saved-views .menu-item").first.click()
    await ann.sees("Team: Workshop", where=".filter-chips")
    await ann.sees("Cy Clark", where="#rows")
    await ann.is_accessible()
