"""Every page of the settings."""

from collections.abc import Sequence
from typing import Final

from litestar.types import ControllerRouterHandler

from stepaside.desk.settings.account import ACCOUNT_ROUTES
from stepaside.desk.settings.boxes import BOX_ROUTES
from stepaside.desk.settings.crews import TEAM_ROUTES
from stepaside.desk.settings.flows import FLOW_ROUTES
from stepaside.desk.settings.hooks import HOOK_ROUTES
from stepaside.desk.settings.index import INDEX_ROUTES
from stepaside.desk.settings.keys import KEY_ROUTES
from stepaside.desk.settings.log import LOG_ROUTES
from stepaside.desk.settings.notifying import NOTIFYING_ROUTES
from stepaside.desk.settings.people import PEOPLE_ROUTES
from stepaside.desk.settings.profile import PROFILE_ROUTES

SETTINGS_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    *INDEX_ROUTES,
    *PROFILE_ROUTES,
    *NOTIFYING_ROUTES,
    *PEOPLE_ROUTES,
    *TEAM_ROUTES,
    *BOX_ROUTES,
    *FLOW_ROUTES,
    *KEY_ROUTES,
    *HOOK_ROUTES,
    *ACCOUNT_ROUTES,
    *LOG_ROUTES,
)
