"""The chat for every eye, hand and screen, and on sites as strict as they come."""

from typing import Literal

import pytest
from litestar import Litestar, Response, get
from litestar.datastructures import State
from playwright.async_api import Browser, Page, expect

from tests.widget.browser import Visit, needs_chromium, visiting
from tests.widget.colours import contrast
from tests.widget.site import Site, running_site, widget_inbox
from tests.world import World

pytest_plugins = ["tests.widget.opening"]
pytestmark = needs_chromium

ANSWER = "10:00 to 14:00"
BO_ANSWERS = "Bo will answer here; the bot is quiet now."


async def focused(page: Page) -> str:
    """What has the focus, by its words or label; inside the chat's shadow too."""
    return str(
        await page.evaluate(
            """() => {
                const outer = document.activeElement;
                const inner = outer.shadowRoot?.activeElement ?? outer;
                return inner.ariaLabel ?? inner.textContent;
            }"""
        )
    )


async def test_everything_is_done_with_the_keyboard_alone(cy: Visit) -> None:
    keys = cy.page.keyboard
    await cy.chat_button.focus()
    await keys.press("Enter")
    await expect(cy.panel).to_be_visible()
    assert await focused(cy.page) == "Message"

    await keys.type("When are you open")
    await keys.press("Shift+Enter")
    await keys.type("on Saturday?")
    await keys.press("Enter")
    await cy.shows(ANSWER)
    assert (await cy.said())[0] == ("You", "When are you open\non Saturday?")
    assert await cy.field.input_value() == ""

    order = []
    for _ in range(3):
        await keys.press("Shift+Tab")
        order.append(await focused(cy.page))
    assert order == ["Messages", "Talk to a person", "Close"]

    await keys.press("Escape")
    await expect(cy.panel).to_be_hidden()
    await expect(cy.chat_button).to_be_focused()


async def test_a_screen_reader_is_told_what_is_what(cy: Visit) -> None:
    await cy.opens()
    await cy.writes("When are you open on Saturday?")
    await cy.shows(ANSWER)

    tree = await cy.panel.aria_snapshot()

    for line in (
        '- heading "Pear Street Bikes" [level=2]',
        '- button "Close"',
        "- status: Pear Street Bikes assistant, a bot, answers here.",
        '- log "Messages"',
        '- button "Talk to a person"',
        '- textbox "Message"',
        '- button "Send"',
    ):
        assert line in tree
    # A log is announced politely by itself; nothing here may shout.
    assert await cy.panel.locator("[aria-live=assertive], [role=alert]").count() == 0


@pytest.mark.parametrize("speaker", ["contact", "staff"])
async def test_markup_is_only_ever_text(cy: Visit, speaker: str) -> None:
    markup = (
        "<img src=x onerror=window.broken=1><script>window.broken=1</script>"
        "<a href='javascript:window.broken=1'>x</a> javascript:window.broken=1"
    )
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    if speaker == "contact":
        await cy.writes(markup)
    else:
        await cy.replies(cy.world.bo, markup)

    await cy.shows(markup)
    assert await cy.log.locator("img, script, a").count() == 0
    assert await cy.page.evaluate("() => window.broken") is None


async def test_web_addresses_are_links_that_give_nothing_away(cy: Visit) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    await cy.replies(
        cy.world.bo, "See (https://example.org/a?b=1&c=%20), or http://example.org/d."
    )

    links = cy.log.get_by_role("link")
    await expect(links).to_have_count(2)
    shown = [await link.inner_text() for link in await links.all()]
    assert shown == ["https://example.org/a?b=1&c=%20", "http://example.org/d"]
    for link in await links.all():
        assert await link.get_attribute("href") == await link.inner_text()
        assert await link.get_attribute("target") == "_blank"
        assert await link.get_attribute("rel") == "noopener"


async def test_nothing_on_the_page_ever_jumps(cy: Visit) -> None:
    await cy.page.evaluate(
        """() => {
            window.jumps = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) window.jumps += entry.value;
            }).observe({ type: "layout-shift", buffered: true });
        }"""
    )
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    await cy.says_who_answers(BO_ANSWERS)
    await cy.panel.get_by_role("button", name="Close").click()
    await expect(cy.chat_button).to_be_visible()

    assert await cy.page.evaluate("() => window.jumps") == 0


async def test_who_reads_further_up_is_left_there_until_they_write(cy: Visit) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    await cy.replies(cy.world.bo, "long " * 400)
    await cy.shows("long long")
    at_the_end = "(log) => log.scrollTop + log.clientHeight > log.scrollHeight - 2"
    assert await cy.log.evaluate(at_the_end)

    await cy.log.evaluate("(log) => (log.scrollTop = 0)")
    await cy.replies(cy.world.bo, "And one more thing.")
    await cy.shows("And one more thing.")
    assert await cy.log.evaluate("(log) => log.scrollTop") == 0

    await cy.writes("Thank you")
    await cy.shows("Thank you", 2)  # the bot's final message says it too
    assert await cy.log.evaluate(at_the_end)


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_all_text_can_be_read_in_light_and_dark(
    browser: Browser, world: World, site: Site, colours: Literal["light", "dark"]
) -> None:
    rt = site.app.state.rt
    look = {"color_scheme": colours}
    async with visiting(browser, world, rt, site, **look) as cy:
        await cy.arrives()
        await cy.opens()
        await cy.writes("When are you open on Saturday?")
        await cy.shows(ANSWER)
        await check_contrast(cy)
        await cy.writes_and_is_heard("I want to talk to a person")
        await cy.says_who_answers(BO_ANSWERS)
        await cy.replies(world.bo, "Hi, this is Bo: https://example.org")
        await cy.shows("Hi, this is Bo")
        await check_contrast(cy)


async def check_contrast(cy: Visit) -> None:
    """Every word of the chat stands out well enough."""
    texts = cy.panel.locator("h2, small, p, a, button, textarea").filter(visible=True)
    found = {await one.inner_text(): await contrast(one) for one in await texts.all()}
    assert len(found) > 5
    assert {words: ratio for words, ratio in found.items() if ratio < 4.5} == {}


async def test_nothing_moves_by_itself(
    browser: Browser, world: World, site: Site
) -> None:
    rt = site.app.state.rt
    async with visiting(browser, world, rt, site, reduced_motion="reduce") as cy:
        await cy.arrives()
        await cy.opens()
        await cy.writes("When are you open on Saturday?")
        await cy.shows(ANSWER)

        assert await cy.page.evaluate("() => document.getAnimations().length") == 0


async def test_on_a_phone_the_chat_is_the_screen(
    browser: Browser, world: World, site: Site
) -> None:
    rt, phone = site.app.state.rt, {"width": 390, "height": 844}
    async with visiting(browser, world, rt, site, viewport=phone) as cy:
        await cy.arrives()
        await cy.opens()

        assert await cy.panel.bounding_box() == {"x": 0, "y": 0, **phone}
        # What is behind it cannot be reached by accident.
        await cy.field.focus()
        for _ in range(12):
            await cy.page.keyboard.press("Tab")
            assert await focused(cy.page) in (
                *("Message", "Send", "Close", "Messages", "Talk to a person"),
                await cy.page.evaluate("() => document.body.textContent"),
            )
        await cy.page.keyboard.press("Escape")
        await expect(cy.chat_button).to_be_focused()


@pytest.mark.parametrize(
    ("width", "height"), [(640, 400), (641, 400), (320, 256), (1280, 800)]
)
async def test_all_of_it_is_in_sight_also_when_zoomed_in(
    browser: Browser, world: World, site: Site, width: int, height: int
) -> None:
    """At 200 % a screen of 1280 by 800 has room for 640 by 400, at 400 % for half."""
    rt, screen = site.app.state.rt, {"width": width, "height": height}
    async with visiting(browser, world, rt, site, viewport=screen) as cy:
        await cy.arrives()
        await cy.opens()
        await cy.writes("a" * 300)
        await cy.shows("a" * 300)

        for control in (cy.field, cy.person_button, cy.log):
            await expect(control).to_be_in_viewport(ratio=1)
        for name in ("Close", "Send"):
            button = cy.panel.get_by_role("button", name=name)
            await expect(button).to_be_in_viewport(ratio=1)
        wide = "(one) => one.scrollWidth > one.clientWidth"
        assert not await cy.log.evaluate(wide)
        assert not await cy.page.evaluate(f"() => ({wide})(document.documentElement)")


@get("/", media_type="text/html")
async def shop_window(state: State) -> Response[str]:
    """A page that allows the chat's server and nothing else."""
    server, inbox_id = state["server"], state["inbox_id"]
    policy = (
        f"default-src 'none'; script-src {server}; connect-src {server}; "
        "require-trusted-types-for 'script'"
    )
    return Response(
        "<!doctype html>"
        f'<script type="module" src="{server}/widget/stepaside-widget.js"></script>'
        f'<stepaside-chat inbox="{inbox_id}"></stepaside-chat>',
        headers={"Content-Security-Policy": policy},
    )


async def test_it_works_on_another_site_under_the_strictest_policy(
    browser: Browser, world: World, site: Site
) -> None:
    shop = Litestar([shop_window], openapi_config=None, logging_config=None)
    async with running_site(shop) as elsewhere:
        inbox_id = await widget_inbox(world, allowed_origins=[elsewhere.url])
        shop.state.update({"server": site.url, "inbox_id": inbox_id})
        rt = site.app.state.rt
        async with visiting(browser, world, rt, site) as cy:
            await cy.page.goto(elsewhere.url)
            await cy.opens()
            await cy.writes("When are you open on Saturday?")

            await cy.shows(ANSWER)
            assert [c for c in cy.complaints if "favicon" not in c] == []


async def test_a_site_may_give_it_its_own_colours(cy: Visit) -> None:
    await cy.page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(
                "stepaside-chat { --accent: rgb(180, 0, 60); color-scheme: light }");
            document.adoptedStyleSheets = [sheet];
        }"""
    )

    await expect(cy.chat_button).to_have_css("background-color", "rgb(180, 0, 60)")
