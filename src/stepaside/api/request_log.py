"""One line and one measurement for each request; never what was said in it."""

import re
import secrets
import time
from typing import Final

import structlog
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Histogram

log = structlog.get_logger(__name__)

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECONDS: Final = Histogram(
    "stepaside_http_request_seconds",
    "Time from a request to the end of its answer, by route.",
    ("method", "route", "status"),
)


class RequestLog(ASGIMiddleware):
    """Names each request, in the log lines it causes and in its answer.

    A caller's own `X-Request-Id` is taken over if it is short and plain.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Pass the request on, and note how it ended."""
        status, started = 500, time.perf_counter()
        request_id = _name(scope)

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableScopeHeaders(message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await next_app(scope, receive, watch)
            finally:
                _note(scope, status, time.perf_counter() - started)


def _name(scope: Scope) -> str:
    given = Headers.from_scope(scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(8)}"


def _note(scope: Scope, status: int, seconds: float) -> None:
    method, route = str(scope.get("method", "")), str(scope.get("path_template", ""))
    _SECONDS.labels(method, route, status).observe(seconds)
    log.info(
        "request",
        method=method,
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 1),
    )
