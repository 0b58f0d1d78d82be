"""The desk, as routes for the application that serves it."""

from collections.abc import Callable
from typing import Any, Final

from litestar import Request, Router, get
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from stepaside.desk.attempts import Attempts
from stepaside.desk.availability import AVAILABILITY_ROUTES
from stepaside.desk.bots.routes import BOT_ROUTES
from stepaside.desk.bulk import BULK_ROUTES
from stepaside.desk.claiming import CLAIM_ROUTES
from stepaside.desk.contacts import CONTACT_ROUTES
from stepaside.desk.conversations import CONVERSATION_ROUTES
from stepaside.desk.deeds import DEED_ROUTES
from stepaside.desk.filters import FILTER_ROUTES
from stepaside.desk.headers import SecurityHeaders, Spoken
from stepaside.desk.login import LOGIN_ROUTES, PUBLIC_LOGIN_ROUTES
from stepaside.desk.notifications import NOTIFICATION_ROUTES
from stepaside.desk.pages import ROOT, STATIC, STATIC_ROOT
from stepaside.desk.palette import PALETTE_ROUTES
from stepaside.desk.problems import EXCEPTION_HANDLERS
from stepaside.desk.reach import REACH_ROUTES
from stepaside.desk.reports import REPORT_ROUTES
from stepaside.desk.sessions import (
    refuse_unspeakable,
    require_csrf,
    require_same_origin,
    require_session,
)
from stepaside.desk.settings.routes import SETTINGS_ROUTES
from stepaside.desk.snippets import SNIPPET_ROUTES
from stepaside.desk.tasks import TASK_ROUTES
from stepaside.desk.visit import Desk, Visit
from stepaside.desk.watching import follow
from stepaside.desk.writing import WRITING_ROUTES
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime

A_YEAR: Final = 31_536_000


def desk_routes(
    rt: Runtime, hub: Hub, *, base_url: str
) -> list[ControllerRouterHandler]:
    """The desk under `/desk`: give these to `Litestar(route_handlers=[...])`.

    They bring everything of their own: templates, static files, sessions, the
    protection of forms, headers and pages for errors. The application needs no
    template engine, no CSRF configuration and no middleware for them, and what it
    has for other routes does not touch them.

    hub: started, of the same database as `rt`.
    base_url: how browsers reach the installation; with `https`, cookies insist on it.
    """
    desk = Desk(
        rt=rt,
        hub=hub,
        base_url=base_url.rstrip("/"),
        attempts=Attempts(rt.db),
    )
    return [_public(desk), _private(desk), _static()]


def _public(desk: Desk) -> Router:
    return Router(
        path=ROOT,
        route_handlers=[*PUBLIC_LOGIN_ROUTES, *CLAIM_ROUTES],
        guards=[require_same_origin(desk)],
        dependencies={"desk": Provide(lambda: desk, sync_to_thread=False)},
        middleware=[SecurityHeaders(), Spoken()],
        exception_handlers=EXCEPTION_HANDLERS,
        include_in_schema=False,
    )


def _private(desk: Desk) -> Router:
    return Router(
        path=ROOT,
        route_handlers=[
            *CONVERSATION_ROUTES,
            *FILTER_ROUTES,
            *AVAILABILITY_ROUTES,
            *BULK_ROUTES,
            *WRITING_ROUTES,
            *SNIPPET_ROUTES,
            *PALETTE_ROUTES,
            *DEED_ROUTES,
            *TASK_ROUTES,
            *NOTIFICATION_ROUTES,
            *REACH_ROUTES,
            *CONTACT_ROUTES,
            *REPORT_ROUTES,
            *BOT_ROUTES,
            *SETTINGS_ROUTES,
            *LOGIN_ROUTES,
            follow,
            nothing_here,
        ],
        guards=[
            require_same_origin(desk),
            require_session(desk),
            require_csrf,
            refuse_unspeakable,
        ],
        dependencies={"visit": Provide(_visit(desk), sync_to_thread=False)},
        middleware=[SecurityHeaders(), Spoken()],
        exception_handlers=EXCEPTION_HANDLERS,
        include_in_schema=False,
    )


def _static() -> Router:
    return create_static_files_router(
        path=STATIC_ROOT,
        directories=[STATIC],
        name="desk-static",
        cache_control=CacheControlHeader(public=True, max_age=A_YEAR, immutable=True),
        middleware=[SecurityHeaders()],
        include_in_schema=False,
    )


def _visit(desk: Desk) -> Callable[[Request[Any, Any, Any]], Visit]:
    def provide(request: Request[Any, Any, Any]) -> Visit:
        return Visit(desk=desk, me=request.auth, request=request)

    return provide


@get("/{path:path}")
async def nothing_here(path: FromPath[str]) -> None:
    """What is no page of the desk."""
    raise NotFoundException(path)
