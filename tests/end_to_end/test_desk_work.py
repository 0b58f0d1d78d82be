"""A working day in the inbox: narrowing it, doing things with a choice, and writing."""

import json
from datetime import timedelta

import pytest
from playwright.async_api import expect

from stepaside.core.conversation import Control, Status
from stepaside.core.roster import ContactRef
from stepaside.pipeline import receive, staff
from stepaside.store.snippets import save_snippet
from tests.desk.browser import NARROW, WIDE, OpenDesk, Window, intercept, needs_chromium

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
HUMAN = "Can someone real help me?"
HOSTILE = "<img src=x onerror=document.title='gone'>"


async def another(desk: OpenDesk, name: str, text: str) -> str:
    """A further conversation, of somebody else."""
    house = desk.house
    conversation_id = await receive.start_conversation(
        house.rt,
        house.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(external_id=name, name=name),
    )
    mine, house.conversation_id = house.conversation_id, conversation_id
    await house.writes(text)
    house.conversation_id = mine
    return conversation_id


async def opened(desk: OpenDesk, size: tuple[int, int] = WIDE) -> Window:
    """Ann at Cy's conversation."""
    here = f"/conversations/{desk.house.conversation_id}?view=all"
    return await desk.window(desk.world.ann, here, size=size)


@SIZES
async def test_a_list_is_narrowed_widened_and_kept_as_a_view(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    await desk.house.writes("When are you open?")
    await another(desk, "Zoe Zimmer", HUMAN)
    ann = await desk.window(desk.world.ann, "/conversations?view=all", size=size)
    await ann.sees("Cy Clark", where="#rows")
    await ann.clicks("Filter")
    await ann.page.get_by_label("Who has it").select_option("queue")
    await ann.clicks("Show", where="#filters")
    await ann.sees("Who has it: Waiting", where=".filter-chips")
    await ann.sees_not("Cy Clark", where="#rows")
    assert "control=queue" in ann.page.url
    await ann.clicks("Save view")
    await ann.page.locator("#view-name").fill("Waiting for us")
    await ann.clicks("Save view", where="#save-view")
    await ann.sees("View “Waiting for us” is kept.")
    await ann.clicks("Remove filter Who has it: Waiting")
    await ann.sees("Cy Clark", where="#rows")
    await ann.clicks("Saved views")
    await ann.page.locator("#saved-views").get_by_text("Waiting for us").click()
    await ann.sees_not("Cy Clark", where="#rows")
    await ann.sees("Zoe Zimmer", where="#rows")


async def test_a_list_is_searched_for_what_was_said(desk: OpenDesk) -> None:
    await desk.house.writes("My derailleur hanger is bent")
    await another(desk, "Zoe Zimmer", HUMAN)
    ann = await desk.window(desk.world.ann, "/conversations?view=all")
    await ann.page.get_by_role("searchbox").fill("hanger")
    await ann.keys("Enter")
    await ann.sees_not("Zoe Zimmer", where="#rows")
    await ann.sees("Cy Clark", where="#rows")


@SIZES
async def test_it_is_given_to_a_colleague_who_sees_it_at_once(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    await desk.house.writes(HUMAN)
    bo = await desk.window(desk.world.bo, "/conversations?view=mine")
    await bo.sees("You hold no conversation")
    ann = await opened(desk, size)
    await ann.clicks("Assign", where=".head")
    await ann.page.locator("#head-assign-menu").get_by_text("Bo Berg").click()
    await ann.sees("Person: Bo", where=".head")
    await bo.sees("Cy Clark", where="#rows")
    assert (await desk.house.state()).assignee_id == desk.world.bo.id


@SIZES
async def test_it_is_put_aside_until_tomorrow_and_taken_back(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    await desk.house.writes(HUMAN)
    ann = await opened(desk, size)
    await ann.clicks("Snooze", where=".head")
    await ann.page.locator("#head-snooze-menu").get_by_text("Tomorrow morning").click()
    await ann.sees("Snoozed until tomorrow 09:00")
    state = await desk.house.state()
    assert state.status is Status.SNOOZED
    assert state.snoozed_until is not None
    # Nine o'clock of the reader's, who is in Berlin.
    assert state.snoozed_until.hour in (7, 8)
    await ann.clicks("Undo")
    await ann.sees_not("snoozed, back in", where=".head")
    assert (await desk.house.state()).status is Status.OPEN


async def test_the_bot_comes_back_after_a_time_or_at_once(desk: OpenDesk) -> None:
    house = desk.house
    await house.writes(HUMAN)
    await house.claims(desk.world.ann)
    ann = await opened(desk)
    await ann.clicks("Hand back", where=".head")
    await ann.page.locator("#head-hand-back-menu").get_by_text("In 4 hours").click()
    await ann.sees("The bot is back today")
    await ann.sees("bot back in", where=".head")
    until = (await house.state()).resume_at
    assert until == desk.world.clock() + timedelta(hours=4)
    await ann.page.locator(".bit-button").click()
    await (
        ann.page.locator("#pause-menu").get_by_text("When somebody hands back").click()
    )
    await ann.sees("bot silent until handed back", where=".head")
    await ann.keys("Escape", "h")
    await ann.page.locator("#head-hand-back-menu").get_by_text("Now").click()
    await ann.sees("answers the next message", where=".head .next")
    assert (await house.state()).control is Control.BOT


async def test_a_claim_is_undone_with_one_click(desk: OpenDesk) -> None:
    await desk.house.writes(HUMAN)
    ann = await opened(desk)
    await ann.clicks("Claim", where=".head")
    await ann.sees("It is yours now.")
    await ann.clicks("Undo")
    await ann.sees("Waiting", where=".head")
    assert (await desk.house.state()).control is Control.QUEUE


@SIZES
async def test_a_handover_is_judged_and_the_verdict_stays(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    await desk.house.writes(HUMAN)
    ann = await opened(desk, size)
    await ann.clicks("Too early")
    pressed = ann.page.get_by_role("button", name="Too early", pressed=True)
    await expect(pressed).to_be_visible()
    (handover,) = await desk.house.handovers()
    assert handover.verdict == "too_early"
    await ann.page.reload()
    await expect(pressed).to_be_visible()


async def test_several_are_resolved_at_once_and_what_could_not_be_is_told(
    desk: OpenDesk,
) -> None:
    await desk.house.writes(HUMAN)
    await another(desk, "Zoe Zimmer", HUMAN)
    await desk.house.does(staff.resolve, desk.world.bo)
    ann = await desk.window(desk.world.ann, "/conversations?view=all")
    for name in ("Cy Clark", "Zoe Zimmer"):
        await ann.page.get_by_role("checkbox", name=f"Select {name}").check()
    await ann.clicks("Resolve", where="#bulk")
    await ann.sees("1 conversation resolved.")
    await ann.sees("1 could not be changed: It is already resolved.")
    await ann.page.get_by_role("checkbox", name="Select Zoe Zimmer").check()
    await ann.clicks("Tag", where="#bulk")
    await ann.page.locator("#bulk-tag-name").fill("vip")
    await ann.clicks("Tag", where="#bulk-tag")
    await ann.sees("1 contact tagged.")
    await ann.sees("vip", where="#rows")


async def test_a_deed_for_several_that_fails_leaves_them_chosen(
    desk: OpenDesk,
) -> None:
    await desk.house.writes(HUMAN)
    ann = await desk.window(desk.world.ann, "/conversations?view=all")
    box = ann.page.get_by_role("checkbox", name="Select Cy Clark")
    await box.check()
    await intercept(ann.page, "**/bulk", lambda route: route.fulfill(status=503))
    await ann.clicks("Resolve", where="#bulk")
    await ann.sees("The server could not be reached.", where="#toasts")
    await expect(box).to_be_checked()
    await ann.page.unroute("**/bulk")
    await ann.clicks("Resolve", where="#bulk")
    await ann.sees("1 conversation resolved.")
    await expect(box).not_to_be_checked()
    ann.faults.clear()


async def test_snippets_that_could_not_be_fetched_are_asked_for_again(
    desk: OpenDesk,
) -> None:
    world = desk.world
    await desk.house.claims(world.ann)
    async with world.db.transaction(world.account_id) as tx:
        await save_snippet(
            tx, None, "hours", "We open at nine.", by=world.ann.id, now=world.clock()
        )
    ann = await opened(desk)
    box = ann.page.get_by_role("textbox", name="Message")
    await intercept(ann.page, "**/snippets", lambda route: route.fulfill(status=503))
    await box.press_sequentially("/")
    await ann.sees("No snippet fits.", where="[data-suggest]")
    await ann.page.unroute("**/snippets")
    await intercept(ann.page, "**/snippets", lambda route: route.abort())
    await box.press_sequentially("h")
    await ann.sees("No snippet fits.", where="[data-suggest]")
    await ann.page.unroute("**/snippets")
    await box.press_sequentially("o")
    await ann.sees("We open at nine.", where="[data-suggest]")
    ann.faults.clear()


@SIZES
async def test_a_snippet_is_chosen_while_writing(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    world = desk.world
    await desk.house.claims(world.ann)
    async with world.db.transaction(world.account_id) as tx:
        text = "We open at nine, {{contact.first_name}}."
        await save_snippet(tx, None, "hours", text, by=world.ann.id, now=world.clock())
    ann = await opened(desk, size)
    box = ann.page.get_by_role("textbox", name="Message")
    await box.press_sequentially("/ho")
    await ann.sees("We open at nine, Cy.", where="[data-suggest]")
    await ann.keys("Enter")
    await expect(box).to_have_value("We open at nine, Cy.")
    await ann.clicks("Send")
    await expect(ann.page.locator(".bubble.is-mine")).to_contain_text("We open at nine")


async def test_whoever_is_mentioned_in_a_note_is_told(desk: OpenDesk) -> None:
    await desk.house.writes(HUMAN)
    ann = await opened(desk)
    await ann.page.get_by_role("radio", name="Note").check()
    box = ann.page.get_by_role("textbox", name="Message")
    await box.press_sequentially("Do you know this, @be")
    await ann.sees("Bo Berg", where="[data-suggest]")
    await ann.keys("Enter")
    await expect(box).to_have_value("Do you know this, @Bo Berg ")
    await ann.clicks("Add note")
    await ann.sees("Do you know this", where=".by-note:not(.is-pending)")
    assert (desk.world.bo.id, "mentioned") in await desk.house.told()


async def test_a_colleague_who_writes_is_seen_before_both_answer(
    desk: OpenDesk,
) -> None:
    await desk.house.claims(desk.world.ann)
    ann = await opened(desk)
    here = f"/conversations/{desk.house.conversation_id}?view=all"
    bo = await desk.window(desk.world.bo, here)
    await ann.sees("Bo looks at this too", where="[data-others]")
    await bo.page.get_by_role("textbox", name="Message").press_sequentially("Hello")
    await ann.sees("Bo is writing a reply", where="[data-others]")
    await bo.page.goto(f"{desk.url}/tasks")
    await expect(ann.page.locator("[data-others]")).to_be_hidden()


async def test_a_note_and_the_filters_are_reached_from_the_palette_alone(
    desk: OpenDesk,
) -> None:
    ann = await opened(desk)
    await ann.keys("Control+k")
    await ann.page.keyboard.type("note")
    await ann.keys("Enter")
    await expect(ann.page.get_by_role("textbox", name="Message")).to_be_focused()
    await expect(ann.page.get_by_role("radio", name="Note")).to_be_checked()

    await ann.keys("Escape", "f")
    await expect(ann.page.get_by_label("Who has it")).to_be_focused()


async def test_a_long_name_leaves_the_time_in_its_row(desk: OpenDesk) -> None:
    await another(desk, "Wilhelmina-Alexandra " * 9, "Hello")
    ann = await desk.window(desk.world.ann, "/conversations?view=all")
    edges = await ann.page.locator(".row").evaluate_all(
        "rows => rows.map((row) => [row.querySelector('.row-when'), row]"
        ".map((one) => one.getBoundingClientRect().right))"
    )
    assert len(edges) == 2
    assert all(time < row for time, row in edges)


async def test_the_palette_goes_finds_and_does(desk: OpenDesk) -> None:
    await desk.house.writes(HUMAN)
    other = await another(desk, "Zoe Zimmer", HUMAN)
    ann = await opened(desk)
    await ann.keys("Control+k")
    await ann.page.keyboard.type("claim")
    await ann.keys("Enter")
    await ann.sees("Person: you", where=".head")
    await ann.keys("Escape", "Control+k")
    await ann.page.keyboard.type("zimmer")
    await ann.sees("Zoe Zimmer", where="[data-palette-found]")
    await ann.page.locator(f"#palette-{other}").click()
    await ann.sees("Zoe Zimmer", where=".head")


async def test_what_the_bot_decided_is_shown_to_who_asks_and_remembered(
    desk: OpenDesk,
) -> None:
    await desk.house.writes(HUMAN)
    ann = await opened(desk)
    await ann.sees_not("decided to hand over", where=".entries")
    await ann.clicks("Show what the bot did")
    await ann.sees("decided to hand over", where=".entries")
    await ann.page.reload()
    await ann.sees("decided to hand over", where=".entries")


async def test_a_handover_is_in_a_colleagues_open_desk_within_a_second(
    desk: OpenDesk,
) -> None:
    bo = await desk.window(desk.world.bo)
    await bo.sees("Nobody is waiting")
    took: list[int] = []
    # The best of three: a machine that does other things as well has bad moments.
    while len(took) < 3 and min(took, default=1000) >= 1000:
        # The page itself writes down when the row came; both clocks are this machine's.
        before = await bo.page.evaluate(
            """() => {
                const rows = document.getElementById("rows");
                const had = rows.querySelectorAll(".row").length;
                window.cameAt = 0;
                new MutationObserver((_, me) => {
                    if (rows.querySelectorAll(".row").length === had) return;
                    window.cameAt = Date.now();
                    me.disconnect();
                }).observe(rows, { childList: true, subtree: true });
                return Date.now();
            }"""
        )
        await another(desk, f"Guest {len(took)}", HUMAN)
        await bo.page.wait_for_function("() => window.cameAt")
        took.append(await bo.page.evaluate("() => window.cameAt") - before)
    assert min(took) < 1000, f"{took} ms"


async def test_script_in_names_tags_messages_snippets_and_views_stays_inert(
    desk: OpenDesk,
) -> None:
    world = desk.world
    other = await another(desk, HOSTILE, f"{HOSTILE} {HUMAN}")
    async with world.db.transaction(world.account_id) as tx:
        await save_snippet(tx, None, "x", HOSTILE, by=world.ann.id, now=world.clock())
    ann = await desk.window(
        world.ann, f"/conversations/{other}?view=all&tag=human_handover"
    )
    await ann.page.locator("[data-pick]").first.check()
    await ann.clicks("Tag", where="#bulk")
    await ann.page.locator("#bulk-tag-name").fill(HOSTILE)
    await ann.clicks("Tag", where="#bulk-tag")
    await ann.sees("1 contact tagged.")
    box = ann.page.get_by_role("textbox", name="Message")
    await box.press_sequentially("/x")
    await ann.sees(HOSTILE, where="[data-suggest]")
    await ann.keys("Escape", "Escape", "Control+k")
    await ann.sees(HOSTILE, where="[data-palette-found]")
    for path in ("/snippets", f"/conversations?view=all&q={HOSTILE}"):
        await ann.page.goto(f"{desk.url}{path}")
        await ann.sees(HOSTILE)
    assert "gone" not in await ann.page.title()
    assert json.dumps(ann.faults) == "[]"
