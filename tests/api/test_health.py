from datetime import timedelta
from typing import Any

import httpx2

from stepaside.api.app import create_api
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Limits, Runtime
from stepaside.store.database import Database
from tests.api.conftest import Api
from tests.house import local_brain
from tests.postgres import Databases
from tests.world import Clock


async def test_a_process_that_runs_is_healthy(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_process_with_its_database_is_ready(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_without_a_usable_database_it_is_not_ready(
    databases: Databases,
) -> None:
    db = Database(databases.fresh(), size=2)
    await db.open()
    await db.close()
    rt = Runtime(
        db=db,
        now=Clock(),
        brain=local_brain,
        jitter=lambda: 0.0,
        limits=Limits(brain_backoff=timedelta(0)),
    )
    app: Any = create_api(rt, Hub(db))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as http:
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await http.get("/healthz")).status_code == 200


async def test_requests_are_measured_by_route(api: Api) -> None:
    await api.get("/bots/bot_none")
    answer = await api.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    wanted = 'method="GET",route="/v1/bots/{bot_id}",status="404"'
    assert wanted in answer.text
    assert "bot_none" not in answer.text
