"""Bots in a browser, as the people who look after them use the desk."""

import pytest
from playwright.async_api import Locator, expect

from stepaside.core.rules import HandoverRule, Scenario
from stepaside.store.bots import get_bot
from stepaside.store.rules import list_rules
from tests.desk.browser import (
    LOOKS,
    NARROW,
    WIDE,
    OpenDesk,
    Window,
    intercept,
    needs_chromium,
)

pytest_plugins = ["tests.desk.opening"]
pytestmark = needs_chromium

HUMAN = Scenario.HUMAN_REQUESTED
SCRIPT = "<script>document.title='caught'</script><img src=x onerror=alert(1)>"
BOTH_SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])


@pytest.fixture
def at(desk: OpenDesk) -> str:
    """Where the bot's pages are."""
    return f"/bots/{desk.world.bot.id}"


async def rules_of(desk: OpenDesk) -> dict[Scenario, HandoverRule]:
    world = desk.world
    async with world.db.transaction(world.account_id) as tx:
        return {rule.scenario: rule for rule in await list_rules(tx, world.bot.id)}


def card(desk: OpenDesk, window: Window, scenario: Scenario = HUMAN) -> Locator:
    return window.page.locator(f"#rule-{desk.world.rules[scenario].id}")


async def opened(desk: OpenDesk, window: Window, scenario: Scenario = HUMAN) -> Locator:
    found = card(desk, window, scenario)
    await found.get_by_role("button", name="Edit the rule").click()
    return found


@BOTH_SIZES
async def test_a_rule_is_changed_tried_and_only_then_saved(
    desk: OpenDesk, at: str, size: tuple[int, int]
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals", size=size)
    page = window.page
    bar = page.locator("[data-save-bar]")
    await expect(bar).to_be_hidden()
    rule = await opened(desk, window)
    await expect(bar).to_be_hidden()  # looking is no change
    await rule.get_by_label("Assign to").select_option(label="Bo Berg")
    await expect(rule.locator("[data-sentence]")).to_contain_text("assign Bo Berg")
    message = rule.get_by_label("Final message", exact=True)
    await message.fill("Bye, ")
    await rule.get_by_role("button", name="Insert a variable").click()
    await page.get_by_role("menuitem", name="{{contact.first_name}}").click()
    await expect(message).to_have_value("Bye, {{contact.first_name}}")
    await expect(rule.locator("[data-preview]")).to_have_text("Bye, Sam")
    await expect(bar).to_be_visible()
    if size == NARROW:
        await window.clicks("Test it")
    await page.get_by_role("button", name="Can someone real help me?").click()
    await window.sees("Assigned to Bo Berg", where=".would")
    await window.sees("Bye, Sam", where=".try-turns")
    await page.locator(".scores summary").click()
    await window.is_accessible()
    assert (await rules_of(desk))[HUMAN].staff_id is None
    if size == NARROW:
        await page.keyboard.press("Escape")
    await bar.get_by_role("button", name="Save").click()
    await window.sees("Saved.")
    rules = await rules_of(desk)
    assert rules[HUMAN].staff_id == desk.world.bo.id
    assert rules[HUMAN].final_message == "Bye, {{contact.first_name}}"


async def test_phrases_and_tags_are_added_changed_and_removed(
    desk: OpenDesk, at: str
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals")
    rule = await opened(desk, window)
    phrases = rule.get_by_role("textbox", name="Example phrase")
    await phrases.nth(0).fill("Bo please")
    await rule.get_by_role("button", name="Remove the phrase").nth(1).click()
    await rule.get_by_role("button", name="Add example phrase").click()
    await window.page.keyboard.type("Get me Bo")
    tag = rule.get_by_placeholder("Add a tag")
    await tag.fill("vip")
    await tag.press("Enter")
    await window.clicks("Save")
    await window.sees("Saved.")
    stored = (await rules_of(desk))[HUMAN]
    assert stored.example_phrases == (
        "Bo please",
        "Connect me to a person",
        "Get me Bo",
    )
    assert stored.tags == ("human_handover", "vip")


async def test_the_fourth_rule_is_refused_until_one_goes(
    desk: OpenDesk, at: str
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals")
    await window.sees("3 of 3 rules used")
    await window.clicks("Human handover")
    await window.sees("A bot may have at most 3 handover rules")
    rule = await opened(desk, window)
    await rule.get_by_role("button", name="Remove the rule").click()
    await window.sees("Removed once you save.")
    await window.clicks("Human handover")
    await window.sees("3 of 3 rules used")
    new = window.page.locator("[data-rule^=new]")
    await new.get_by_label("Scenario").select_option("custom")
    await new.get_by_label("Trigger condition").fill("The contact wants to cancel.")
    await new.get_by_role("textbox", name="Example phrase").first.fill("cancel it")
    await window.is_accessible()
    await window.clicks("Save")
    await window.sees("Saved.")
    rules = await rules_of(desk)
    assert set(rules) == {
        Scenario.CUSTOM,
        Scenario.LACK_OF_INFORMATION,
        Scenario.FAILED_TO_RESOLVE,
    }
    assert rules[Scenario.CUSTOM].enabled


async def test_what_is_wrong_is_said_beside_the_field_once_it_is_left(
    desk: OpenDesk, at: str
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals")
    rule = await opened(desk, window)
    message = rule.get_by_label("Final message", exact=True)
    await message.fill("Hi {{nobody}}")
    await message.blur()
    await message.press("End")
    await message.type("!")
    await expect(rule.locator(".field-error")).to_contain_text("nknown variable")
    await expect(message).to_have_attribute("aria-invalid", "true")
    await message.fill("Hi {{contact.name}}")
    await expect(rule.locator(".field-error")).to_have_count(0)


async def test_leaving_with_changes_asks_first(desk: OpenDesk, at: str) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals")
    await window.page.get_by_label("Goal", exact=True).fill("Sell bikes")
    await window.clicks("Knowledge 6")
    await window.sees("Leave without saving?")
    await window.clicks("Stay here")
    await expect(window.page.get_by_label("Goal", exact=True)).to_have_value(
        "Sell bikes"
    )
    await window.clicks("Knowledge 6")
    await window.page.locator("#leave [data-leave]").click()
    await window.sees("Opening hours")


@BOTH_SIZES
async def test_two_people_change_one_field_and_one_of_them_chooses(
    desk: OpenDesk, at: str, size: tuple[int, int]
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals", size=size)
    rule = await opened(desk, window)
    await rule.get_by_label("Final message", exact=True).fill("From Ann")
    await desk.world.change_rule(HUMAN, final_message="From a colleague")
    await window.clicks("Save")
    await window.sees("Nothing of yours is lost")
    await window.is_accessible()
    await expect(
        card(desk, window).get_by_label("Final message", exact=True)
    ).to_have_value("From Ann")
    await card(desk, window).get_by_label("Take theirs").check()
    await window.clicks("Save")
    await window.sees("Saved.")
    assert (await rules_of(desk))[HUMAN].final_message == "From a colleague"


async def test_after_a_handover_the_trial_goes_on_and_starts_over(
    desk: OpenDesk, at: str
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals")
    page = window.page
    say = page.get_by_label("Write as a contact")
    await say.fill("Connect me to a person")
    await say.press("Enter")
    await window.sees("Waits until somebody claims it")
    await say.fill("Hello?")
    await say.press("Enter")
    await window.sees("Says nothing", where=".try-turns")
    await window.clicks("Hand back to the bot")
    await window.sees("A person answered and handed back.")
    await say.fill("Are you open on Sunday?")
    await say.press("Enter")
    await window.sees("closed on Sunday", where=".try-turns")
    await window.clicks("Restart")
    await window.sees("Write what a contact might")
    await expect(page.locator(".try-turn")).to_have_count(0)


@BOTH_SIZES
async def test_a_bot_is_deleted_from_its_menu_and_brought_back(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    window = await desk.window(desk.world.ann, "/bots", size=size)
    name = desk.world.bot.name
    await window.clicks(f"What can be done with {name}")
    await window.page.get_by_role("menuitem", name="Delete").click()
    await window.sees("No bot yet")
    await window.clicks("Undo")
    await window.sees("It is back, as it was.")
    await window.sees(name)


@BOTH_SIZES
async def test_articles_are_pasted_mended_and_found(
    desk: OpenDesk, at: str, size: tuple[int, int]
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/knowledge", size=size)
    await window.clicks("Import")
    field = window.page.get_by_label("What to import")
    await field.fill("Gift cards\nFrom 10 euros.\n\nNo answer here?")
    await window.page.locator(".foot").get_by_role("button", name="Import").click()
    await window.sees("Line 4")
    await window.is_accessible()
    await field.fill("Gift cards\nFrom 10 euros.")
    await window.page.locator(".foot").get_by_role("button", name="Import").click()
    await window.sees("Added 1 article.")
    search = window.page.get_by_label("Search the articles")
    await search.fill("gift")
    await search.press("Enter")
    await window.sees("Gift cards")
    await window.sees_not("Opening hours")


async def test_script_text_anywhere_in_a_configuration_stays_text(
    desk: OpenDesk, at: str
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/settings")
    page = window.page
    await page.get_by_label("Name").fill(SCRIPT[:100])
    await window.clicks("Save")
    await window.sees("Saved.")
    await page.goto(f"{desk.url}{at}/knowledge/new")
    await page.get_by_label("Title").fill(SCRIPT)
    await page.get_by_label("Answer").fill(SCRIPT)
    await window.clicks("Add")
    await window.sees(SCRIPT)
    await page.goto(f"{desk.url}{at}/goals")
    rule = await opened(desk, window)
    await rule.get_by_label("Name").fill(SCRIPT)
    await rule.get_by_role("textbox", name="Example phrase").first.fill(SCRIPT)
    await rule.get_by_label("Final message", exact=True).fill(SCRIPT)
    tag = rule.get_by_placeholder("Add a tag")
    await tag.fill(SCRIPT[:50])
    await tag.press("Enter")
    await expect(rule.locator("[data-preview]")).to_have_text(SCRIPT)
    await page.get_by_label("Write as a contact").fill(f"Bo please {SCRIPT}")
    await page.get_by_label("Say it").click()
    await window.sees(SCRIPT, where=".try-turns")
    await window.clicks("Save")
    await window.sees("Saved.")
    for tab in ("/goals", "/activity?show=changes", "/knowledge"):
        await page.goto(f"{desk.url}{at}{tab}")
        assert await page.title() != "caught"
        assert await page.locator("main img, main script").count() == 0
    async with desk.world.db.transaction(desk.world.account_id) as tx:
        assert (await get_bot(tx, desk.world.bot.id)).bot.name == SCRIPT[:100]


@LOOKS
async def test_axe_finds_nothing_on_any_page_of_a_bot(
    desk: OpenDesk, at: str, theme: str, size: tuple[int, int]
) -> None:
    await desk.house.writes("Can someone real help me?")
    window = await desk.window(desk.world.ann, "/bots", size=size, color_scheme=theme)
    await window.is_accessible()
    tabs = (
        "/settings",
        "/goals",
        "/knowledge",
        "/knowledge/new",
        "/knowledge/import",
        "/channels",
        "/activity",
        "/activity?show=changes",
    )
    for tab in tabs:
        await window.page.goto(f"{desk.url}{at}{tab}")
        await window.is_accessible()
    await window.page.goto(f"{desk.url}/start")
    await window.is_accessible()


@BOTH_SIZES
async def test_settings_are_unfolded_changed_guarded_and_saved(
    desk: OpenDesk, at: str, size: tuple[int, int]
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/settings", size=size)
    page = window.page
    await window.sees("Does not ask again, leaves the conversation open.")
    fold = page.locator("#silence")
    await fold.locator("summary").click()
    await fold.get_by_role("button", name="Add a message").click()
    await fold.get_by_role("button", name="Add a message").click()
    row = fold.locator("[data-row]").first
    await row.get_by_label("hours").fill("2")
    await row.get_by_label("Say").fill("Still there?")
    await fold.locator("[data-row]").nth(1).get_by_label("Say").fill("Too much")
    await fold.get_by_role("button", name="Remove the message").nth(1).click()
    await window.clicks("Activity", where=".tabs")
    await window.sees("Leave without saving?")
    await window.clicks("Stay here")
    await window.clicks("Save")
    await window.sees("Asks again once, leaves the conversation open.")


@BOTH_SIZES
async def test_settings_that_are_wrong_come_back_unfolded_where_they_are(
    desk: OpenDesk, at: str, size: tuple[int, int]
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/settings", size=size)
    fold = window.page.locator("#silence")
    await fold.locator("summary").click()
    await fold.get_by_role("switch", name="Resolve the conversation").check()
    await window.clicks("Save")
    await window.sees("Between 1 minute and 365 days.", where="#silence")
    await expect(window.page.locator("#quiet")).not_to_have_attribute("open", "")
    await window.is_accessible()
    window.faults.clear()  # the browser notes every answer of 422


async def test_a_language_is_added_to_a_rule_that_is_not_saved_yet(
    desk: OpenDesk, at: str
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals")
    rule = await opened(desk, window)
    await rule.get_by_text("In other languages").click()
    await rule.get_by_role("button", name="Add a language").click()
    await rule.get_by_label("Language").select_option(label="Polish")
    row = rule.locator("[data-row]")
    await row.get_by_label("Final message").fill("Dziękuję!")
    await rule.get_by_label("Until people have been silent for a time").check()
    await window.sees("pause the bot until people are silent for 1 day")
    await window.is_accessible()
    await window.clicks("Save")
    await window.sees("Saved.")
    saved = (await rules_of(desk))[HUMAN]
    assert saved.final_messages == (("pl", "Dziękuję!"),)


async def test_an_inboxs_deadlines_stay_in_view_when_all_hours_count(
    desk: OpenDesk,
) -> None:
    here = f"/settings/inboxes/{desk.house.inbox_id}"
    window = await desk.window(desk.world.ann, here)
    await window.sees_not("Every further reply")
    await window.page.get_by_text("Deadlines of its own").click()
    await window.page.get_by_text("Count working hours only").click()
    await window.sees("Every further reply")


async def test_what_was_to_be_tried_stays_when_the_try_fails(
    desk: OpenDesk, at: str
) -> None:
    window = await desk.window(desk.world.ann, f"{at}/goals")
    line = window.page.get_by_label("Write as a contact")
    await intercept(window.page, "**/try", lambda route: route.fulfill(status=503))
    await line.fill("Can someone real help me?")
    await window.keys("Enter")
    await window.sees("The server could not be reached.", where="#toasts")
    await expect(line).to_have_value("Can someone real help me?")
    await window.page.unroute("**/try")
    await window.keys("Enter")
    await expect(window.page.locator(".try-turn")).to_have_count(1)
    await expect(line).to_have_value("")
    window.faults.clear()
