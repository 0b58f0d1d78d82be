"""What the bot says is so, and what is shown as failed was tried."""

import pytest

from stepaside.core.rules import Scenario
from stepaside.store.database import Database
from tests.house import open_house
from tests.world import World


@pytest.mark.parametrize("may_ask", [True, False])
async def test_the_bot_offers_a_person_only_where_asking_gets_one(
    world: World, may_ask: bool
) -> None:
    await world.change_rule(Scenario.HUMAN_REQUESTED, enabled=may_ask)
    house = await open_house(world)

    await house.writes("hello")

    (greeting,) = await house.said_by_bot()
    assert "I am a bot" in greeting
    assert ("ask for a person" in greeting) is may_ask


async def test_no_e_mail_is_promised_where_none_can_be_sent(
    world: World, shared_url: str
) -> None:
    only_desk = Database(shared_url, size=2, reaches=frozenset({"in_app"}))
    await only_desk.open()
    try:
        world.db = only_desk
        house = await open_house(world)
        await house.writes("I want to talk to a human")
        assert len(await house.told("in_app")) == 2
        assert await house.told("email") == []
    finally:
        await only_desk.close()
