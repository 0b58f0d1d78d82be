"""Who calls, and what their key allows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as AsgiScope

from stepaside.api.problems import NotAuthenticated, ScopeMissing, send_problem
from stepaside.api.wire import sent_as
from stepaside.core.errors import InvalidField
from stepaside.pipeline.runtime import Runtime
from stepaside.store.api_keys import Caller, Scope, find_caller, note_use
from stepaside.store.errors import NotFound

READ: Final = (Scope.READ,)
WRITE: Final = (Scope.WRITE,)
ADMIN: Final = (Scope.ADMIN,)
WRITE_OR_ADMIN: Final = (Scope.WRITE, Scope.ADMIN)
WRITE_OR_BOT: Final = (Scope.WRITE, Scope.BOT)
NOTED: Final = timedelta(minutes=1)
"""A key's last use is written down at most this often."""


class Authentication(ASGIMiddleware):
    """Finds the caller by `Authorization: Bearer <api key>`.

    Looks the key up for every request: a revoked key ends at once.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self._noted: dict[str, datetime] = {}

    async def handle(
        self, scope: AsgiScope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Go on only with a known key."""
        rt: Runtime = scope["litestar_app"].state.rt
        try:
            caller = await _find(rt, scope)
        except Exception as error:  # noqa: BLE001 - each kind has its answer
            await send_problem(error, scope, receive, send)
            return
        scope["auth"] = caller
        structlog.contextvars.bind_contextvars(
            account_id=caller.account_id, key_id=caller.key_id
        )
        self._note(rt, caller)
        await next_app(scope, receive, send)

    def _note(self, rt: Runtime, caller: Caller) -> None:
        now, before = rt.now(), self._noted.get(caller.key_id)
        if before is None or now - before >= NOTED:
            self._noted[caller.key_id] = now
            rt.background.spawn(_note(rt, caller, now))


async def is_valid(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether the key a request came with, which may be long ago, is still good."""
    rt: Runtime = connection.app.state.rt
    return await find_caller(rt.db, _token(connection.scope)) is not None


async def _find(rt: Runtime, scope: AsgiScope) -> Caller:
    caller = await find_caller(rt.db, _token(scope))
    if caller is None:
        raise NotAuthenticated("This API key is unknown or was revoked.")
    return caller


async def _note(rt: Runtime, caller: Caller, now: datetime) -> None:
    async with rt.db.transaction(caller.account_id) as tx:
        await note_use(tx, caller.key_id, now)


def _token(scope: AsgiScope) -> str:
    sent = Headers.from_scope(scope).get("authorization", "")
    scheme, _, token = sent.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("Send your API key: Authorization: Bearer <api key>.")
    return token.strip()


def check_request(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Let a request through to its handler, or refuse it.

    A handler names the scopes that open it, any one of them, as `scopes=`; one that
    names none is open to nobody.

    Raises:
        ScopeMissing: the key has none of them.
        InvalidField: a query parameter that the handler does not know.
        NotFound: an id that cannot be one.
    """
    if isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}:
        return
    caller: Caller = connection.scope["auth"]
    wanted: Iterable[Scope] = handler.opt.get("scopes", ())
    if caller.scopes.isdisjoint(wanted):
        names = " or ".join(sorted(wanted))
        raise ScopeMissing(f"This API key lacks the scope {names}.")
    for name, value in connection.query_params.items():
        if name not in _known(handler):
            raise InvalidField(name, "unknown parameter")
        if "\0" in value:
            raise InvalidField(name, "may not contain the character U+0000")
    for name, value in connection.path_params.items():
        if "\0" in value:  # PostgreSQL could not even look for it
            raise NotFound(name.removesuffix("_id"), value)


def _known(handler: BaseRouteHandler) -> set[str]:
    named = {
        sent_as(field) for field in handler.parsed_fn_signature.parameters.values()
    }
    return named | {"limit", "after"} if "page" in named else named
