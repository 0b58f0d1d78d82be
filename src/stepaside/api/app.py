"""The API's routes, put together."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from stepaside.api import (
    account,
    api_keys,
    audit,
    bots,
    contacts,
    control,
    conversations,
    decide,
    events,
    health,
    hooks,
    inboxes,
    knowledge,
    messages,
    notifications,
    reports,
    rules,
    staff,
    tasks,
    teams,
    try_out,
    webhooks,
    workflows,
)
from stepaside.api.auth import Authentication, check_request
from stepaside.api.body import StrictJson
from stepaside.api.call import provide_call
from stepaside.api.idempotent import Idempotency
from stepaside.api.openapi import describe
from stepaside.api.paging import provide_page
from stepaside.api.problems import EXCEPTION_HANDLERS
from stepaside.api.request_log import RequestLog
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime

PREFIX: Final = "/v1"
MAX_BODY: Final = 1024 * 1024
"""Bytes of a request's body, where a route says nothing else."""

_NOUNS: Final = (
    bots,
    knowledge,
    rules,
    workflows,
    inboxes,
    account,
    staff,
    teams,
    contacts,
    conversations,
    messages,
    control,
    tasks,
    notifications,
    reports,
    events,
    decide,
    try_out,
    api_keys,
    webhooks,
    audit,
)


def api_routes() -> Sequence[ControllerRouterHandler]:
    """Everything the API answers, to be mounted in an application.

    The application's state holds `rt` (Runtime) and `hub` (Hub).
    """
    return (_v1(), openapi, *hooks.ROUTES, *health.ROUTES)


def create_api(rt: Runtime, hub: Hub) -> Litestar:
    """An application that is the API and nothing else."""
    return Litestar(
        api_routes(),
        state=State({"rt": rt, "hub": hub}),
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )


@get(f"{PREFIX}/openapi.json")
async def openapi(request: Request[Any, Any, State]) -> Response[bytes]:
    """The OpenAPI 3.1 document of this API."""
    routes = [r for r in request.app.routes if isinstance(r, HTTPRoute)]
    document = msgspec.json.encode(describe(routes))
    return Response(document, media_type="application/json")


def _v1() -> Router:
    return Router(
        PREFIX,
        route_handlers=[route for noun in _NOUNS for route in noun.ROUTES],
        dto=StrictJson,
        return_dto=None,
        guards=[check_request],
        middleware=[RequestLog(), Authentication(), Idempotency()],
        dependencies={
            "call": Provide(provide_call, sync_to_thread=False),
            "page": Provide(provide_page, sync_to_thread=False),
        },
        exception_handlers=EXCEPTION_HANDLERS,
        request_max_body_size=MAX_BODY,
    )
