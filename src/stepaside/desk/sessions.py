"""Who is signed in: the cookie, the session behind it, and what forms must prove."""

import hashlib
import hmac
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from stepaside.core.errors import Refusal
from stepaside.core.events import staff_actor
from stepaside.desk.languages import find_language, speak
from stepaside.desk.pages import ROOT
from stepaside.desk.visit import SESSION_LIFE, Desk, Me, WebRequest
from stepaside.desk.words import mark
from stepaside.store import audit
from stepaside.store.sessions import (
    SignedIn,
    create_session,
    end_old_sessions,
    end_session,
    find_session,
)

CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE: Final = ("GET", "HEAD", "OPTIONS")


class NotSignedIn(Refusal):
    """There is no session, or it has ended."""

    def __init__(self) -> None:
        super().__init__("You are not signed in.")


class ForeignForm(Refusal):
    """A form that does not come from one of our pages, or from one out of date."""

    def __init__(self) -> None:
        super().__init__(
            mark(
                "This page is out of date, so nothing was changed. Reload it and try "
                "again."
            )
        )


def require_session(desk: Desk) -> Guard:
    """Let nobody in who is not signed in."""

    async def guard(
        connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
    ) -> None:
        token = connection.cookies.get(cookie_name(desk), "")
        found = await find_session(desk.rt.db, token, desk.rt.now()) if token else None
        if found is None:
            raise NotSignedIn
        accepted = connection.headers.get("accept-language", "")
        speak(find_language(found.language, accepted))
        connection.scope["auth"] = Me(
            account_id=found.account_id,
            staff_id=found.staff_id,
            token=token,
            csrf=csrf_of(token),
            time_zone=found.time_zone,
        )

    return guard


async def require_csrf(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Let nothing change that another site's page could have asked for.

    The token follows from the session's secret, so that it needs no store and no
    cookie of its own, and is worth nothing in any other session.

    Source: OWASP, Cross-Site Request Forgery Prevention, "HMAC CSRF token".
    """
    assert isinstance(connection, Request)  # noqa: S101 - the desk has only HTTP
    request: WebRequest = connection
    if request.method in SAFE:
        return
    me: Me = request.auth
    sent = request.headers.get(CSRF_HEADER) or (await request.form()).get(CSRF_FIELD)
    if not hmac.compare_digest(str(sent or "").encode(), me.csrf.encode()):
        raise ForeignForm


def require_same_origin(desk: Desk) -> Guard:
    """Let no other site post here: what covers signing in, before there is a session.

    Every current browser says where a form comes from. Where nothing is said no
    browser is at work, and so no cookie that another site could make use of.
    """

    def guard(
        connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
    ) -> None:
        if connection.scope.get("method") in SAFE:
            return
        site = connection.headers.get("sec-fetch-site")
        origin = connection.headers.get("origin")
        if site is not None:
            ours = site in ("same-origin", "none")
        else:
            ours = origin is None or _host(origin) in _our_hosts(desk, connection)
        if not ours:
            raise ForeignForm

    return guard


def refuse_unspeakable(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Find nothing by a character that the database cannot even look for."""
    asked = [*connection.path_params.values(), *connection.query_params.values()]
    if any("\0" in str(value) for value in asked):
        raise NotFoundException


def csrf_of(token: str) -> str:
    """The form token of a session."""
    return hmac.new(token.encode(), b"desk csrf", hashlib.sha256).hexdigest()


def cookie_name(desk: Desk) -> str:
    """The session cookie's name. `__Host-` keeps other hosts from planting one."""
    return "__Host-stepaside" if desk.is_https else "stepaside"


async def sign_in(
    desk: Desk, who: SignedIn, before: str | None, address: str = ""
) -> Cookie:
    """Start a session; the cookie that holds it.

    before: the session this browser had until now, which ends: whoever knew its
        secret must not get into the new one.
    address: the network address, for the audit log.
    """
    now = desk.rt.now()
    async with desk.rt.db.transaction(who.account_id) as tx:
        if before:
            await end_session(tx, before)
        await end_old_sessions(tx, now)
        token = await create_session(tx, who.staff_id, now, now + SESSION_LIFE)
        await audit.record(
            tx,
            "login.succeeded",
            at=now,
            actor=str(staff_actor(who.staff_id)),
            address=address,
        )
    return _cookie(desk, token, int(SESSION_LIFE.total_seconds()))


async def sign_out(desk: Desk, me: Me) -> Cookie:
    """End the session; the cookie that removes it from the browser."""
    async with desk.rt.db.transaction(me.account_id) as tx:
        await end_session(tx, me.token)
    return _cookie(desk, "", 0)


def _cookie(desk: Desk, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=cookie_name(desk),
        value=value,
        max_age=max_age,
        path="/" if desk.is_https else ROOT,
        secure=desk.is_https,
        httponly=True,
        samesite="lax",
    )


def _our_hosts(
    desk: Desk, connection: ASGIConnection[Any, Any, Any, Any]
) -> tuple[str, ...]:
    return (_host(desk.base_url), connection.headers.get("host", ""))


def _host(url: str) -> str:
    return urlsplit(url).netloc
