"""The first page of the settings: what there is to set."""

from collections.abc import Sequence
from typing import Final

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from stepaside.desk.settings.frame import open_settings, settings_page
from stepaside.desk.visit import Visited


@get("/settings")
async def show_settings(visit: Visited) -> Response[str]:
    """Every page of the settings that the reader may see."""
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "")
    return settings_page("index", frame)


INDEX_ROUTES: Final[Sequence[ControllerRouterHandler]] = (show_settings,)
