"""Messages under way: kept, sent once, and never in each other's way."""

import asyncio

from playwright.async_api import Route, expect

from stepaside.core.roster import ContactRef
from stepaside.pipeline import receive
from tests.desk.browser import OpenDesk, Window, needs_chromium
from tests.loopback import Answer, Asked, serving

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

HUMAN = "I want to talk to a human"

# The browser's own patience, at a hundred times the speed.
HURRIED = """
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (milliseconds) => timeout(milliseconds / 100);
"""


async def _said(desk: OpenDesk) -> list[str]:
    await desk.house.settle()
    return [text for _, text in await desk.house.seen_by_cy()]


async def _at_cy(desk: OpenDesk) -> Window:
    await desk.house.writes(HUMAN)
    here = f"/conversations/{desk.house.conversation_id}?view=all"
    return await desk.window(desk.world.ann, here)


async def test_an_answer_that_breaks_off_stops_nothing_that_is_written_later(
    desk: OpenDesk,
) -> None:
    ann = await _at_cy(desk)

    async def breaks_off(asked: Asked) -> Answer:
        return Answer(body=b"<p>half of it</p>", cut=True)

    async with serving(breaks_off) as url:
        await ann.page.route("**/messages", lambda r: r.continue_(url=f"{url}/m"))
        await ann.writes("First")
        await ann.sees("the server cannot be reached", where=".transcript")
    await ann.page.unroute("**/messages")
    await ann.writes("Second")
    await ann.sees("Second", where=".by-staff")
    await ann.clicks("Send again")
    await ann.sees("First", where=".by-staff")
    await expect(ann.page.locator("[data-pending-id]")).to_have_count(0)
    ann.faults.clear()
    assert (await _said(desk))[-2:] == ["Second", "First"]


async def test_an_answer_that_never_comes_is_given_up_and_the_message_sent_once(
    desk: OpenDesk,
) -> None:
    ann = await _at_cy(desk)
    await ann.page.add_init_script(HURRIED)
    await ann.page.reload()

    async def reaches_the_server_only(route: Route) -> None:
        await route.fetch()

    await ann.page.route("**/messages", reaches_the_server_only)
    await ann.page.route("**/stream?*", lambda route: route.abort())
    await ann.page.reload()
    await ann.writes("Are you there?")
    await ann.sees("the server cannot be reached", where=".transcript")
    await ann.page.unroute("**/messages")
    await ann.clicks("Send again")
    await expect(ann.page.locator("[data-pending-id]")).to_have_count(0)
    ann.faults.clear()
    assert (await _said(desk)).count("Are you there?") == 1


async def test_a_message_under_way_keeps_no_other_conversation_waiting(
    desk: OpenDesk,
) -> None:
    ann = await _at_cy(desk)
    house = desk.house
    cy = house.conversation_id
    house.conversation_id = await receive.start_conversation(
        house.rt,
        house.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(external_id="zoe", name="Zoe Zimmer"),
    )
    await house.writes(HUMAN)
    answer = asyncio.Event()

    async def late(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    await ann.page.route(f"**/{cy}/messages", late)
    await ann.writes("For Cy")
    await ann.sees("Sending", where=".transcript")
    await ann.page.locator("#rows").get_by_text("Zoe Zimmer").click()
    await ann.sees("Zoe Zimmer", where=ann.head)
    await ann.writes("For Zoe")
    await ann.sees("For Zoe", where=".by-staff")
    answer.set()
    await ann.page.locator("#rows").get_by_text("Cy Clark").click()
    await ann.sees("For Cy", where=".by-staff")
