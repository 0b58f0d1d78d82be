"""What every answer of the desk forbids the browser to do with it."""

from typing import Final

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from stepaside.desk.languages import find_language, speak

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        # No inline script, style or handler: markup that slipped through stays dead.
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityHeaders(ASGIMiddleware):
    """Adds the headers to every answer, also to errors.

    Pages are not kept by the browser either, unless they say so themselves: they
    show what customers wrote, and someone else may use the machine next.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Pass the request on and complete the answer."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                if "cache-control" not in headers:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await next_app(scope, receive, complete)


class Spoken(ASGIMiddleware):
    """Speaks as the browser asks, until it is known who is there and what they set."""

    scopes = (ScopeType.HTTP,)

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Choose the language for everything this request leads to."""
        accepted = Headers.from_scope(scope).get("accept-language", "")
        speak(find_language("", accepted))
        await next_app(scope, receive, send)
