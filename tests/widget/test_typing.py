"""S07: who is seen typing: people while they have control, and the bot never."""

import asyncio

import httpx2
import pytest

from stepaside.channels.widget import SCRIPT, STATIC
from stepaside.core.events import staff_actor
from stepaside.live.hub import Hub
from stepaside.live.presence import CONTACT, Sign, What
from stepaside.pipeline import staff
from stepaside.pipeline.runtime import Runtime
from tests.widget.conftest import Visitor
from tests.widget.test_stream import following
from tests.widget.test_stream import http as over_the_wire
from tests.world import World

http = over_the_wire


async def _types(visitor: Visitor) -> httpx2.Response:
    return await visitor.ask("POST", "/typing", json={})


@pytest.fixture
async def place(
    world: World, rt: Runtime, cy: Visitor, inbox_id: str
) -> tuple[str, str]:
    """A conversation that Bo has."""
    opened = (await cy.begins(inbox_id))["conversation_id"]
    here, bo = (world.account_id, opened), staff_actor(world.bo.id)
    await cy.writes("I want to talk to a person")
    await rt.background.drain()
    await staff.claim(rt, *here, staff_id=world.bo.id, actor=bo)
    return here


async def test_s07_the_contact_who_types_is_seen_by_people_and_nothing_is_stored(
    world: World, cy: Visitor, hub: Hub, place: tuple[str, str]
) -> None:
    async with world.db.transaction(world.account_id) as tx:
        before = await tx.one("SELECT count(*) AS n FROM events")
    assert (await _types(cy)).status_code == 204
    assert hub.presence.writes(place, CONTACT)
    async with world.db.transaction(world.account_id) as tx:
        assert await tx.one("SELECT count(*) AS n FROM events") == before
    await cy.writes("Are you there?")
    assert not hub.presence.writes(place, CONTACT)


async def test_s07_while_the_bot_has_control_nobody_is_told_that_the_contact_types(
    world: World, cy: Visitor, inbox_id: str, hub: Hub
) -> None:
    opened = (await cy.begins(inbox_id))["conversation_id"]
    assert (await _types(cy)).status_code == 204
    assert not hub.presence.writes((world.account_id, opened), CONTACT)


async def test_s07_a_person_who_types_is_shown_to_the_visitor_by_first_name(
    world: World, cy: Visitor, hub: Hub, place: tuple[str, str]
) -> None:
    async with following(cy) as line:
        async with asyncio.timeout(30), world.db.transaction(world.account_id) as tx:
            bo = Sign(place=place, who=world.bo.id, what=What.WRITING)
            await hub.presence.give(tx, bo)
        assert await line.hears() == {"writes": "Bo is typing…"}
        async with world.db.transaction(world.account_id) as tx:
            bo = Sign(place=place, who=world.bo.id, what=What.HERE)
            await hub.presence.give(tx, bo)
        assert await line.hears() == {"writes": ""}


async def test_s07_the_bot_is_never_shown_typing(
    world: World, cy: Visitor, place: tuple[str, str]
) -> None:
    async with following(cy) as line:
        await cy.writes("Hello?")
        # That somebody took over may still be told first.
        while "message" not in (told := await line.hears()):
            assert not told.get("writes")
    assert told["message"]["text"] == "Hello?"
    assert "writes" not in told
    assert "is typing" not in (STATIC / SCRIPT).read_text("utf-8")


async def test_whoever_types_shows_a_token_and_sends_no_words(
    cy: Visitor, place: tuple[str, str]
) -> None:
    del place
    assert (await cy.ask("POST", "/typing", json={"text": "x"})).status_code == 422
    cy.token = ""
    assert (await _types(cy)).status_code == 401
