"""What the operator's tools ask: `/healthz`, `/readyz`, `/metrics`."""

import asyncio
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from stepaside.api.problems import problem_response
from stepaside.pipeline.runtime import Runtime
from stepaside.store.errors import DATABASE_ERRORS

_PATIENCE: Final = 2.0
"""Seconds the database has to answer."""


@get("/healthz", needs_no_key=True)
async def healthz() -> dict[str, str]:
    """Say that the process runs. Looks at nothing else."""
    return {"status": "ok"}


@get("/readyz", needs_no_key=True, answers=dict[str, str])
async def readyz(request: Request[Any, Any, State]) -> Response[Any]:
    """Say whether requests can be answered: the database is there and up to date."""
    rt: Runtime = request.app.state.rt
    try:
        async with asyncio.timeout(_PATIENCE), rt.db.connection() as conn:
            await conn.execute("SELECT 1 FROM events LIMIT 1")
    except (*DATABASE_ERRORS, TimeoutError):
        return problem_response(503, "not-ready", "The database does not answer.")
    return Response({"status": "ok"})


@get("/metrics", needs_no_key=True, answers=str, answers_in="text/plain")
async def metrics() -> Response[bytes]:
    """Counts of this process, in the text format of Prometheus."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


ROUTES: Final = (healthz, readyz, metrics)
