"""Everything in one process: how it starts, is found, and ends."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

import httpx2
import psycopg
import pytest
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from stepaside.channels.widget import SCRIPT
from stepaside.cli.address import usual_url
from stepaside.cli.serving import running
from stepaside.cli.web import show_demo_page
from stepaside.core.turn import Author
from stepaside.settings import Settings
from stepaside.store.inboxes import InboxKind
from stepaside.store.installation import NotPrepared
from stepaside.store.messages import MessageState
from stepaside.wiring import CannotStart, utc_now
from tests import loopback
from tests.commands import as_url
from tests.house import House, open_house
from tests.loopback import Answer, Asked
from tests.postgres import Databases
from tests.worker.shift import Forgetful, ask, jobs, until
from tests.world import World


@pytest.fixture
def settings(shared_url: str) -> Settings:
    return Settings(database_url=SecretStr(as_url(shared_url)), port=0)


async def test_it_answers_where_it_says_and_nowhere_after_the_end(
    world: World, settings: Settings
) -> None:
    async with httpx2.AsyncClient() as http:
        async with running(settings) as process:
            healthy = f"{process.base_url}/healthz"
            assert (await http.get(healthy)).status_code == 200
            assert process.parts.rt.desk_url == f"{process.base_url}/desk"
        with pytest.raises(httpx2.ConnectError):
            await http.get(healthy)


async def test_api_desk_and_widget_have_one_address(
    world: World, settings: Settings
) -> None:
    async with (
        running(settings, worker=False) as process,
        httpx2.AsyncClient(base_url=process.base_url) as http,
    ):
        front = await http.get("/")
        assert (front.status_code, front.headers["location"]) == (302, "/desk")
        assert (await http.get("/desk/login")).status_code == 200
        assert (await http.get("/v1/bots")).status_code == 401
        assert (await http.get(f"/widget/{SCRIPT}")).status_code == 200
        assert (await http.get("/demo")).status_code == 404
        assert process.application
        show_demo_page(process.application, "inb_demo")
        assert "inb_demo" in (await http.get("/demo")).text


async def test_live_readers_are_sent_away_at_the_end_instead_of_holding_it_up(
    world: World, settings: Settings
) -> None:
    async with running(settings) as process:
        feed = process.parts.hub.subscribe(world.account_id)
        reading = asyncio.ensure_future(anext(feed))
    with pytest.raises(StopAsyncIteration):
        await reading


async def test_what_an_answer_started_is_finished_before_the_database_closes(
    world: World, settings: Settings
) -> None:
    house = await open_house(world)
    async with running(settings, worker=False) as process:
        house.rt = process.parts.rt
        await house.writes("When are you open on Saturday?", settle=False)
    async with world.db.transaction(world.account_id) as tx:
        row = await tx.one("SELECT count(*) AS n FROM decisions")
    assert row == {"n": 1}


async def test_a_message_that_a_job_sends_at_the_end_is_sent_once_and_noted(
    world: World, settings: Settings, shared_url: str
) -> None:
    asked: list[Asked] = []

    async def slowly(request: Asked) -> Answer:
        asked.append(request)
        await pass_turns()
        return Answer()

    async with loopback.serving(slowly) as url, AsyncExitStack() as stack:
        house = await asks_and_is_forgotten(world, url)
        held = await hold_conversation(stack, shared_url, house)
        there = settings.model_copy(update={"allow_private_addresses": True})
        await stack.enter_async_context(running(there, web=False))
        await until(partial(is_held_up, world))
        stopping = asyncio.create_task(stack.aclose())
        await pass_turns()
        await held.commit()
        await stopping
    assert len(asked) == 1
    [message] = [m for m in await house.transcript() if m.author is Author.BOT]
    assert message.state is MessageState.SENT


async def asks_and_is_forgotten(world: World, url: str) -> House:
    """A question whose answer only a job can give, on a channel that is at this URL.

    Asked just now, for it is too early then for the sweep to answer it besides.
    """
    world.clock.now = utc_now()
    house = await open_house(world, kind=InboxKind.WEBHOOK)
    house.rt = replace(house.rt, background=Forgetful())
    secrets = ["whsec_" + "c2VjcmV0" * 5]
    async with world.db.transaction(world.account_id) as tx:
        settings = Jsonb({"url": url, "secrets": secrets})
        await tx.run("UPDATE inboxes SET settings = %s", settings)
    await house.writes("When are you open on Saturday?")
    return house


async def hold_conversation(
    stack: AsyncExitStack, url: str, house: House
) -> psycopg.AsyncConnection:
    """Hold the row that whoever answers waits for, until this is committed."""
    conn = await stack.enter_async_context(await psycopg.AsyncConnection.connect(url))
    row = "SELECT FROM stepaside.conversations WHERE id = %s FOR UPDATE"
    await conn.execute(row, (house.conversation_id,))
    return conn


async def is_held_up(world: World) -> bool:
    """Whether a job waits for a row."""
    waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return ("turn", "doing") in await jobs(world.db) and bool(
        await ask(world.db, waiting)
    )


async def pass_turns() -> None:
    """Let everything else in this loop take some steps."""
    for _ in range(100):
        await asyncio.sleep(0)


async def test_where_an_administrator_prepares_the_database_nobody_else_does(
    databases: Databases,
) -> None:
    url = as_url(databases.empty())
    settings = Settings(database_url=SecretStr(url), migrate=False)
    with pytest.raises(NotPrepared, match="stepaside migrate"):
        async with running(settings, worker=False, web=False):
            pass
    async with await psycopg.AsyncConnection.connect(url) as conn:
        cursor = await conn.execute("SELECT to_regclass('stepaside.accounts')")
        assert await cursor.fetchone() == (None,)


async def test_a_host_that_is_not_ours_cannot_be_listened_on() -> None:
    with pytest.raises(CannotStart, match=r"192\.0\.2\.1"):
        async with running(Settings(host="192.0.2.1", port=0)):
            pass


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"host": "0.0.0.0", "port": 80}, "http://127.0.0.1:80"),  # noqa: S104
        ({"host": "::"}, "http://[::1]:8080"),
        ({"host": "desk.example.org"}, "http://desk.example.org:8080"),
        ({"base_url": "https://desk.example.org/"}, "https://desk.example.org"),
    ],
)
def test_links_lead_to_where_people_reach_it(given: dict[str, str], url: str) -> None:
    assert usual_url(Settings.model_validate(given)) == url
