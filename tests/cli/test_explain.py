"""Every decision can be explained afterwards, by its id or by the message's."""

from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from stepaside.cli.explain import _find, _lines
from stepaside.settings import Settings
from stepaside.store.embedded import EmbeddedServer
from stepaside.store.errors import NotFound
from tests.commands import as_url, stepaside
from tests.house import House, open_house
from tests.world import World


@pytest.fixture
def settings(shared_url: str, tmp_path: Path) -> Settings:
    url = SecretStr(as_url(shared_url))
    return Settings(database_url=url, data_dir=tmp_path)


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


def test_where_nothing_is_yet_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    done = stepaside("explain", "dec_1", DATA_DIR=str(tmp_path))
    assert done.status == 1
    (line,) = done.err.splitlines()
    assert str(tmp_path) in line
    assert "holds nothing" in line
    assert list(tmp_path.iterdir()) == []


def test_what_the_demo_decided_is_explained(tmp_path: Path) -> None:
    played = stepaside("demo", "--once", "--json", DATA_DIR=str(tmp_path))
    assert played.status == 0, played.err
    files = tmp_path / "demo" / "postgres"
    with EmbeddedServer(files) as server, psycopg.connect(server.start()) as conn:
        row = conn.execute("SELECT id FROM stepaside.decisions LIMIT 1").fetchone()
    assert row
    done = stepaside("explain", row[0], DATA_DIR=str(tmp_path))
    assert done.status == 0, done.err
    assert row[0] in done.out
    assert [folder.name for folder in tmp_path.iterdir()] == ["demo"]
