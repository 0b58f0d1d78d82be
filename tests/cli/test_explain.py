"""Every decision can be explained afterwards, by its id or by the message's."""

import pytest
from pydantic import SecretStr

from stepaside.cli.explain import _find, _lines
from stepaside.settings import Settings
from stepaside.store.errors import NotFound
from tests.commands import as_url
from tests.house import House, open_house
from tests.world import World


@pytest.fixture
def settings(shared_url: str) -> Settings:
    return Settings(database_url=SecretStr(as_url(shared_url)))


@pytest.fixture
async def house(world: World) -> House:
    opened = await open_house(world)
    await opened.writes("I want to talk to a human")
    return opened


async def test_a_turn_is_explained_by_what_it_was_decided_by(
    house: House, settings: Settings
) -> None:
    (decision,) = await house.decisions()
    said = "\n".join(_lines(await _find(settings, decision.id, None)))
    for word in (decision.id, "hand_over", "human_requested", "policy", "lease 0"):
        assert word in said
    assert decision.evidence in said


async def test_the_contacts_message_leads_to_its_decision(
    house: House, settings: Settings
) -> None:
    (decision,) = await house.decisions()
    found = await _find(settings, decision.message_ids[0], None)
    assert found.id == decision.id


async def test_a_named_account_sees_its_own_decisions_only(
    house: House, settings: Settings
) -> None:
    (decision,) = await house.decisions()
    found = await _find(settings, decision.id, house.account_id)
    assert found.id == decision.id
    with pytest.raises(NotFound):
        await _find(settings, decision.id, house.world.dees_shop.account_id)


async def test_an_unknown_turn_is_not_found(world: World, settings: Settings) -> None:
    with pytest.raises(NotFound, match="dec_unknown"):
        await _find(settings, "dec_unknown", None)
