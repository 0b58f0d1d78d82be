"""Between answering and handing over: a person is offered, or one question is asked."""

from stepaside.core.conversation import Control
from stepaside.core.roster import DEFAULT_OFFER
from stepaside.core.rules import DEFAULT_QUESTION, Scenario
from tests.house import House, open_house
from tests.world import World

QUESTION = "When are you open on Saturday?"


async def kinds(house: House) -> list[str]:
    return [d.decision for d in await house.decisions()]


async def fails_twice(house: House) -> None:
    await house.writes(QUESTION)
    await house.writes("No, that's not it")
    await house.writes("That still does not answer my question")


async def test_the_last_attempt_offers_a_person_and_yes_is_enough(world: World) -> None:
    house = await open_house(world)
    await fails_twice(house)
    assert await kinds(house) == ["reply", "reply", "offer"]
    assert DEFAULT_OFFER in (await house.said_by_bot())[-1]

    await house.writes("Yes please")

    assert (await house.state()).control is Control.QUEUE
    assert [e.cause for e in await house.handovers()] == ["human_requested"]


async def test_a_person_is_offered_once_in_a_conversation(world: World) -> None:
    await world.change_rule(Scenario.FAILED_TO_RESOLVE, max_retries=1)
    house = await open_house(world)
    await house.writes(QUESTION)
    await house.writes("No, that's not it")
    await house.writes("Thanks, that solved it!")
    await house.writes("How long may I send a bike back?")
    await house.writes("No, that's not it")
    offers = [text for text in await house.said_by_bot() if DEFAULT_OFFER in text]
    assert len(offers) == 1


async def test_an_owner_who_wants_no_offers_gets_none(world: World) -> None:
    await world.change_bot(offers_person=False)
    house = await open_house(world)
    await fails_twice(house)
    assert await kinds(house) == ["reply", "reply", "reply"]


async def test_the_offer_is_made_in_the_owners_words(world: World) -> None:
    await world.change_bot(offer_message="Soll ein Mensch übernehmen?")
    house = await open_house(world)
    await fails_twice(house)
    assert "Soll ein Mensch übernehmen?" in (await house.said_by_bot())[-1]


async def test_one_question_is_asked_first_where_the_rule_says_so(world: World) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, clarifying_questions=1)
    house = await open_house(world)

    await house.writes("I want to talk to a human")
    assert await house.said_by_bot() == [DEFAULT_QUESTION]
    assert (await house.state()).control is Control.BOT

    await house.writes("My brakes squeak since yesterday")
    assert (await house.state()).control is Control.QUEUE
    assert (await house.said_by_bot()).count(DEFAULT_QUESTION) == 1
    assert [e.cause for e in await house.handovers()] == ["human_requested"]


async def test_whoever_insists_is_not_asked_twice(world: World) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, clarifying_questions=1)
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.writes("A human, please!")
    assert (await house.state()).control is Control.QUEUE


async def test_who_needs_nobody_any_more_stays_with_the_bot(world: World) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, clarifying_questions=1)
    house = await open_house(world)
    await house.writes("I want to talk to a human")
    await house.writes("Thanks, that solved it!")
    assert (await house.state()).control is Control.BOT
    await house.writes(QUESTION)
    assert (await house.state()).control is Control.BOT
