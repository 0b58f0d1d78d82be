"""The web application: API, desk and widget under one roof."""

from litestar import Litestar, get
from litestar.datastructures import State
from litestar.response import Redirect

from stepaside.api.app import api_routes
from stepaside.api.problems import EXCEPTION_HANDLERS
from stepaside.api.widget import widget_router
from stepaside.api.widget.demo_page import demo_page_routes
from stepaside.desk.app import desk_routes
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime
from stepaside.wiring import DESK


def create_web(rt: Runtime, hub: Hub, *, base_url: str) -> Litestar:
    """Everything a browser or a program may ask for.

    hub: started before the first request.
    base_url: how browsers reach the installation; without a slash at the end.
    """
    return Litestar(
        [
            home,
            *api_routes(),
            widget_router(),
            *desk_routes(rt, hub, base_url=base_url),
        ],
        state=State({"rt": rt, "hub": hub}),
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        logging_config=None,
    )


def show_demo_page(application: Litestar, widget_inbox_id: str) -> None:
    """Serve the demo's shop page, whose chat is this inbox, under `/demo`."""
    for route in demo_page_routes(widget_inbox_id):
        application.register(route)


@get("/", include_in_schema=False)
async def home() -> Redirect:
    """Whoever comes without a path is looking for the desk."""
    return Redirect(DESK)
