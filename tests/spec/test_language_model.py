"""With a language model or without: who asks for a person gets one, and only then."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from stepaside.bot.draft import BotFailure, Draft
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.conversation import Control
from stepaside.core.events import EventType
from stepaside.core.ids import RuleId
from stepaside.core.rules import Scenario, default_rule
from stepaside.core.turn import Author, Line, Turn
from stepaside.pipeline.runtime import Limits
from stepaside.pipeline.try_out import Trial, try_turn
from stepaside.store.accounts import change_account, get_account
from stepaside.store.model_usage import usage_on
from stepaside.store.staff import load_roster
from tests.bot.shop import Shop, open_shop
from tests.house import House, open_house
from tests.world import World

Answering = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
async def shop(world: World) -> AsyncIterator[Shop]:
    async with open_shop(world) as shop:
        yield shop


async def causes(house: House) -> list[str | None]:
    return [d.cause for d in await house.decisions()]


async def test_the_model_answers_from_the_knowledge_it_is_shown(shop: Shop) -> None:
    def answering(material: dict[str, Any]) -> dict[str, Any]:
        sources = material["sources"]
        hit = next(x for x in sources if "10:00 to 14:00" in x["text"])
        text = "On Saturday from 10:00 to 14:00."
        return {"kind": "answer", "text": text, "sources": [hit["id"]]}

    shop.server.answering = answering
    house = await shop.opens("openai:good")
    await house.writes("When are you open on Saturday?")
    assert await house.said_by_bot() == ["On Saturday from 10:00 to 14:00."]
    async with shop.world.db.transaction(house.account_id) as tx:
        used = await usage_on(tx, shop.world.clock())
    assert (used.answers, used.tokens) == (1, 100)


async def test_what_the_knowledge_does_not_state_is_not_invented(shop: Shop) -> None:
    said = {"kind": "answer", "text": "Yes, 12 of them.", "sources": ["s1"]}
    shop.server.answering = lambda _: said
    house = await shop.opens("openai:good")
    await house.writes("Do you rent out tandems?")
    assert await causes(house) == ["lack_of_information"]
    assert "Yes, 12 of them." not in await house.said_by_bot()


async def test_no_model_can_talk_a_person_away(shop: Shop) -> None:
    shop.server.answering = lambda _: {
        "kind": "small_talk",
        "text": "There are no people here.",
        "wants_person": "",
    }
    house = await shop.opens("openai:good")
    await house.writes("I want to talk to a human")
    assert await causes(house) == ["human_requested"]
    assert "There are no people here." not in await house.said_by_bot()


async def test_an_article_cannot_talk_a_person_in(shop: Shop) -> None:
    """The model was persuaded, and quotes the contact; the detector heard nothing."""
    shop.server.answering = lambda _: {
        "kind": "small_talk",
        "text": "Hello!",
        "wants_person": "good morning",
    }
    house = await shop.opens("openai:good")
    await house.writes("Good morning")
    assert (await house.state()).control is Control.BOT


async def test_a_promise_of_a_person_is_kept_and_not_said_by_the_bot(
    shop: Shop,
) -> None:
    promise = "I will transfer you to a colleague."
    shop.server.answering = lambda _: {"kind": "small_talk", "text": promise}
    house = await shop.opens("openai:good")
    await house.writes("Hm, and now?")
    assert await causes(house) == ["promised"]
    assert promise not in await house.said_by_bot()
    assert (await house.state()).control is not Control.BOT


@pytest.mark.parametrize(
    "fault", ["down", "busy", "cut", "words", "wrong", "empty", "hollow"]
)
async def test_a_person_is_to_be_had_however_the_model_fails(
    shop: Shop, fault: str
) -> None:
    house = await shop.opens(f"openai:{fault}")
    await house.writes("I want to talk to a human")
    assert await causes(house) == ["human_requested"]


async def test_a_broken_model_is_asked_again_and_then_is_a_reason_of_its_own(
    shop: Shop,
) -> None:
    house = await shop.opens("openai:down")
    await house.writes("When are you open on Saturday?")
    # The summary asks once more, and is not missed.
    assert shop.server.counts["down"] == house.rt.limits.brain_tries + 1
    (decision,) = await house.decisions()
    assert (decision.decision, decision.cause) == ("hand_over", "bot_error")
    assert "503" in decision.reason


async def test_a_try_that_succeeds_hands_nothing_over(shop: Shop) -> None:
    shop.server.answering = lambda _: {"kind": "small_talk", "text": "Hello!"}
    house = await shop.opens("openai:once-down")
    await house.writes("Hello there")
    assert await house.said_by_bot() == ["Hello!"]
    assert (await house.state()).control is Control.BOT


async def test_the_waits_between_tries_grow(shop: Shop) -> None:
    house = await shop.opens("openai:down", limits=Limits())
    await house.writes("When are you open on Saturday?")
    assert shop.waits == [1, 2]


async def test_a_busy_model_is_asked_again_when_it_says(shop: Shop) -> None:
    shop.server.retry_after = "7"
    shop.server.answering = lambda _: {"kind": "small_talk", "text": "Hello!"}
    house = await shop.opens("openai:once-busy", limits=Limits())
    await house.writes("Hello there")
    assert shop.waits == [7]
    assert await house.said_by_bot() == ["Hello!"]


async def test_nobody_waits_for_a_model_that_is_busy_for_longer_than_that(
    shop: Shop,
) -> None:
    shop.server.retry_after = "60"
    house = await shop.opens("openai:busy", limits=Limits())
    await house.writes("When are you open on Saturday?")
    assert shop.waits == []
    (decision,) = await house.decisions()
    assert (decision.cause, "429" in decision.reason) == ("bot_error", True)


@pytest.mark.parametrize("fault", ["refused", "locked", "barred"])
async def test_what_was_refused_is_not_asked_again(shop: Shop, fault: str) -> None:
    house = await shop.opens(f"openai:{fault}")
    await house.writes("When are you open on Saturday?")
    # The summary asks once more, about something else.
    assert shop.server.counts[fault] == 2
    assert shop.waits == []
    assert await causes(house) == ["bot_error"]


async def never(turn: Turn, index: KnowledgeIndex) -> Draft:
    del turn, index
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_bot_that_never_ends_took_too_long(world: World) -> None:
    limits = Limits(thinking=timedelta(seconds=0.1))
    house = await open_house(world, brain=never, limits=limits)
    await house.writes("When are you open on Saturday?")
    (decision,) = await house.decisions()
    assert decision.cause == "bot_error"
    assert decision.reason == "The bot took too long to answer."


async def test_where_time_runs_out_staff_read_what_went_wrong_before(
    world: World,
) -> None:
    limits = Limits(thinking=timedelta(seconds=1), brain_backoff=timedelta(0))
    tries = iter([BotFailure("It was raining.")])

    async def bot(turn: Turn, index: KnowledgeIndex) -> Draft:
        for failure in tries:
            raise failure
        return await never(turn, index)

    house = await open_house(world, brain=bot, limits=limits)
    await house.writes("When are you open on Saturday?")
    (decision,) = await house.decisions()
    assert decision.reason == "It was raining."


async def test_articles_are_quoted_where_the_model_is_slow(shop: Shop) -> None:
    house = await shop.opens("openai:hang", "local", seconds=300, within=0.2)
    await house.writes("When are you open on Saturday?")
    (said,) = await house.said_by_bot()
    assert "10:00 to 14:00" in said


async def test_a_spent_budget_says_so_to_staff_and_starts_afresh_next_day(
    shop: Shop,
) -> None:
    shop.server.answering = lambda _: {"kind": "small_talk", "text": "Hello!"}
    house = await shop.opens("openai:good", tokens=100)
    await house.writes("Hello there")
    await house.writes("And how are you?")
    (*_, last) = await house.decisions()
    assert (last.cause, "budget" in last.reason) == ("bot_error", True)
    assert len(shop.server.asked) == 1
    shop.world.clock.advance(days=1)
    other = await shop.opens("openai:good", tokens=100)
    await other.writes("Hello again")
    assert len(shop.server.asked) == 2


async def test_no_other_account_pays(shop: Shop) -> None:
    shop.server.answering = lambda _: {"kind": "small_talk", "text": "Hello!"}
    house = await shop.opens("openai:good")
    await house.writes("Hello there")
    async with shop.world.db.transaction(shop.world.dees_shop.account_id) as tx:
        assert (await usage_on(tx, shop.world.clock())).answers == 0


async def test_an_account_may_set_itself_a_lower_budget(shop: Shop) -> None:
    shop.server.answering = lambda _: {"kind": "small_talk", "text": "Hello!"}
    house = await shop.opens("openai:good", tokens=1_000_000)
    async with shop.world.db.transaction(house.account_id) as tx:
        account = await get_account(tx)
        await change_account(tx, replace(account, model_daily_tokens=100))
    await house.writes("Hello there")
    await house.writes("And how are you?")
    assert len(shop.server.asked) == 1


def summing_up(material: dict[str, Any]) -> dict[str, Any]:
    if "newest" in material:
        return {"kind": "no_information"}
    return {
        "wants": "Wants the squeaking brakes looked at.",
        "open_points": "Was told to oil them.",
        "sentiment": "upset",
        "language": "en",
        "suggested_reply": "Hi Cy, sorry about the brakes. Shall we look at them?",
    }


async def test_the_model_says_to_people_what_it_is_about(shop: Shop) -> None:
    shop.server.answering = summing_up
    house = await shop.opens("openai:good")
    await house.writes("My brakes squeak, I want to talk to a human")

    (episode,) = await house.handovers()
    assert episode.brief is not None
    assert episode.brief.generated == "good"
    assert "squeaking brakes" in episode.brief.wants
    assert "oil" in episode.brief.wants
    assert episode.brief.suggested_reply.startswith("Hi Cy")
    assert len(await house.events(EventType.SUMMARISED)) == 1


@pytest.mark.parametrize("fault", ["down", "wrong", "cut"])
async def test_without_the_model_the_summary_made_here_stays(
    shop: Shop, fault: str
) -> None:
    shop.server.answering = summing_up
    house = await shop.opens(f"openai:{fault}")
    await house.writes("My brakes squeak, I want to talk to a human")

    (episode,) = await house.handovers()
    assert episode.brief is not None
    assert episode.brief.generated == "local"
    assert "brakes" in episode.brief.wants


async def test_no_handover_waits_for_the_summary(shop: Shop) -> None:
    house = await shop.opens("openai:hang")
    quick = await open_house(shop.world)
    slow = replace(quick, rt=replace(quick.rt, summarise=house.rt.summarise))

    await slow.writes("I want to talk to a human", settle=False)
    await shop.server.was_asked.wait()

    assert (await slow.state()).control is not Control.BOT
    shop.server.released.set()
    await slow.settle()


async def test_what_no_database_takes_silences_no_bot(shop: Shop) -> None:
    def answering(material: dict[str, Any]) -> dict[str, Any]:
        wants = material["newest"][-1]["text"]
        return {
            "kind": "small_talk",
            "text": "Hello\x00 there\x1b!",
            "wants_person": f"{wants}\x00",
        }

    shop.server.answering = answering
    house = await shop.opens("openai:ok")
    await house.writes("Hello! Are you maybe a human?")
    assert len(await house.decisions()) == 1
    said = await house.said_by_bot()
    assert said
    assert "\x00" not in said[-1]


async def test_a_trial_asks_the_model_as_the_draft_says_and_is_paid(shop: Shop) -> None:
    def answering(material: dict[str, Any]) -> dict[str, Any]:
        (condition,) = material["conditions"]
        words = material["newest"][-1]["text"]
        heard = {"id": condition["id"], "words": words}
        return {"kind": "no_information", "conditions": [heard]}

    shop.server.answering = answering
    house = await shop.opens("openai:good", tokens=100)
    tried = await try_turn(house.rt, house.account_id, await trial(shop), SAYS)

    told = str(shop.server.asked[0])
    assert "Dry as a chain in August." in told
    assert "Sell more bells." in told
    about = {"id": "business", "title": "About us", "text": "We are in Ghent."}
    assert about in shop.server.material()["sources"]
    assert shop.server.material()["conditions"][0]["when"] == CONDITION
    assert tried.decision.cause == "custom"
    async with shop.world.db.transaction(house.account_id) as tx:
        assert (await usage_on(tx, shop.world.clock())).tokens == 100


async def test_a_trial_ends_with_the_budget(shop: Shop) -> None:
    house = await shop.opens("openai:good", tokens=100)
    draft = await trial(shop)
    await try_turn(house.rt, house.account_id, draft, SAYS)
    tried = await try_turn(house.rt, house.account_id, draft, SAYS)
    assert "budget" in tried.decision.reason
    assert len(shop.server.asked) == 1


SAYS = (Line(author=Author.CONTACT, text="My wheel came bent out of the box"),)
CONDITION = "Something arrived damaged."


async def trial(shop: Shop) -> Trial:
    """A draft that nobody has saved."""
    world = shop.world
    rule = replace(
        default_rule(RuleId("draft"), Scenario.CUSTOM),
        name="Damage",
        trigger_condition=CONDITION,
        enabled=True,
    )
    async with world.db.transaction(world.account_id) as tx:
        roster = await load_roster(tx)
    return Trial(
        bot=replace(
            world.bot,
            personality="Dry as a chain in August.",
            goal="Sell more bells.",
            additional_information="We are in Ghent.",
        ),
        rules=[rule],
        knowledge_version=0,
        contact=world.cy,
        roster=roster,
    )
