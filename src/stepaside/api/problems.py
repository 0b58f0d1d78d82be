"""What callers are told when something does not work out: one table, one shape.

Source: RFC 9457, "Problem Details for HTTP APIs".
"""

import re
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap, Receive, Scope, Send
from msgspec import Struct, field

from stepaside.api.wording import allowed_at, in_words
from stepaside.channels.webhook.signature import BadSignature
from stepaside.core.conversation import IllegalMove
from stepaside.core.errors import InvalidField, Refusal
from stepaside.core.moves import AlreadyClaimed, NotOnStaff, PeopleHaveControl
from stepaside.core.rules import ScenarioTaken, TooManyRules
from stepaside.store.errors import UNAVAILABLE, NotFound, without_values
from stepaside.store.idempotency import KeyReused, StillRunning
from stepaside.store.staff import LastOwner

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"


class NotJson(Refusal):
    """The body is of another media type than JSON."""

    def __init__(self, media_type: str) -> None:
        super().__init__(
            f"Send JSON, with Content-Type: application/json, not {media_type}."
        )


class UnparsableBody(Refusal):
    """The body is missing or is not JSON."""


class NotAuthenticated(Refusal):
    """There is no valid API key with the request."""


class ScopeMissing(Refusal):
    """The API key does not allow this."""


class KeyMalformed(Refusal):
    """The Idempotency-Key is empty, too long or not plain text."""

    def __init__(self) -> None:
        super().__init__("Idempotency-Key: 1 to 255 printable ASCII characters.")


STATUS: Final[Mapping[type[Exception], int]] = {
    UnparsableBody: 400,
    KeyMalformed: 400,
    BadSignature: 401,
    NotAuthenticated: 401,
    ScopeMissing: 403,
    NotFound: 404,
    AlreadyClaimed: 409,
    IllegalMove: 409,
    LastOwner: 409,
    PeopleHaveControl: 409,
    ScenarioTaken: 409,
    StillRunning: 409,
    TooManyRules: 409,
    NotJson: 415,
    InvalidField: 422,
    KeyReused: 422,
    NotOnStaff: 422,
    **dict.fromkeys(UNAVAILABLE, 503),
}
"""HTTP status by what was raised. A refusal that is not named answers 409."""


class FieldError(Struct, kw_only=True):
    """One field and the rule it breaks."""

    field: str
    message: str


class Problem(Struct, kw_only=True, omit_defaults=True):
    """Why a request was not carried out.

    type: names the sort of problem; stable, for programs.
    errors: the fields at fault, where there are any.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = field(default_factory=list)


def problem_response(
    status: int,
    type_: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """An answer of type `application/problem+json`."""
    problem = Problem(
        type=f"urn:stepaside:problem:{type_}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=list(errors),
    )
    return Response(
        msgspec.json.encode(problem),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def answer_problem(
    request: Request[Any, Any, Any], error: Exception
) -> Response[bytes]:
    """The answer to whatever was raised. Failures are logged, not told."""
    match error:
        case ValidationException():
            return _invalid_parameters(request, error)
        case HTTPException():
            return _http(error)
        case InvalidField():
            told = FieldError(field=error.field, message=error.rule)
            return problem_response(422, "invalid-field", str(error), [told])
        case _:
            return _named(error)


async def send_problem(
    error: Exception, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer from a middleware, so that those around it see the answer."""
    request: Request[Any, Any, Any] = Request(scope, receive=receive, send=send)
    response = answer_problem(request, error).to_asgi_response(None, request)
    await response(scope, receive, send)


EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    Exception: answer_problem,
    HTTPException: answer_problem,
}
"""For the API's routes, and for the application where a path is the API's."""


def _named(error: Exception) -> Response[bytes]:
    status = _status_of(error)
    if status == 500:
        _log_failure(error)
        return problem_response(500, "failure", "Something failed here; it was logged.")
    if status == 503:
        log.warning("database_unavailable", error=type(error).__name__)
        wait = {"Retry-After": "1"}
        detail = "The database does not answer; try again."
        return problem_response(503, "unavailable", detail, headers=wait)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return problem_response(status, _kebab(type(error)), str(error), headers=headers)


def _status_of(error: Exception) -> int:
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 409 if isinstance(error, Refusal) else 500


def _http(error: HTTPException) -> Response[bytes]:
    status = error.status_code
    if status >= 500:
        _log_failure(error)
    detail = HTTPStatus(status).description or HTTPStatus(status).phrase
    type_ = HTTPStatus(status).phrase.lower().replace(" ", "-")
    return problem_response(status, type_, detail, headers=error.headers)


def _log_failure(error: Exception) -> None:
    """Say what failed and where, without the values a database puts in its errors."""
    log.error(
        "request_failed",
        error=type(error).__name__,
        detail=without_values(error),
        stack="".join(traceback.format_tb(error.__traceback__)),
    )


def _invalid_parameters(
    request: Request[Any, Any, Any], error: ValidationException
) -> Response[bytes]:
    """What Litestar found wrong with the query, or that there was no body."""
    found = [x for x in error.extra or () if isinstance(x, dict)]
    if any(x.get("key") == "data" for x in found):
        return problem_response(400, "unparsable-body", "Send a JSON body.")
    known = request.route_handler.parsed_fn_signature.parameters
    errors = []
    for x in found:
        name, what = str(x.get("key", "")), str(x.get("message", ""))
        allowed = allowed_at(known[name].raw, []) if name in known else []
        errors.append(FieldError(field=name, message=in_words(what, allowed)))
    detail = "; ".join(f"{e.field}: {e.message}" for e in errors) or error.detail
    return problem_response(422, "invalid-field", detail, errors)


def _kebab(kind: type[Exception]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()
