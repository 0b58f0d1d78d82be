"""Which websites may use an inbox's chat: CORS without cookies.

Source: the Fetch standard, section 3.3, "CORS protocol".
"""

from typing import Any, Final

from litestar import Request
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from stepaside.core.errors import Refusal
from stepaside.store.inboxes import Inbox

_ALLOWED: Final = "stepaside_widget_origin"
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Max-Age": "7200",
}


class OriginRefused(Refusal):
    """The inbox's settings do not name this website."""

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"The website {origin} may not use this chat; add it to the inbox's "
            "allowed origins."
        )


def check_origin(request: Request[Any, Any, Any], inbox: Inbox) -> None:
    """Go on only for the inbox's own websites; what names no origin is no website's.

    Raises:
        OriginRefused: the request comes from another site.
    """
    origin = request.headers.get("origin")
    allowed = inbox.settings.get("allowed_origins") or ["*"]
    if origin is None or "*" in allowed:
        return
    named = origin.lower() in {str(one).lower().rstrip("/") for one in allowed}
    request.scope[_ALLOWED] = origin if named else None  # type: ignore[typeddict-unknown-key]
    if not named:
        raise OriginRefused(origin)


class CrossOrigin(ASGIMiddleware):
    """Lets a website's script read our answers, refusals too, unless it was refused.

    A preflight names no inbox, so any origin passes it: what counts is the request
    that follows. There are no cookies here, so an answer to the wrong site would
    tell it nothing that it could not fetch for itself.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Pass the request on, and say who may read the answer."""
        is_preflight = scope.get("method") == "OPTIONS"
        comes_from_a_site = "origin" in Headers.from_scope(scope)

        async def send_readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders(message)
                headers.extend_header_value("Vary", "Origin")
                readable_by = scope.get(_ALLOWED, "*")
                if comes_from_a_site and readable_by:
                    headers["Access-Control-Allow-Origin"] = str(readable_by)
                    headers["Access-Control-Expose-Headers"] = "Retry-After"
                if comes_from_a_site and is_preflight:
                    headers.update(_PREFLIGHT)
            await send(message)

        await next_app(scope, receive, send_readable)
