"""The API as a program of the shop's meets it: over HTTP, with a key."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from litestar import Litestar

from stepaside.api.app import create_api
from stepaside.core.ids import StaffId
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Limits, Runtime
from stepaside.store.api_keys import Scope
from stepaside.store.database import Database
from tests.house import local_brain
from tests.world import Clock, World

Json = Any


@dataclass
class Answer:
    """What came back."""

    status: int
    json: Json
    headers: Any

    def __getitem__(self, name: str) -> Any:
        return self.json[name]

    @property
    def broken_fields(self) -> list[str]:
        """The fields a problem names."""
        return [error["field"] for error in self.json.get("errors", [])]


@dataclass
class Api:
    """The API with one key."""

    http: httpx2.AsyncClient
    key: str

    async def call(
        self, method: str, path: str, body: Json = None, **more: Any
    ) -> Answer:
        """Send one request. Paths are below `/v1`."""
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        answer = await self.http.request(method, f"/v1{path}", headers=headers, **more)
        found = answer.json() if answer.content else None
        return Answer(answer.status_code, found, answer.headers)

    async def get(self, path: str, **query: Any) -> Answer:
        """Read."""
        return await self.call("GET", path, params=query)

    async def post(self, path: str, body: Json = None, **headers: str) -> Answer:
        """Make something. `idempotency_key=` and the like become headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.call(
            "POST", path, {} if body is None else body, headers=named
        )

    async def patch(self, path: str, body: Json) -> Answer:
        """Change something."""
        return await self.call("PATCH", path, body)

    async def put(self, path: str, body: Json = None) -> Answer:
        """Say how something is to be."""
        return await self.call("PUT", path, body)

    async def delete(self, path: str) -> Answer:
        """Take something away."""
        return await self.call("DELETE", path)

    def with_key(self, key: str) -> "Api":
        """The same API, called with another key."""
        return Api(http=self.http, key=key)


@pytest.fixture(scope="session")
def app(open_database: Database) -> Litestar:
    """The application, made once; each test sets its clock."""
    rt = Runtime(db=open_database, now=Clock(), brain=local_brain, jitter=lambda: 0.0)
    return create_api(rt, Hub(open_database, poll=0.05))


@pytest.fixture
async def http(app: Litestar, world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """The application on this test's clock, in this test's event loop."""
    rt = Runtime(
        db=world.db,
        now=world.clock,
        brain=local_brain,
        jitter=lambda: 0.0,
        limits=Limits(brain_backoff=timedelta(0)),
    )
    app.state.rt = rt
    asgi: Any = app
    transport = httpx2.ASGITransport(app=asgi, raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://shop.example.org"
    ) as client:
        yield client
    await rt.background.drain()


@pytest.fixture
def api(http: httpx2.AsyncClient, world: World) -> Api:
    """The API with Ann's key, which may do everything."""
    return Api(http=http, key=world.shop.owner_key)


@pytest.fixture
def dees_api(http: httpx2.AsyncClient, world: World) -> Api:
    """The API with the key of Dee, who has another account."""
    return Api(http=http, key=world.dees_shop.owner_key)


async def key_for(
    world: World, api: Api, *scopes: Scope, staff_id: StaffId | None = None
) -> Api:
    """The API with a fresh key that has these scopes only."""
    return api.with_key(await world.api_key(*scopes, staff_id=staff_id))
