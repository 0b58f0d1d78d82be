"""The widget's door as a visitor's browser meets it: over HTTP, with a token."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2
import pytest
from litestar import Litestar

from stepaside.api.widget.paces import usual_paces
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime
from stepaside.store.database import Database
from tests.widget.site import shop_runtime, widget_app, widget_inbox
from tests.world import World

Json = Any


@dataclass
class Visitor:
    """Somebody on a website. `origin`: the site's; None for no browser at all."""

    http: httpx2.AsyncClient
    token: str = ""
    origin: str | None = "https://pearstreet.example"
    _numbers: "count[int]" = field(default_factory=count)

    async def ask(
        self, method: str, path: str, *, json: Json = None, **headers: str
    ) -> httpx2.Response:
        """Send one request. Paths are below `/widget`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named.setdefault("authorization", f"Bearer {self.token}")
        if self.origin:
            named["origin"] = self.origin
        return await self.http.request(
            method, f"/widget{path}", json=json, headers=named
        )

    async def begins(self, inbox_id: str) -> Mapping[str, Json]:
        """Open a conversation; later requests carry its token."""
        self.token = ""
        answer = await self.ask("POST", f"/{inbox_id}/sessions", json={})
        assert answer.status_code == 201, answer.text
        session: Mapping[str, Json] = answer.json()
        self.token = session["token"]
        return session

    async def writes(self, text: str, client_id: str | None = None) -> httpx2.Response:
        """Say something, under an id of one's own."""
        body = {"client_id": client_id or f"m{next(self._numbers)}", "text": text}
        return await self.ask("POST", "/messages", json=body)

    async def reads(self, after: str | None = None) -> Json:
        """What the visitor has before them."""
        answer = await self.ask(
            "GET", f"/messages?after={after}" if after else "/messages"
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def sees(self) -> list[tuple[str, str]]:
        """Who said what, as shown."""
        return [(item["who"], item["text"]) for item in (await self.reads())["items"]]


@pytest.fixture(scope="session")
async def hub(open_database: Database) -> AsyncIterator[Hub]:
    """The hub of the process; it follows every test's events."""
    hub = Hub(open_database, poll=0.05)
    await hub.start()
    yield hub
    await hub.close()


@pytest.fixture(scope="session")
def app(open_database: Database, hub: Hub) -> Litestar:
    """The door, made once; each test sets its clock. Nobody here is in a hurry."""
    hours = count(step=3600.0)
    unset: Any = None
    paces = usual_paces(lambda: next(hours))
    return widget_app(unset, hub, '"><b>', paces)


@pytest.fixture
async def rt(world: World) -> AsyncIterator[Runtime]:
    """The pipeline on this test's clock."""
    rt = shop_runtime(world)
    yield rt
    await rt.background.drain()


@pytest.fixture
async def inbox_id(world: World) -> str:
    """The shop's widget."""
    return await widget_inbox(world)


@pytest.fixture
async def http(app: Litestar, rt: Runtime) -> AsyncIterator[httpx2.AsyncClient]:
    """The door of this test."""
    app.state.rt = rt
    asgi: Any = app
    transport = httpx2.ASGITransport(app=asgi, raise_app_exceptions=False)
    url = "https://chat.example.org"
    async with httpx2.AsyncClient(transport=transport, base_url=url) as client:
        yield client


@pytest.fixture
def cy(http: httpx2.AsyncClient) -> Visitor:
    """A visitor who has not written yet."""
    return Visitor(http)


@pytest.fixture
def eve(http: httpx2.AsyncClient) -> Visitor:
    """Another visitor of the same site."""
    return Visitor(http)
