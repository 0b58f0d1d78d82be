"""Turning templates into answers."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from stepaside.desk import words
from stepaside.desk.times import span_words

ROOT: Final = "/desk"
"""Where the desk lives; links to it are made of this."""
STATIC: Final = Path(__file__).with_name("static")


def _fingerprint(folder: Path) -> str:
    """A few characters that change with any file in the folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


BUILD: Final = _fingerprint(STATIC)
"""Part of every static file's address, so that browsers may keep them for ever."""
STATIC_ROOT: Final = f"{ROOT}/static/{BUILD}"


def _environment() -> Environment:
    env = Environment(
        loader=PackageLoader("stepaside.desk"),
        # Of every template, whatever its name: what contacts write is hostile.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {
        "_": words.html,
        "plural": words.plural,
        "span_words": span_words,
        "words": words,
        "root": ROOT,
        "address": _address,
        "static": lambda name: f"{STATIC_ROOT}/{name}",
        "build": BUILD,
    }
    env.filters["again"] = words.again
    env.filters["pair"] = lambda value: (value, value)
    return env


def _address(listing: Any, conversation_id: str = "", **more: str) -> str:
    """A list's address, or that of a conversation beside it."""
    path = f"{ROOT}/conversations" + (f"/{conversation_id}" if conversation_id else "")
    return f"{path}?{urlencode({**listing.query, **more})}"


_ENVIRONMENT: Final = _environment()


def render(template: str, **context: Any) -> str:
    """The text of a template. A name it lacks is an error, not an empty space."""
    return _ENVIRONMENT.get_template(template).render(**context)


def page(
    template: str,
    *,
    status: int = 200,
    cookies: list[Cookie] | None = None,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """A template as an answer."""
    return Response(
        render(template, **context),
        status_code=status,
        media_type=MediaType.HTML,
        cookies=cookies,
        headers=dict(headers or {}),
    )
