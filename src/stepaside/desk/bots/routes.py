"""Every page about bots."""

from collections.abc import Sequence
from typing import Final

from litestar.types import ControllerRouterHandler

from stepaside.desk.bots.activity import ACTIVITY_ROUTES
from stepaside.desk.bots.channels import CHANNEL_ROUTES
from stepaside.desk.bots.goals import GOALS_ROUTES
from stepaside.desk.bots.knowledge import KNOWLEDGE_ROUTES
from stepaside.desk.bots.listing import LIST_ROUTES
from stepaside.desk.bots.settings import SETTINGS_ROUTES
from stepaside.desk.bots.start import START_ROUTES
from stepaside.desk.bots.trial import TRIAL_ROUTES
from stepaside.desk.bots.workflows import WORKFLOW_ROUTES

BOT_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    *LIST_ROUTES,
    *SETTINGS_ROUTES,
    *GOALS_ROUTES,
    *TRIAL_ROUTES,
    *KNOWLEDGE_ROUTES,
    *CHANNEL_ROUTES,
    *ACTIVITY_ROUTES,
    *WORKFLOW_ROUTES,
    *START_ROUTES,
)
