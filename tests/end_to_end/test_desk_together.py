"""Several people at the desk at once, and people who are no friends of it."""

import asyncio

from playwright.async_api import Page, Route, expect

from stepaside.channels.base import Inbound
from stepaside.core.roster import ContactRef
from stepaside.pipeline import receive, staff
from tests.desk.browser import OpenDesk, intercept, needs_chromium
from tests.house import House

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

HOSTILE = (
    "<script>window.owned = 1</script><img src=x onerror='window.owned = 2'>"
    "<hx-partial hx-target='body'>owned</hx-partial>{{ 7 * 7 }}"
)


async def test_two_claim_at_once_and_the_slower_one_is_told_who_has_it(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    path = f"/conversations/{house.conversation_id}?view=unassigned"
    ann, bo = [await desk.window(who, path) for who in (world.ann, world.bo)]
    for window in (ann, bo):
        await window.sees("Waiting for a person", where=window.head)
    both_have_pressed = asyncio.Barrier(2)

    async def hold(route: Route) -> None:
        await both_have_pressed.wait()
        await route.continue_()

    for window in (ann, bo):
        await intercept(window.page, "**/claim", hold)
    await asyncio.gather(ann.keys("c"), bo.keys("c"))

    await ann.sees("Person:", where=ann.head)
    holder = (await house.state()).assignee_id
    winner, loser, name = (
        (ann, bo, "Ann") if holder == world.ann.id else (bo, ann, "Bo")
    )
    await winner.sees("Person: you", where=winner.head)
    await loser.sees(f"Person: {name}", where=loser.head)
    await loser.sees("already has this conversation", where="#toasts")
    await expect(winner.page.locator("#toasts .is-problem")).to_have_count(0)


async def test_a_colleague_takes_a_conversation_out_of_the_open_list(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    ann = await desk.window(world.ann)
    bo = await desk.window(world.bo, "/conversations?view=mine")
    await ann.sees("Cy Clark", where="#rows")
    await bo.sees("You hold no conversation")

    await house.claims(world.bo)

    await ann.sees("Nobody is waiting")
    await bo.sees("Cy Clark", where="#rows")
    await ann.sees("0", where="#view-unassigned")


async def test_nothing_moves_under_the_pointer(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    ann = await desk.window(world.ann, "/conversations?view=all")
    await ann.page.locator("#rows .row").first.hover()

    world.clock.advance(minutes=1)
    await _writes(house, "Di Dorn", "When are you open on Saturday?")

    await ann.sees("Show what is new")
    await expect(ann.page.locator("#rows .row")).to_have_count(1)
    await ann.page.mouse.move(900, 400)
    await expect(ann.page.locator("#rows .row-name").first).to_have_text("Di Dorn")


async def test_what_is_held_under_the_pointer_goes_into_no_other_list(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    ann = await desk.window(world.ann, "/conversations?view=all")
    await ann.page.locator("#rows .row").first.hover()
    world.clock.advance(minutes=1)
    await _writes(house, "Di Dorn", "When are you open on Saturday?")
    await ann.sees("Show what is new")

    # Nobody but the bot has Di: the list of those who wait does not show her.
    await ann.page.get_by_role("link", name="Unassigned").evaluate("it => it.click()")
    await expect(ann.page.locator("#view-unassigned[aria-current]")).to_be_visible()
    await ann.sees_not("Show what is new")
    await ann.page.mouse.move(900, 400)
    await ann.page.locator("#rows .row").first.hover()
    await ann.page.mouse.move(900, 400)
    await expect(ann.page.locator("#rows .row")).to_have_count(1)
    await ann.sees_not("Di Dorn", where="#rows")


async def test_markup_in_names_messages_notes_and_tags_stays_text(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    house.conversation_id = await receive.start_conversation(
        house.rt,
        world.account_id,
        inbox_id=world.inbox_id,
        contact=ContactRef(external_id="mal", name=HOSTILE, email=HOSTILE),
    )
    await house.writes(f"I want to talk to a human {HOSTILE}")
    await house.does(staff.note, world.bo, text=HOSTILE)
    ann = await desk.window(world.ann)
    await ann.page.locator("#rows a").first.click()
    await ann.sees("Asked for a person", where=".card")
    await ann.writes(HOSTILE)  # through the optimistic entry and the stream
    await expect(ann.page.locator(".by-staff .text")).to_have_text(HOSTILE)
    await house.writes(HOSTILE)
    await expect(ann.page.locator(".by-contact .text").last).to_have_text(HOSTILE)

    assert await ann.page.evaluate("window.owned") is None
    assert await ann.page.locator(".text img, .text script").count() == 0
    tasks = await desk.window(world.ann, "/tasks?whose=all")
    await tasks.sees("onerror")
    assert await tasks.page.evaluate("window.owned") is None


async def test_another_account_sees_nothing_of_it(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    dee = await desk.window(world.dee, "/conversations?view=all")
    ann = await desk.window(world.ann, "/conversations?view=all")

    await house.writes("I want to talk to a human")

    await ann.sees("Cy Clark", where="#rows")
    await dee.sees("No conversation yet")
    await dee.page.goto(f"{desk.url}/conversations/{house.conversation_id}")
    await dee.sees("This conversation is not here")
    assert "Cy" not in await _text(dee.page)


async def _writes(house: House, name: str, text: str) -> None:
    """Somebody new writes to the shop."""
    world = house.world
    conversation_id = await receive.start_conversation(
        house.rt,
        world.account_id,
        inbox_id=world.inbox_id,
        contact=ContactRef(external_id=name, name=name),
    )
    inbound = Inbound(
        inbox_id=world.inbox_id, conversation_id=conversation_id, text=text
    )
    await receive.receive(house.rt, world.account_id, inbound)
    await house.settle()


async def _text(page: Page) -> str:
    return str(await page.locator("body").inner_text())
