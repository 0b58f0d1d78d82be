"""The bot's standing with a contact: active, snoozed until, inactive."""

from dataclasses import replace
from datetime import timedelta

from stepaside.core.roster import ContactRef
from stepaside.core.rules import Scenario
from stepaside.pipeline import staff
from stepaside.pipeline.receive import start_conversation
from tests.api.conftest import Api
from tests.house import House, open_house
from tests.world import World

HUMAN = "I want to talk to a human"


async def status(api: Api, house: House) -> tuple[str, str | None]:
    contact = await api.get(f"/contacts/{house.world.cy.id}")
    for wanted in ("active", "snoozed", "inactive"):
        items = (await api.get("/contacts", bot_status=wanted))["items"]
        there = house.world.cy.id in [item["id"] for item in items]
        assert there is (contact["bot_status"] == wanted), wanted
    return contact["bot_status"], contact["bot_until"]


async def second_chat(house: House) -> House:
    conversation_id = await start_conversation(
        house.rt,
        house.account_id,
        inbox_id=house.inbox_id,
        contact=ContactRef(external_id="cy"),
    )
    return replace(house, conversation_id=conversation_id)


async def test_with_nothing_said_the_bot_is_active(api: Api, world: World) -> None:
    contact = await api.get(f"/contacts/{world.cy.id}")
    assert (contact["bot_status"], contact["bot_until"]) == ("active", None)


async def test_a_handover_snoozes_the_bot_until_its_pause_ends(
    api: Api, world: World
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=timedelta(hours=2))
    house = await open_house(world)
    await house.writes(HUMAN)
    assert await status(api, house) == ("snoozed", "2026-03-02T12:00:00Z")
    await house.later(hours=3)
    assert await status(api, house) == ("active", None)


async def test_without_an_end_it_is_inactive_until_handed_back(
    api: Api, world: World
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=None)
    house = await open_house(world)
    await house.writes(HUMAN)
    assert await status(api, house) == ("inactive", None)
    await house.does(staff.hand_back, world.bo)
    assert await status(api, house) == ("active", None)


async def test_an_open_conversation_counts_before_a_resolved_one(
    api: Api, world: World
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=None)
    house = await open_house(world)
    await house.writes(HUMAN)  # people have it, open
    other = await second_chat(house)
    await house.later(minutes=5)
    await other.writes("When are you open on Saturday?")  # the bot has it, later
    assert await status(api, house) == ("active", None)
    await other.does(staff.resolve, world.bo)
    assert await status(api, house) == ("inactive", None)


async def test_resolving_alone_does_not_wake_the_bot(api: Api, world: World) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, pause=None)
    house = await open_house(world)
    await house.writes(HUMAN)
    await house.does(staff.resolve, world.bo)
    assert await status(api, house) == ("inactive", None)
