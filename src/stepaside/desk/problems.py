"""What people see when something does not work out."""

import traceback
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from stepaside.core.errors import InvalidField, Refusal
from stepaside.desk.frame import NotForYou
from stepaside.desk.pages import ROOT, page, render
from stepaside.desk.sessions import SAFE, ForeignForm, NotSignedIn
from stepaside.desk.updates import Toast
from stepaside.desk.visit import WebRequest, is_partial
from stepaside.desk.words import _, why_refused
from stepaside.store.errors import NotFound, without_values

log = structlog.get_logger(__name__)

_HUNG_UP: Final = "client disconnected prematurely"
"""What litestar says of it, as of a failure of the server (`Request.stream`)."""


def answer_problem(request: WebRequest, error: Exception) -> Response[Any]:
    """A page, or a message on the page that is open, saying what to do."""
    if isinstance(error, NotSignedIn):
        return _to_login(request)
    status, title, text = _told(error)
    if status >= 500 and not _hung_up(error):
        _log_failure(request, error)
    if is_partial(request):
        toasts = [Toast(text=text, is_problem=True)]
        html = render("toasts.html", toasts=toasts)
        return Response(html, status_code=status, media_type="text/html")
    return page("problem.html", status=status, title=title, text=text, back=ROOT)


def _hung_up(error: Exception) -> bool:
    """Whether the browser went away while it was sending: nobody's failure."""
    return isinstance(error, HTTPException) and error.detail == _HUNG_UP


def _log_failure(request: WebRequest, error: Exception) -> None:
    """Say what failed and where, without the values a database puts in its errors."""
    log.error(
        "desk_failed",
        path=request.url.path,
        error=type(error).__name__,
        detail=without_values(error),
        stack="".join(traceback.format_tb(error.__traceback__)),
    )


def _to_login(request: WebRequest) -> Response[Any]:
    """Sign in first, then go on where one was."""
    login = f"{ROOT}/login"
    if request.headers.get("hx-request"):
        wanted = _path(request.headers.get("hx-current-url", ""))
        headers = {"HX-Redirect": f"{login}?{urlencode({'next': wanted})}"}
        return Response("", status_code=401, media_type="text/html", headers=headers)
    # What was sent cannot be sent again, but the page of its form can be shown.
    sent = request.method not in SAFE
    wanted = _path(request.headers.get("referer", "") if sent else str(request.url))
    if wanted.rstrip("/") not in ("", ROOT):
        login += f"?{urlencode({'next': wanted})}"
    return Response("", status_code=303, headers={"Location": login})


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _told(error: Exception) -> tuple[int, str, str]:
    match error:
        case NotFound():
            title = _("Nothing here")
            return 404, title, why_refused(error)
        case ForeignForm() | NotForYou():
            late = isinstance(error, ForeignForm)
            title = _("Please try again") if late else _("This is not for you")
            return 403, title, why_refused(error)
        case Refusal():
            status = 422 if isinstance(error, InvalidField) else 409
            return status, _("That was not possible"), why_refused(error)
        case HTTPException() if error.status_code == 404:
            return 404, _("Nothing here"), _("There is no such page.")
        case HTTPException() if error.status_code < 500:
            text = _("The desk did not understand what was sent.")
            return error.status_code, _("That was not possible"), text
        case _:
            text = _("Nothing was changed. Try again in a moment.")
            return 500, _("Something broke on our side"), text


EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    Exception: answer_problem,
    HTTPException: answer_problem,
}
