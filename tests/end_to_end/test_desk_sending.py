"""Messages under way: kept, sent once, and never in each other's way."""

import asyncio
from datetime import timedelta

from playwright.async_api import Route, expect

from stepaside.core.roster import ContactRef, StaffMember
from stepaside.pipeline import receive
from stepaside.store.sessions import create_session
from tests.desk.browser import OpenDesk, Window, intercept, needs_chromium
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
        await intercept(ann.page, "**/messages", lambda r: r.continue_(url=f"{url}/m"))
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

    await intercept(ann.page, "**/messages", reaches_the_server_only)
    await intercept(ann.page, "**/stream?*", lambda route: route.abort())
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

    await intercept(ann.page, f"**/{cy}/messages", late)
    await ann.writes("For Cy")
    await ann.sees("Sending", where=".transcript")
    await ann.page.locator("#rows").get_by_text("Zoe Zimmer").click()
    await ann.sees("Zoe Zimmer", where=ann.head)
    await ann.writes("For Zoe")
    await ann.sees("For Zoe", where=".by-staff")
    answer.set()
    await ann.page.locator("#rows").get_by_text("Cy Clark").click()
    await ann.sees("For Cy", where=".by-staff")


async def _signs_in(desk: OpenDesk, window: Window, who: StaffMember) -> None:
    """At the same machine, where somebody else was before."""
    now = desk.house.rt.now()
    async with desk.world.db.transaction(desk.world.account_id) as tx:
        token = await create_session(tx, who.id, now, now + timedelta(days=1))
    await window.page.context.add_cookies(
        [{"name": "stepaside", "value": token, "url": f"{desk.url}/"}]
    )
    await window.page.goto(window.page.url)


async def test_what_somebody_wrote_is_not_shown_to_a_colleague_at_the_same_machine(
    desk: OpenDesk,
) -> None:
    window = await _at_cy(desk)
    box = window.page.get_by_role("textbox", name="Message")
    await intercept(window.page, "**/messages", lambda route: route.abort())
    await window.writes("For Ann to send")
    await window.sees("Send again")
    await box.fill("Half a sen")
    await window.page.reload()
    await window.sees("For Ann to send", where=".transcript")
    await expect(box).to_have_value("Half a sen")

    await _signs_in(desk, window, desk.world.bo)
    await window.sees("Cy Clark", where=window.head)
    await expect(box).to_have_value("")
    await window.sees_not("For Ann to send")
    assert "Ann" not in await window.page.evaluate("JSON.stringify(localStorage)")
    window.faults.clear()


async def test_whoever_signs_out_is_told_of_what_is_not_sent(desk: OpenDesk) -> None:
    ann = await _at_cy(desk)
    box = ann.page.get_by_role("textbox", name="Message")
    account = ann.page.locator("[data-menu] summary")
    await box.fill("Half a sen")
    await account.click()
    await ann.clicks("Sign out")
    await ann.sees("Sign out and lose what is not sent?")
    await ann.is_accessible()
    await ann.clicks("Stay here", where="#sign-out")
    await expect(box).to_have_value("Half a sen")

    await account.click()
    await ann.clicks("Sign out")
    await ann.clicks("Sign out and delete them")
    await ann.sees("Sign in to the desk")
    assert "Half" not in await ann.page.evaluate("JSON.stringify(localStorage)")


async def test_whoever_has_nothing_to_send_signs_out_at_once(desk: OpenDesk) -> None:
    ann = await _at_cy(desk)
    await ann.page.locator("[data-menu] summary").click()
    await ann.clicks("Sign out")
    await ann.sees("Sign in to the desk")
