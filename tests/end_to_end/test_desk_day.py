"""A conversation's whole way through the desk, as a person sees and does it."""

import pytest
from playwright.async_api import expect

from stepaside.core.conversation import Control, Status
from tests.desk.browser import NARROW, WIDE, OpenDesk, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_from_a_live_handover_to_resolved(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    world, house = desk.world, desk.house
    bo = await desk.window(world.bo, size=size)
    await bo.sees("Nobody is waiting")

    await house.writes("When are you open on Saturday?")
    world.clock.advance(seconds=30)
    await house.writes("I want to talk to a human")

    await bo.sees("Cy Clark", where="#rows")  # by itself, without reloading
    await bo.page.locator("#rows a").click()
    await bo.sees("Asked for a person", where=".card")
    await bo.sees("10:00 to 14:00", where=".by-bot")
    await bo.sees("Final message sent", where=".card")
    await bo.sees("Waiting for a person", where=bo.head)
    await bo.sees("bot back in", where=bo.head)

    await bo.clicks("Claim", where=bo.head)
    await bo.sees("Person: you", where=bo.head)

    world.clock.advance(seconds=30)
    await bo.writes("Hello Cy, this is Bo. What is it about?")
    await bo.sees("this is Bo", where=".by-staff")
    await bo.writes("Seems to be in a hurry", note=True)
    await bo.sees("You, private note", where=".by-note")
    assert "this is Bo" in (await house.seen_by_cy())[-1][1]
    assert all("hurry" not in text for _, text in await house.seen_by_cy())

    world.clock.advance(seconds=30)
    await house.writes("My bike was delivered with a flat tyre")
    await bo.sees("flat tyre", where=".transcript")

    await bo.page.locator("#head-assign > button").click()
    await bo.clicks("Release to the queue", where=bo.head)
    await bo.sees("Released to the queue.", where="#toasts")
    await bo.clicks("Undo")
    await bo.sees("Person: you", where=bo.head)
    await bo.clicks("Hand back", where=bo.head)
    menu = bo.page.locator("#head-hand-back-menu")
    await menu.get_by_role("button", name="Now").click()
    await bo.sees_not("Person: you", where=bo.head)
    assert (await house.state()).control is Control.BOT

    await bo.clicks("Resolve", where=bo.head)
    await bo.sees("resolved", where=bo.head)
    assert (await house.state()).status is Status.RESOLVED
    await bo.page.get_by_role("button", name="Undo").click()
    await bo.sees_not("resolved", where=bo.head)
    assert (await house.state()).status is Status.OPEN


async def test_with_the_keyboard_alone(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    ann = await desk.window(world.ann)
    await ann.sees("Cy Clark", where="#rows")

    await ann.keys("j", "Enter")
    await ann.sees("Asked for a person", where=".card")
    # The conversation that was opened has the focus: now its keys are there as well.
    await expect(ann.page.locator(".who-name")).to_be_focused()
    await ann.keys("c")
    await ann.sees("Person: you", where=ann.head)
    # Having claimed it, one can write at once.
    await expect(ann.page.locator("textarea").first).to_be_focused()
    await ann.page.keyboard.type("Hello, Ann here.")
    await ann.keys("Control+Enter")
    await ann.sees("Hello, Ann here.", where=".by-staff")

    await ann.keys("Escape", "n")
    await ann.page.keyboard.type("Call back tomorrow")
    await ann.keys("Control+Enter")
    await ann.sees("Call back tomorrow", where=".by-note")

    await ann.keys("Escape", "h")
    now = ann.page.locator("#head-hand-back-menu").get_by_text("Now")
    await expect(now).to_be_focused()
    await ann.keys("Enter")
    await ann.sees("answers the next message", where=f"{ann.head} .next")
    await ann.keys("e")
    await ann.sees("resolved", where=ann.head)
    await ann.keys("?")
    await ann.sees("Hand back to the bot", where="#keys")
    await ann.keys("Escape", "/")
    await ann.page.keyboard.type("nobody like that")
    await ann.keys("Enter")
    await ann.sees("Nothing found")


async def test_whoever_reads_further_up_is_not_moved_but_told(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    await house.claims(world.ann)
    for n in range(30):
        world.clock.advance(minutes=1)
        await house.replies(world.ann, f"Line {n}")
    ann = await desk.window(world.ann, f"/conversations/{house.conversation_id}")
    box = ann.page.locator("[data-transcript]")
    await ann.sees("Line 29")
    await box.evaluate("box => { box.scrollTop = 0; }")

    await house.writes("One more thing")

    await ann.sees("New below")
    assert await box.evaluate("box => box.scrollTop") == 0
    await ann.clicks("New below")
    await ann.sees_not("New below")
    await expect(ann.page.get_by_text("One more thing").last).to_be_in_viewport()
