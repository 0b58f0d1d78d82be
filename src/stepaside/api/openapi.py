"""`/v1/openapi.json`: the contract, made from the routes and their types."""

import inspect
from collections.abc import Iterator, Sequence
from itertools import starmap
from typing import Any, Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from stepaside import __version__
from stepaside.api.problems import MEDIA_TYPE, Problem
from stepaside.api.wire import sent_as

_REFERENCE: Final = "#/components/schemas/{name}"
_ABOUT: Final = """A bot that knows when to step aside for a person.

Lists take `limit` and `after`, and answer `items` and `next`. Every POST with an API
key takes an `Idempotency-Key`: the same request sent again within a day gets the same
answer and is not carried out again. Instants are RFC 3339, in UTC. Unknown fields are
refused."""
_BEARER: Final = {"type": "http", "scheme": "bearer"}
_KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def describe(routes: Sequence[HTTPRoute]) -> dict[str, Any]:
    """An OpenAPI 3.1 document of the routes that are in the schema."""
    schemas = _Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route, handler, method in _operations(routes):
        path = paths.setdefault(route.path_format, {})
        path[method.lower()] = _operation(route, handler, schemas)
    problem = schemas.of(Problem)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stepaside", "version": __version__, "description": _ABOUT},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas.found,
            "securitySchemes": {"api_key": _BEARER},
            "responses": {
                "Problem": {
                    "description": "Why it was not done.",
                    "content": {MEDIA_TYPE: {"schema": problem}},
                }
            },
        },
    }


class _Schemas:
    """JSON Schemas of the types met on the way; each name means one type."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def of(self, wire_type: Any) -> dict[str, Any]:
        [schema], named = msgspec.json.schema_components(
            [wire_type], ref_template=_REFERENCE
        )
        for name, found in named.items():
            if self.found.setdefault(name, found) != found:
                raise ValueError(f"two types are named {name}")
        return schema


def _operations(
    routes: Sequence[HTTPRoute],
) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler, str]]:
    for route in routes:
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                if "scopes" in handler.opt or handler.opt.get("needs_no_key"):
                    yield route, handler, method


def _operation(
    route: HTTPRoute, handler: HTTPRouteHandler, schemas: _Schemas
) -> dict[str, Any]:
    summary, _, about = inspect.cleandoc(handler.fn.__doc__ or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": handler.fn.__name__,
        "summary": summary.rstrip("."),
        "tags": [_tag(route)],
        "security": _security(handler),
        "parameters": [
            *(_parameter(p, schemas) for p in _parameters(route, handler)),
            *starmap(_header, handler.opt.get("reads_headers", {}).items()),
        ],
        "responses": _responses(handler, schemas),
    }
    if about.strip():
        operation["description"] = about.strip()
    if "POST" in handler.http_methods and "scopes" in handler.opt:
        operation["parameters"].append(_KEY_HEADER)
    if body := _body(handler, schemas):
        operation["requestBody"] = body
    return operation


def _tag(route: HTTPRoute) -> str:
    """The noun; what stands outside `/v1` is for those who operate this."""
    parts = route.path.split("/")
    return parts[2] if len(parts) > 2 else "operations"


def _security(handler: HTTPRouteHandler) -> list[dict[str, Any]]:
    if "scopes" not in handler.opt:
        return []
    return [{"api_key": sorted(handler.opt["scopes"])}]


def _header(name: str, required: bool) -> dict[str, Any]:
    """One of `reads_headers=`: the names, each with whether it must be there."""
    return {
        "name": name,
        "in": "header",
        "required": required,
        "schema": {"type": "string"},
    }


def _body(handler: HTTPRouteHandler, schemas: _Schemas) -> dict[str, Any] | None:
    """What is sent. `takes=` tells the type of a body that is read by hand."""
    data = handler.parsed_data_field
    kind = data.raw if data else handler.opt.get("takes")
    if kind is None:
        return None
    content = {"application/json": {"schema": schemas.of(kind)}}
    return {"content": content, "required": data is None or not data.has_default}


def _parameters(
    route: HTTPRoute, handler: HTTPRouteHandler
) -> Iterator[tuple[str, FieldDefinition]]:
    """Where each is sent, and what it is; `page` brings parameters of its own."""
    fields = dict(handler.parsed_fn_signature.parameters)
    if "page" in fields:
        page = handler.resolve_dependencies()["page"]
        fields.update(page.parsed_fn_signature.parameters)
    for name, field in fields.items():
        if name in route.path_parameters:
            yield "path", field
        elif name not in ("call", "page", "data", "request", "state"):
            yield "query", field


def _parameter(
    placed: tuple[str, FieldDefinition], schemas: _Schemas
) -> dict[str, Any]:
    place, field = placed
    return {
        "name": sent_as(field),
        "in": place,
        "required": place == "path" or not field.has_default,
        "schema": schemas.of(field.raw),
    }


def _responses(handler: HTTPRouteHandler, schemas: _Schemas) -> dict[str, Any]:
    """What comes back. `answers=` tells the type of a response made by hand.

    `or_text_in=`: a media type in which it can be had as text as well.
    """
    answer: dict[str, Any] = {"description": "Done."}
    returned = handler.parsed_fn_signature.return_type
    shown = handler.opt.get("answers", returned.raw)
    media = handler.opt.get("answers_in", "application/json")
    if not returned.is_none_type:
        answer["content"] = {media: {"schema": schemas.of(shown)}}
        if text := handler.opt.get("or_text_in"):
            answer["content"][text] = {"schema": schemas.of(str)}
    done = (handler.status_code, *handler.opt.get("or_status", ()))
    problem = {"$ref": "#/components/responses/Problem"}
    answers = {str(status): answer for status in sorted(done)}
    return {**answers, "4XX": problem, "5XX": problem}
