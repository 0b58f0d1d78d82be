"""A page of a business that shows the widget: `/demo`, while the demo runs."""

from collections.abc import Sequence
from html import escape
from string import Template
from typing import Final

from litestar import get
from litestar.datastructures import CacheControlHeader
from litestar.handlers import HTTPRouteHandler

from stepaside.channels.widget import STATIC

PATH: Final = "/demo"
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""As strict as the strictest site the widget is meant for."""


def demo_page_routes(inbox_id: str) -> Sequence[HTTPRouteHandler]:
    """The page and what it loads, to be mounted in the application that has `/widget`.

    inbox_id: the widget's inbox.
    """
    page = Template(_read("page.html")).substitute(inbox=escape(inbox_id))
    return (
        _file(PATH, page, "text/html"),
        _file(f"{PATH}/page.css", _read("page.css"), "text/css"),
        _file(f"{PATH}/card.svg", _read("card.svg"), "image/svg+xml"),
    )


def _read(name: str) -> str:
    return (STATIC / "demo" / name).read_text("utf-8")


def _file(path: str, text: str, media_type: str) -> HTTPRouteHandler:
    @get(
        path,
        media_type=media_type,
        cache_control=CacheControlHeader(no_cache=True),
        response_headers=_HEADERS,
        name=path,
    )
    async def file() -> str:
        """One file of the page."""
        return text

    return file
