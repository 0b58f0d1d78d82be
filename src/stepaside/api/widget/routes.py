"""The widget's routes, put together: `/widget/…`."""

import math
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from stepaside.api.body import StrictJson
from stepaside.api.problems import EXCEPTION_HANDLERS, problem_response
from stepaside.api.request_log import RequestLog
from stepaside.api.widget import beginning, chatting
from stepaside.api.widget.origins import CrossOrigin, OriginRefused
from stepaside.api.widget.paces import Paces, TooOften, usual_paces
from stepaside.api.widget.visit import provide_visit, provide_website
from stepaside.channels.widget import SCRIPT, STATIC

MAX_BODY: Final = 256 * 1024
"""Bytes: 10,000 characters, however they are written in JSON."""


def widget_router(paces: Paces | None = None) -> Router:
    """What visitors' browsers ask, to be mounted in an application.

    The application's state holds `rt` (Runtime) and `hub` (Hub).

    paces: how often visitors may ask; None for what is usual.
    """
    limits = paces or usual_paces()
    return Router(
        "/widget",
        route_handlers=[_script(), *beginning.ROUTES, *chatting.ROUTES],
        dto=StrictJson,
        return_dto=None,
        middleware=[CrossOrigin(), RequestLog()],
        dependencies={
            "website": Provide(provide_website),
            "visit": Provide(provide_visit),
            "paces": Provide(lambda: limits, sync_to_thread=False),
        },
        exception_handlers={
            **EXCEPTION_HANDLERS,
            OriginRefused: _refuse_origin,
            TooOften: _ask_to_wait,
        },
        cache_control=CacheControlHeader(no_store=True),
        request_max_body_size=MAX_BODY,
        # There are no cookies here that another site could make use of.
        opt={"exclude_from_csrf": True},
    )


def _script() -> HTTPRouteHandler:
    source = (STATIC / SCRIPT).read_bytes()

    @get(
        f"/{SCRIPT}",
        media_type="text/javascript",
        cache_control=CacheControlHeader(public=True, max_age=3600),
        response_headers=_SCRIPT_HEADERS,
    )
    async def script() -> bytes:
        """The custom element, for any website."""
        return source

    return script


_SCRIPT_HEADERS: Final = {
    # Also for sites that only load what says it is meant for them (COEP).
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def _refuse_origin(_: Request[Any, Any, Any], error: OriginRefused) -> Response[bytes]:
    return problem_response(403, "origin-refused", str(error))


def _ask_to_wait(_: Request[Any, Any, Any], error: TooOften) -> Response[bytes]:
    wait = {"Retry-After": str(max(1, math.ceil(error.wait)))}
    return problem_response(429, "too-often", str(error), headers=wait)
