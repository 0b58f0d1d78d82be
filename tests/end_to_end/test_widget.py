"""The chat on a website, in a real browser, from the first word to the last."""

import asyncio
import time
from dataclasses import replace

from playwright.async_api import Browser, Route, expect

from stepaside.api.widget.paces import Pace, usual_paces
from stepaside.live.hub import Hub
from stepaside.live.presence import CONTACT, Sign, What
from tests.desk.browser import intercept
from tests.widget.browser import Visit, needs_chromium, visiting
from tests.widget.site import Site, running_site, shop_runtime, widget_app, widget_inbox
from tests.world import World

pytest_plugins = ["tests.widget.opening"]
pytestmark = needs_chromium

BOT = "Pear Street Bikes assistant · bot"
BOT_ANSWERS = "Pear Street Bikes assistant, a bot, answers here."
GREETING = "I'm Pear Street Bikes's assistant, a bot. Ask for a person any time."
QUESTION, ANSWER = "When are you open on Saturday?", "10:00 to 14:00"
FINAL = "Thank you! Someone from the team will get back to you."
BO_ANSWERS = "Bo will answer here; the bot is quiet now."
RECONNECTING = "Reconnecting…"


async def test_it_opens_by_saying_that_it_is_a_bot_and_offers_a_person(
    cy: Visit,
) -> None:
    await cy.opens()

    await cy.shows(GREETING)
    await cy.says_who_answers(BOT_ANSWERS)
    await expect(cy.person_button).to_be_visible()
    await expect(
        cy.panel.get_by_role("heading", name="Pear Street Bikes")
    ).to_be_visible()
    assert await cy.count("conversations") == 0  # looking is not writing


async def test_a_question_is_answered_in_the_bots_name(cy: Visit) -> None:
    await cy.opens()
    await cy.writes(QUESTION)

    await cy.shows(ANSWER)
    (you, question), (bot, _) = await cy.said()
    assert (you, question, bot) == ("You", QUESTION, BOT)


async def test_a_person_who_was_asked_for_answers_under_their_name(cy: Visit) -> None:
    await cy.opens()
    await cy.person_button.click()
    await cy.says_who_answers(BO_ANSWERS)
    await cy.shows(FINAL)
    await expect(cy.person_button).to_be_hidden()

    await cy.replies(cy.world.bo, "Hi, this is Bo.")
    await cy.shows("Hi, this is Bo.")
    assert (await cy.said())[-1] == ("Bo", "Hi, this is Bo.")

    await cy.hands_back(cy.world.bo)
    await cy.says_who_answers(BOT_ANSWERS)
    await expect(cy.person_button).to_be_visible()


async def test_s07_while_people_have_control_nothing_looks_like_a_bot_typing(
    cy: Visit,
) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    await cy.shows(FINAL)

    await cy.writes_and_is_heard(QUESTION)

    await expect(cy.log.get_by_text("Sending…")).to_have_count(0)
    said = [text for _, text in await cy.said()]
    assert said == ["I want to talk to a person", FINAL, QUESTION]
    await cy.says_who_answers(BO_ANSWERS)


async def test_s07_a_person_who_types_is_shown_and_so_is_the_contact_to_people(
    cy: Visit, world: World, hub: Hub
) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    await cy.says_who_answers(BO_ANSWERS)
    conversation_id = await cy.is_stored("I want to talk to a person")
    place = (world.account_id, conversation_id)
    assert not hub.presence.writes(place, CONTACT)

    await cy.field.press_sequentially("I need")
    async with asyncio.timeout(30):
        with hub.presence.follow(place) as nudge:
            while not hub.presence.writes(place, CONTACT):
                await nudge.wait()
                nudge.clear()

    async with world.db.transaction(world.account_id) as tx:
        bo = Sign(place=place, who=world.bo.id, what=What.WRITING)
        await hub.presence.give(tx, bo)
    await cy.says_who_answers("Bo is typing…")
    await cy.says_who_answers(BO_ANSWERS)  # it fades by itself


async def test_a_reload_keeps_the_chat_its_words_and_its_place(cy: Visit) -> None:
    await cy.opens()
    await cy.writes(QUESTION)
    await cy.shows(ANSWER)
    before = await cy.said()

    await cy.page.reload()

    await cy.shows(ANSWER)
    assert await cy.said() == before
    await expect(cy.panel).to_be_visible()
    await cy.replies(cy.world.bo, "Still there?")
    await cy.shows("Still there?")
    assert await cy.count("conversations") == 1


async def test_offline_and_back_loses_nothing_and_doubles_nothing(cy: Visit) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    await cy.says_who_answers(BO_ANSWERS)

    await cy.context.set_offline(True)
    await cy.says_who_answers(RECONNECTING)
    await cy.writes("Are you there?")
    await cy.writes("I am in a tunnel.")
    await cy.shows("Sending…", 2)
    await cy.replies(cy.world.bo, "Hi, this is Bo.")
    await cy.context.set_offline(False)

    await cy.says_who_answers(BO_ANSWERS)
    await cy.shows("Hi, this is Bo.")
    await cy.shows("Sending…", 0)
    assert [text for _, text in await cy.said()] == [
        "I want to talk to a person",
        FINAL,
        "Hi, this is Bo.",
        "Are you there?",
        "I am in a tunnel.",
    ]
    assert await cy.count("messages") == 5
    cy.complaints.clear()  # the browser noted that it had no network


async def test_what_was_written_offline_survives_a_reload(cy: Visit) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("Do you sell helmets?")
    await cy.shows("Do you sell helmets?")

    async def lose_what_is_sent(route: Route) -> None:
        if route.request.method == "POST":
            await route.abort()
        else:
            await route.continue_()

    await intercept(cy.page, "**/widget/messages", lose_what_is_sent)
    await cy.writes("Written in vain?")
    await cy.shows("Sending…")

    await cy.page.reload()
    await cy.page.unroute("**/widget/messages")

    await cy.is_stored("Written in vain?")
    await cy.shows("Written in vain?")
    await cy.shows("Sending…", 0)
    assert [text for _, text in await cy.said()].count("Written in vain?") == 1
    cy.complaints.clear()


async def test_a_lost_answer_does_not_send_a_message_twice(cy: Visit) -> None:
    tries: list[str] = []
    tried_again = asyncio.Event()

    async def lose_the_first_answer(route: Route) -> None:
        if route.request.method == "GET":
            await route.continue_()
            return
        tries.append(route.request.post_data or "")
        answer = await route.fetch()
        if len(tries) == 1:
            await route.abort()
        else:
            await route.fulfill(response=answer)
            tried_again.set()

    # The stream would say that it arrived, and nothing would be sent again.
    await intercept(cy.page, "**/widget/stream", lambda route: route.abort())
    await intercept(cy.page, "**/widget/messages", lose_the_first_answer)
    await cy.opens()
    await cy.writes(QUESTION)
    async with asyncio.timeout(30):
        await tried_again.wait()
    await cy.page.unroute("**/widget/stream")

    await cy.shows(ANSWER)
    async with cy.world.db.transaction(cy.world.account_id) as tx:
        rows = await tx.all("SELECT 1 FROM messages WHERE author = 'contact'")
    assert len(rows) == 1
    assert tries[0] == tries[1]
    assert len(await cy.said()) == 2
    cy.complaints.clear()


async def test_a_restarted_server_is_found_again(cy: Visit, site: Site) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    await cy.says_who_answers(BO_ANSWERS)

    await site.stop()
    await cy.says_who_answers(RECONNECTING)
    await cy.writes("Anybody?")
    await cy.replies(cy.world.bo, "Yes, one moment.")
    await site.start()

    await cy.is_stored("Anybody?")
    await cy.shows("Yes, one moment.")
    await cy.shows("Sending…", 0)
    await cy.says_who_answers(BO_ANSWERS)
    assert await cy.count("messages") == 4
    cy.complaints.clear()


async def test_two_tabs_show_one_conversation(cy: Visit) -> None:
    await cy.opens()
    await cy.writes(QUESTION)
    await cy.shows(ANSWER)
    first, second = cy.page, await cy.context.new_page()

    cy.page = second
    await cy.arrives()
    await cy.shows(ANSWER)
    await cy.writes("What does delivery cost?")
    await cy.shows("29 euros")

    cy.page = first
    await cy.shows("29 euros")
    await cy.shows("What does delivery cost?")
    assert await cy.count("conversations") == 1


async def test_a_visitor_whose_token_has_ended_begins_anew(cy: Visit) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("Do you sell helmets?")
    await cy.has_sent_all()  # or it is sent again, before the question
    cy.world.clock.advance(days=31)

    await cy.page.reload()
    await cy.says_who_answers(BOT_ANSWERS)
    await cy.writes(QUESTION)

    await cy.shows(ANSWER)
    assert await cy.count("conversations") == 2
    cy.complaints.clear()


async def test_news_is_shown_while_the_chat_is_closed(cy: Visit) -> None:
    await cy.opens()
    await cy.writes_and_is_heard("I want to talk to a person")
    await cy.shows(FINAL)
    await cy.panel.get_by_role("button", name="Close").click()

    await cy.replies(cy.world.bo, "Hi, this is Bo.")

    news = cy.page.get_by_role("status")
    await expect(news).to_have_text("New message from Bo")
    await cy.opens()
    await cy.shows("Hi, this is Bo.")
    await expect(cy.page.get_by_text("New message from Bo")).to_have_count(0)


async def test_a_refused_message_says_why_and_holds_up_no_other(cy: Visit) -> None:
    await cy.opens()
    await cy.writes("a\u0001b")
    await cy.shows("Not sent. text: may not contain control characters")

    await cy.writes(QUESTION)

    await cy.shows(ANSWER)
    assert [text for _, text in await cy.said()][1:2] == [QUESTION]
    cy.complaints.clear()


async def test_the_token_is_never_in_an_address(cy: Visit) -> None:
    addresses: list[str] = []
    cy.page.on("request", lambda request: addresses.append(request.url))
    await cy.opens()
    await cy.writes(QUESTION)
    await cy.shows(ANSWER)

    kept = await cy.page.evaluate("() => Object.values(localStorage).map(JSON.parse)")

    assert any("/stream" in address for address in addresses)
    assert not any(kept[0]["token"] in address for address in addresses)


async def test_who_writes_too_fast_is_delivered_a_little_later(
    browser: Browser, world: World, hub: Hub
) -> None:
    rt, inbox_id = shop_runtime(world), await widget_inbox(world)
    slow = Pace(burst=1, every=1.5, clock=time.monotonic)
    paces = replace(usual_paces(), messages=slow)
    app = widget_app(rt, hub, inbox_id, paces)
    async with running_site(app) as site, visiting(browser, world, rt, site) as eager:
        await eager.arrives()
        await eager.opens()
        for number in range(4):
            await eager.writes(f"Message {number}")
        await eager.is_stored("Message 3")
        await eager.shows("Sending…", 0)
        mine = [text for who, text in await eager.said() if who == "You"]
        await rt.background.drain()

    assert mine == [f"Message {number}" for number in range(4)]
    assert any("429" in complaint for complaint in eager.complaints)
