"""What the desk does when something is slow, away, small or elsewhere."""

import asyncio
from datetime import timedelta

from playwright.async_api import Route, expect

from stepaside.core.conversation import Status
from stepaside.desk.times import span
from stepaside.live.hub import Hub
from tests.desk.browser import NARROW, OpenDesk, intercept, needs_chromium, served

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium


async def test_pressing_send_twice_sends_once(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    path = f"/conversations/{house.conversation_id}"
    ann = await desk.window(world.ann, path)
    await ann.page.get_by_role("textbox", name="Message").fill("Just a moment")
    await ann.page.get_by_role("button", name="Send").dblclick()
    await expect(ann.page.locator(".by-staff")).to_have_count(1)
    await house.settle()
    assert [text for _, text in await house.seen_by_cy()].count("Just a moment") == 1


async def test_what_could_not_be_sent_is_kept_and_sent_once_when_it_can(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    path = f"/conversations/{house.conversation_id}"
    ann = await desk.window(world.ann, path)
    lose = True

    async def weak_link(route: Route) -> None:
        # The server has it; only the answer never arrives.
        await route.fetch()
        await (route.abort() if lose else route.continue_())

    await intercept(ann.page, "**/messages", weak_link)
    await ann.writes("Are you there?")
    await expect(ann.page.locator(".by-staff .text")).to_have_text("Are you there?")
    await expect(ann.page.locator(".is-pending")).to_have_count(0)

    # Now not even the server hears of it.
    await ann.page.unroute("**/messages")
    await intercept(ann.page, "**/messages", lambda route: route.abort())
    await ann.writes("Hello?")
    await ann.sees("the server cannot be reached", where=".transcript")
    await ann.page.unroute("**/messages")
    await ann.page.reload()
    await ann.clicks("Send again")
    await ann.sees("Hello?", where=".by-staff")
    await expect(ann.page.locator("[data-pending-id]")).to_have_count(0)
    ann.faults = [f for f in ann.faults if "ERR_FAILED" not in f]
    said = [text for _, text in await house.seen_by_cy()]
    assert said[-2:] == ["Are you there?", "Hello?"]
    assert said.count("Are you there?") == 1


async def test_a_restart_of_the_server_loses_no_word_and_no_event(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    first = Hub(world.db)
    await first.start()
    path = f"/conversations/{house.conversation_id}"
    async with served(house.rt, first) as url:
        port = int(url.rsplit(":", 1)[1].split("/", maxsplit=1)[0])
        desk.url = url
        ann = await desk.window(world.ann, path)
        await ann.page.get_by_role("textbox", name="Message").fill("Half a sen")
        await first.close()
    await ann.sees("The connection is lost")
    world.clock.advance(minutes=1)
    await house.writes("Are you still there?")

    second = Hub(world.db)
    await second.start()
    async with served(house.rt, second, port):
        await ann.sees("Are you still there?", where=".transcript")
        await ann.sees_not("The connection is lost")
        box = ann.page.get_by_role("textbox", name="Message")
        await expect(box).to_have_value("Half a sen")
        await ann.page.reload()
        await expect(box).to_have_value("Half a sen")
        await second.close()
    # The browser is honest about the failed tries; nothing else may go wrong.
    ann.faults = [f for f in ann.faults if "ERR_CONNECTION" not in f]
    ann.faults = [f for f in ann.faults if "htmx:sse:error" not in f]


async def test_a_deed_that_does_not_reach_the_server_is_said_to_have_failed(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    ann = await desk.window(world.ann, f"/conversations/{house.conversation_id}")
    await intercept(ann.page, "**/claim", lambda route: route.abort())
    await ann.clicks("Claim", where=ann.head)
    await ann.sees("The server could not be reached.", where="#toasts")
    await ann.sees("Waiting for a person", where=ann.head)
    ann.faults.clear()


async def test_a_short_message_waits_until_somebody_is_there_to_read_it(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    ann = await desk.window(world.ann, f"/conversations/{house.conversation_id}")
    await ann.page.clock.install()
    await ann.clicks("Claim", where=ann.head)
    await ann.sees("It is yours now.", where="#toasts")

    await ann.page.clock.run_for("00:30")
    await ann.sees("It is yours now.", where="#toasts")

    await ann.page.mouse.move(640, 20)
    await ann.page.clock.run_for("00:07")
    await ann.sees("It is yours now.", where="#toasts")
    await ann.page.clock.run_for("00:02")
    await ann.sees_not("It is yours now.", where="#toasts")


async def test_only_the_last_deed_can_be_undone(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    ann = await desk.window(world.ann, f"/conversations/{house.conversation_id}")
    undo = ann.page.get_by_role("button", name="Undo")
    await ann.clicks("Claim", where=ann.head)
    await expect(undo).to_have_count(1)
    answer = asyncio.Event()

    async def late(route: Route) -> None:
        done = await route.fetch()
        await answer.wait()
        await route.fulfill(response=done)

    await intercept(ann.page, "**/resolve", late)
    await ann.clicks("Resolve", where=ann.head)
    await ann.sees("resolved", where=ann.head)  # from the stream, before the answer
    await expect(undo).to_have_count(0)
    answer.set()
    await undo.click()
    await ann.sees_not("resolved", where=ann.head)
    assert (await house.state()).status is Status.OPEN


async def test_whoever_is_signed_out_elsewhere_is_led_back_after_signing_in(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    path = f"/conversations/{house.conversation_id}?view=all"
    ann = await desk.window(world.ann, path)
    await ann.sees("Waiting for a person", where=ann.head)
    async with world.db.transaction(world.account_id) as tx:
        await tx.run("DELETE FROM sessions")
    await ann.clicks("Claim", where=ann.head)
    await ann.sees("Sign in to the desk")
    assert "next=" in ann.page.url
    assert house.conversation_id in ann.page.url


async def test_times_are_the_readers_own_and_name_the_whole_instant(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("When are you open?")
    ann = await desk.window(world.ann, "/login")  # where the zone is learnt
    await ann.page.goto(f"{desk.url}/conversations/{house.conversation_id}")
    stamp = ann.page.locator(".by-contact time").first
    # The clock of these tests stands at 10:00 in London, 11:00 in Berlin.
    await expect(stamp).to_have_text("11:00")
    title = str(await stamp.get_attribute("title"))
    assert title.startswith("Monday, 2 March 2026, 11:00:00")


async def test_browser_and_server_say_spans_in_the_same_words(desk: OpenDesk) -> None:
    minutes = [0, 0.5, 1, 59, 60, 61, 134, 1439, 1440, 1500, 2880, 4000]
    ann = await desk.window(desk.world.ann)
    module = await ann.page.evaluate(
        "document.querySelector('script[type=module]').src"
    )
    clock = module.replace("main.js", "clock.js")
    said = await ann.page.evaluate(
        "async ([clock, all]) => { const { span } = await import(clock);"
        " return all.map((m) => span(m * 60000)); }",
        [clock, minutes],
    )
    assert said == [span(timedelta(minutes=m)) for m in minutes]


async def test_back_and_forward_walk_through_the_conversations(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    ann = await desk.window(world.ann, "/conversations?view=unassigned")
    await ann.page.locator("#rows a").click()
    await ann.sees("Asked for a person", where=".card")
    assert house.conversation_id in ann.page.url
    await ann.page.go_back()
    await ann.sees("Choose a conversation")
    await ann.page.go_forward()
    await ann.sees("Asked for a person", where=".card")
    await ann.clicks("Claim", where=ann.head)  # it is alive, not a picture
    await ann.sees("Person: you", where=ann.head)


async def test_no_page_is_wider_than_the_window(desk: OpenDesk) -> None:
    world, house = desk.world, desk.house
    long = "Donaudampfschifffahrtsgesellschaftskapitän" * 4
    await house.writes(f"I want to talk to a human {long} https://example.org/{long}")
    ann = await desk.window(world.ann)
    here = f"/conversations/{house.conversation_id}?view=all"
    for path in ("/conversations?view=all", here, "/tasks?whose=all"):
        await ann.page.goto(f"{desk.url}{path}")
        await ann.sees("Cy Clark")
        for width in (390, 640, 900, 1180, 1280, 1920):
            await ann.page.set_viewport_size({"width": width, "height": 800})
            assert await ann.page.evaluate(_OVERFLOWING) == [], (path, width)


_OVERFLOWING = """() => [...document.querySelectorAll("body *")].filter((e) => {
    const box = e.getBoundingClientRect();
    const shown = e.checkVisibility() && box.width > 2 && !e.closest(".unseen, .skip");
    const cut = e.parentElement.closest(".row-text, .row-name, .row-why");
    return shown && !cut && box.right > innerWidth + 1;
}).map((e) => `${e.tagName}.${e.className}`)"""


async def test_on_a_phone_the_contact_is_a_sheet_that_opens_and_closes(
    desk: OpenDesk,
) -> None:
    world, house = desk.world, desk.house
    await house.writes("I want to talk to a human")
    path = f"/conversations/{house.conversation_id}"
    ann = await desk.window(world.ann, path, size=NARROW)
    await ann.sees_not("cy@example.org")
    await ann.clicks("About the contact")
    await ann.sees("cy@example.org", where="#context")
    await ann.clicks("Complete: Cy Clark asked for a person", where="#context")
    await ann.sees("completed today", where="#context")
    await ann.keys("Escape")
    await ann.sees_not("cy@example.org")
    assert await house.count("tasks") == 1
    await ann.clicks("Back to the list")
    await ann.sees("Cy Clark", where="#rows")


async def test_the_theme_follows_the_system_until_one_is_chosen(desk: OpenDesk) -> None:
    ann = await desk.window(desk.world.ann, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = await ann.page.evaluate(background)
    await ann.clicks("Theme")
    light = await ann.page.evaluate(background)
    assert dark != light
    await ann.page.reload()
    assert await ann.page.evaluate(background) == light
