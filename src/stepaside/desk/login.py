"""Signing in: with a password, or once with a link that somebody was given."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler
from msgspec import Meta, Struct

from stepaside.desk.pages import ROOT, page
from stepaside.desk.passwords import LONGEST, fault_in
from stepaside.desk.sessions import cookie_name, sign_in, sign_out
from stepaside.desk.times import span
from stepaside.desk.visit import Desk, TheDesk, Visited, WebRequest, address_of
from stepaside.desk.words import _
from stepaside.store import audit
from stepaside.store.accounts import get_account
from stepaside.store.sessions import (
    Login,
    SignedIn,
    create_login_link,
    find_logins,
    use_login_link,
)
from stepaside.store.staff import load_roster, set_password_hash

CHOICE_LIFE: Final = timedelta(minutes=5)
"""How long somebody who works for several businesses may take to choose one."""

Short = Annotated[str, Meta(max_length=500)]


class LoginForm(Struct, kw_only=True):
    """E-mail address and password. `next`: the page that was wanted."""

    email: Short = ""
    password: Annotated[str, Meta(max_length=LONGEST * 4)] = ""
    next: Short = ""


class PasswordForm(Struct, kw_only=True):
    """A new password."""

    password: Annotated[str, Meta(max_length=LONGEST * 4)] = ""
    csrf: str = ""


@get("/login")
async def show_login(next: FromQuery[Short] = "") -> Response[str]:  # noqa: A002
    """The form."""
    return page("login.html", next=local(next), email="", problem="")


@post("/login", status_code=HTTP_200_OK)
async def log_in(
    desk: TheDesk, request: WebRequest, data: URLEncodedBody[LoginForm]
) -> Response[Any]:
    """Check the password; the same answer for an unknown address and a wrong one."""
    email, wanted = data.email.strip(), local(data.next)
    keys = f"email:{email.lower()}", f"address:{address_of(request)}"
    wait = await desk.attempts.begin(*keys, now=desk.rt.now())
    if wait:
        problem = _("Too many tries. Wait %(span)s, then try again.", span=span(wait))
        return _again(429, email, wanted, problem, {"Retry-After": _seconds(wait)})
    fitting = await _fitting(desk, email, data.password)
    if not fitting:
        await _note_failure(desk, request, email)
        problem = _("This e-mail address and password do not go together.")
        return _again(401, email, wanted, problem, {})
    await desk.attempts.was_good(*keys)
    if len(fitting) > 1:
        return await _choose_business(desk, fitting)
    return await _let_in(desk, request, fitting[0], wanted)


@get("/login/{token:str}")
async def show_link(token: FromPath[str]) -> Response[str]:
    """A button. Only pressing it uses the link: mail scanners open what they find."""
    return page("login_link.html", token=token, is_void=False)


@post("/login/{token:str}", status_code=HTTP_200_OK)
async def use_link(
    desk: TheDesk, request: WebRequest, token: FromPath[str]
) -> Response[Any]:
    """Sign in, once."""
    who = await use_login_link(desk.rt.db, token, desk.rt.now())
    if who is None:
        return page("login_link.html", status=410, token=token, is_void=True)
    wanted = f"{ROOT}/password" if who.invited else ROOT
    return await _let_in(desk, request, who, wanted)


@post("/logout", status_code=HTTP_200_OK)
async def log_out(visit: Visited) -> Response[Any]:
    """End the session."""
    cookie = await sign_out(visit.desk, visit.me)
    return Redirect(f"{ROOT}/login", status_code=303, cookies=[cookie])


@get("/password")
async def show_password(visit: Visited) -> Response[str]:
    """The form for a password of one's own."""
    return await _password_page(visit, 200, "")


@post("/password", status_code=HTTP_200_OK)
async def set_password(
    visit: Visited, data: URLEncodedBody[PasswordForm]
) -> Response[Any]:
    """Set it. Every session of this person ends, and this browser gets a new one."""
    problem = fault_in(data.password)
    if problem:
        return await _password_page(visit, 422, problem)
    hashed = await visit.desk.passwords.hash(data.password)
    async with visit.transaction() as tx:
        await set_password_hash(tx, visit.me.staff_id, hashed)
    who = SignedIn(account_id=visit.account_id, staff_id=visit.me.staff_id)
    return await _let_in(visit.desk, visit.request, who, ROOT)


def local(address: str) -> str:
    """The address if it is a page of the desk, and the desk's first page otherwise.

    Whoever can write a link must not decide where people land after signing in.
    """
    inside = address == ROOT or address.startswith((f"{ROOT}/", f"{ROOT}?"))
    clean = address.isprintable() and "\\" not in address and "//" not in address
    return address if inside and clean else ROOT


async def _fitting(desk: Desk, email: str, password: str) -> list[Login]:
    """Those the password fits. Nobody takes as long as somebody."""
    logins = await find_logins(desk.rt.db, email)
    if not logins:
        await desk.passwords.fits(password, None)
    return [
        login
        for login in logins
        if await desk.passwords.fits(password, login.password_hash)
    ]


async def _note_failure(desk: Desk, request: WebRequest, email: str) -> None:
    """Whoever looks after the accounts of this address can see that it was tried."""
    for account_id in {
        login.account_id for login in await find_logins(desk.rt.db, email)
    }:
        async with desk.rt.db.transaction(account_id) as tx:
            await audit.record(
                tx,
                "login.failed",
                at=desk.rt.now(),
                subject_name=email,
                address=address_of(request),
            )


async def _choose_business(desk: Desk, fitting: Sequence[Login]) -> Response[str]:
    """Somebody works for several businesses: each is a link that signs in once."""
    choices = []
    expires_at = desk.rt.now() + CHOICE_LIFE
    for login in fitting:
        async with desk.rt.db.transaction(login.account_id) as tx:
            token = await create_login_link(tx, login.staff_id, expires_at)
            choices.append(((await get_account(tx)).name, token))
    return page("login_choice.html", choices=choices)


async def _let_in(
    desk: Desk, request: WebRequest, who: Login | SignedIn, wanted: str
) -> Response[Any]:
    before = request.cookies.get(cookie_name(desk))
    signed_in = SignedIn(account_id=who.account_id, staff_id=who.staff_id)
    cookie = await sign_in(desk, signed_in, before, address_of(request))
    return Redirect(wanted, status_code=303, cookies=[cookie])


async def _password_page(visit: Visited, status: int, problem: str) -> Response[str]:
    async with visit.transaction() as tx:
        myself = (await load_roster(tx)).staff[visit.me.staff_id]
    return page(
        "password.html", status=status, me=visit.me, myself=myself, problem=problem
    )


def _again(
    status: int, email: str, wanted: str, problem: str, headers: dict[str, str]
) -> Response[str]:
    return page(
        "login.html",
        status=status,
        headers=headers,
        next=wanted,
        email=email,
        problem=problem,
    )


def _seconds(wait: timedelta) -> str:
    return str(int(wait.total_seconds()) + 1)


PUBLIC_LOGIN_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_login,
    log_in,
    show_link,
    use_link,
)
LOGIN_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    log_out,
    show_password,
    set_password,
)
