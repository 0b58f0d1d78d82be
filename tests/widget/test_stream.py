"""A visitor who follows along, over a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from litestar import Litestar

from stepaside.core.events import staff_actor
from stepaside.live.hub import Hub
from stepaside.pipeline import staff
from stepaside.pipeline.runtime import Runtime
from tests.widget.conftest import Visitor
from tests.widget.site import running_site
from tests.world import World

SOON = 30.0
Told = dict[str, Any]


class Line:
    """An open stream, read event by event."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.headers = answer.headers
        self.cursor = ""
        self.raw = ""
        self._chunks = answer.aiter_text()

    async def opens(self) -> None:
        """The first thing said: where the stream begins."""
        assert await self._event() == {}
        assert self.cursor

    async def hears(self) -> Told:
        """The next thing the visitor is told."""
        return await self._event()

    async def _event(self) -> Told:
        while "\n\n" not in self.raw:
            async with asyncio.timeout(SOON):
                self.raw += await anext(self._chunks)
        event, _, self.raw = self.raw.partition("\n\n")
        rows = dict(row.split(": ", 1) for row in event.split("\n"))
        self.cursor = rows.get("id", self.cursor)
        told: Told = json.loads(rows.get("data", "{}"))
        return told


@pytest.fixture
async def http(app: Litestar, rt: Runtime) -> AsyncIterator[httpx2.AsyncClient]:
    app.state.rt = rt
    async with (
        running_site(app) as site,
        httpx2.AsyncClient(base_url=site.url) as client,
    ):
        yield client


@asynccontextmanager
async def following(visitor: Visitor, after: str | None = None) -> AsyncIterator[Line]:
    """An open stream of a visitor's."""
    headers = {"authorization": f"Bearer {visitor.token}"}
    if after:
        headers["last-event-id"] = after
    url = "/widget/stream"
    async with visitor.http.stream("GET", url, headers=headers) as answer:
        assert answer.status_code == 200
        line = Line(answer)
        await line.opens()
        yield line


async def test_what_is_said_arrives_as_it_happens(
    world: World, rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    opened = (await cy.begins(inbox_id))["conversation_id"]
    here, bo = (world.account_id, opened), staff_actor(world.bo.id)
    async with following(cy) as line:
        assert line.headers["content-type"].startswith("text/event-stream")
        await cy.writes("I want to talk to a person", "m1")
        assert (await line.hears())["message"]["client_id"] == "m1"
        assert (await line.hears())["control"]["by"] == "waiting"
        assert (await line.hears())["message"]["who"].endswith("bot")

        await staff.claim(rt, *here, staff_id=world.bo.id, actor=bo)
        assert (await line.hears())["control"]["name"] == "Bo"
        await staff.reply(rt, *here, actor=bo, text="Hello, this is Bo")
        message = (await line.hears())["message"]
        assert (message["who"], message["text"]) == ("Bo", "Hello, this is Bo")

        await staff.hand_back(rt, *here, actor=bo)
        assert (await line.hears())["control"]["by"] == "bot"


async def test_a_pause_by_hand_promises_a_person_without_a_name(
    world: World, rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    opened = (await cy.begins(inbox_id))["conversation_id"]
    ann = staff_actor(world.ann.id)
    async with following(cy) as line:
        await staff.pause(rt, world.account_id, opened, until=None, actor=ann)

        says = (await line.hears())["control"]["says"]

    assert says == "A person will answer here; the bot is quiet now."


async def test_notes_are_never_told(
    world: World, rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    opened = (await cy.begins(inbox_id))["conversation_id"]
    here, bo = (world.account_id, opened), staff_actor(world.bo.id)
    async with following(cy) as line:
        await staff.note(rt, *here, actor=bo, text="Careful, he is a lawyer")
        await cy.writes("After the note", "after")

        told = await line.hears()

    assert told["message"]["client_id"] == "after"


async def test_nobody_hears_another_visitor(
    rt: Runtime, cy: Visitor, eve: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    await eve.begins(inbox_id)
    async with following(eve) as line:
        await cy.writes("For the shop only")
        await rt.background.drain()
        await eve.writes("Mine", "mine")

        told = await line.hears()

    assert told["message"]["client_id"] == "mine"


async def test_who_comes_back_hears_what_was_missed_once(
    rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    async with following(cy) as line:
        await cy.writes("One", "one")
        await line.hears()
        left_at = line.cursor
    await rt.background.drain()
    await cy.writes("Two", "two")

    heard = []
    async with following(cy, after=left_at) as line:
        while "two" not in heard:
            heard.append((await line.hears()).get("message", {}).get("client_id"))

    assert "one" not in heard


async def test_history_and_stream_meet_without_a_seam(
    rt: Runtime, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    read = await cy.reads()
    await cy.writes("In between", "between")

    async with following(cy, after=read["cursor"]) as line:
        told = await line.hears()

    assert told["message"]["client_id"] == "between"
    await rt.background.drain()


async def test_a_visitor_who_leaves_is_not_followed_any_more(
    hub: Hub, cy: Visitor, inbox_id: str
) -> None:
    await cy.begins(inbox_id)
    async with following(cy) as line:
        await cy.writes("Hello", "hello")
        await line.hears()
        assert hub.readers == 1

    async with asyncio.timeout(SOON):
        while hub.readers:  # noqa: ASYNC110 - nothing tells when a server noticed
            await asyncio.sleep(0)
