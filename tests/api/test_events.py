"""What happened, as a list and live over a real connection."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import uvicorn

from stepaside.api.app import create_api
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime
from tests.api.conftest import Api
from tests.house import local_brain
from tests.world import Business, World


async def start(api: Api, shop: Business) -> str:
    body = {"inbox_id": shop.inbox_id, "contact": {"external_id": "cy"}}
    return str((await api.post("/conversations", body))["id"])


async def test_events_are_listed_in_order_and_from_any_of_them_on(
    api: Api, world: World
) -> None:
    here = await start(api, world.shop)
    await api.post(f"/conversations/{here}/handovers")
    await api.post(f"/conversations/{here}/hand-back")
    everything = (await api.get("/events"))["items"]
    types = [event["type"] for event in everything]
    assert types[0] == "conversation.started"
    assert types.index("handover.started") < types.index("handover.handed_back")
    assert {event["conversation_id"] for event in everything} == {here}
    third = everything[2]["id"]
    assert (await api.get("/events", after=third))["items"] == everything[3:]
    seen, after = [], ""
    while after is not None:
        page = await api.get("/events", limit=2, after=after)
        seen += page["items"]
        after = page["next"]
    assert seen == everything
    own = (await api.get(f"/conversations/{here}/events"))["items"]
    assert [event["id"] for event in own] == [event["id"] for event in everything]


async def test_an_event_tells_what_it_changed(api: Api, world: World) -> None:
    here = await start(api, world.shop)
    await api.put(f"/conversations/{here}/assignment", {"staff_id": world.bo.id})
    events = (await api.get("/events"))["items"]
    assigned = next(e for e in events if e["type"] == "handover.assigned")
    assert assigned["actor"] == f"staff:{world.ann.id}"
    assert assigned["changes"]["control"] == "human"
    assert assigned["changes"]["assignee_id"] == world.bo.id
    assert assigned["at"] == "2026-03-02T10:00:00Z"


@pytest.mark.parametrize("after", ["x", "1", "1-", "-1-5", f"{2**64}-1"])
async def test_a_place_that_cannot_be_is_refused(api: Api, after: str) -> None:
    refused = await api.get("/events", after=after)
    assert (refused.status, refused.broken_fields) == (422, ["after"])


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """The API on a port of this machine, with its hub running."""
    rt = Runtime(db=world.db, now=world.clock, brain=local_brain, jitter=lambda: 0.0)
    hub = Hub(world.db, poll=0.05)
    await hub.start()
    app: Any = create_api(rt, hub)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as door:
        running = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            await hub.close()
            await rt.background.drain()
            server.should_exit = True
            await running


async def read(lines: AsyncIterator[str]) -> dict[str, Any]:
    """The next event with data."""
    event: dict[str, Any] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if name:
            event[name] = json.loads(value) if name == "data" else value
        elif "data" in event:
            return event
    raise AssertionError("the stream ended")


async def test_the_stream_brings_events_as_they_happen_and_goes_on_where_it_ended(
    api: Api, dees_api: Api, world: World
) -> None:
    async with served(world) as url, httpx2.AsyncClient(base_url=url) as http:
        key = {"Authorization": f"Bearer {api.key}"}
        async with http.stream("GET", "/v1/stream", headers=key) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            assert (await anext(lines)).startswith("retry:")
            await start(dees_api, world.dees_shop)
            here = await start(api, world.shop)
            first = await read(lines)
        assert first["event"] == "conversation.started"
        assert first["data"]["conversation_id"] == here
        assert first["data"]["id"] == first["id"]
        await api.put(f"/conversations/{here}/resolution")
        key["Last-Event-ID"] = first["id"]
        async with http.stream("GET", "/v1/stream", headers=key) as answer:
            second = await read(answer.aiter_lines())
        assert second["event"] == "conversation.resolved"


async def test_the_stream_needs_a_key(world: World) -> None:
    async with served(world) as url, httpx2.AsyncClient(base_url=url) as http:
        assert (await http.get("/v1/stream")).status_code == 401


async def test_a_stream_may_follow_one_conversation(api: Api, world: World) -> None:
    here = await start(api, world.shop)
    async with served(world) as url, httpx2.AsyncClient(base_url=url) as http:
        key = {"Authorization": f"Bearer {api.key}"}
        path = f"/v1/stream?conversation_id={here}"
        async with http.stream("GET", path, headers=key) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            await start(api, world.shop)
            await api.put(f"/conversations/{here}/resolution")
            event = await read(lines)
        assert event["event"] == "conversation.resolved"
