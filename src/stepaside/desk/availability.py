"""Saying whether one is at work: the switch that is within reach on every page."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import Response, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.roster import Availability
from stepaside.desk.forms import Form
from stepaside.desk.pages import ROOT
from stepaside.desk.updates import Toast, Watching
from stepaside.desk.visit import Visited, is_partial
from stepaside.desk.watching import draw
from stepaside.desk.words import _, mark
from stepaside.pipeline.dispatch import change_availability


class AvailabilityForm(Form, kw_only=True):
    """What the reader is from now on."""

    availability: Availability


SAID: Final[Mapping[Availability, str]] = {
    Availability.ONLINE: mark("You are online. Conversations can come to you."),
    Availability.AWAY: mark("You are away. Nothing new comes to you by itself."),
    Availability.OFFLINE: mark("You are offline. Nothing new comes to you by itself."),
}


@post("/availability", status_code=HTTP_200_OK)
async def switch_availability(
    visit: Visited, data: URLEncodedBody[AvailabilityForm]
) -> Response[Any]:
    """Be online, away or offline; colleagues and the queues know at once."""
    await change_availability(
        visit.desk.rt,
        visit.account_id,
        visit.me.staff_id,
        data.availability,
        actor=visit.actor,
    )
    if not is_partial(visit.request):
        return Redirect(f"{ROOT}/conversations", status_code=303)
    watching = Watching(listing=data.listing(visit.me.staff_id))
    toast = Toast(text=_(SAID[data.availability]))
    updates = await draw(visit, watching, [], toasts=[toast])
    return Response(updates.html, media_type="text/html")


AVAILABILITY_ROUTES: Final[Sequence[ControllerRouterHandler]] = (switch_availability,)
