"""My profile: what everybody may set about themselves."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.roster import Availability
from stepaside.desk.frame import go_on
from stepaside.desk.languages import NAMES, find_language, speak
from stepaside.desk.settings.frame import (
    Sent,
    open_settings,
    settings_page,
    time_zones,
)
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import AVAILABILITY, _
from stepaside.pipeline.dispatch import change_availability
from stepaside.store.preferences import Preferences, get_preferences, save_preferences
from stepaside.store.staff import get_staff, save_staff


@get("/settings/profile")
async def show_profile(visit: Visited) -> Response[str]:
    """One's own name, language and time zone."""
    return await _profile_page(visit, None)


@post("/settings/profile", status_code=HTTP_200_OK)
async def save_profile(visit: Visited) -> Response[Any]:
    """Store them."""
    sent = await Sent.by(visit)
    name = sent.text("name", most=100, required=True)
    phone = sent.phone("phone")
    language = sent.text("language")
    if language and language not in [str(one) for one in NAMES]:
        sent.problems["language"] = _("Choose one of the list.")
    mine = Preferences(language=language, time_zone=sent.zone("time_zone"))
    if sent.problems:
        return await _profile_page(visit, sent)
    async with visit.transaction() as tx:
        stored = await get_staff(tx, visit.me.staff_id, lock=True)
        at_work = sent.choice("availability", Availability, stored.member.availability)
        member = replace(stored.member, name=name)
        now = visit.now()
        await save_staff(
            tx, replace(stored, member=member, phone=phone, updated_at=now)
        )
        await save_preferences(tx, visit.me.staff_id, mine)
    await change_availability(
        visit.desk.rt,
        visit.account_id,
        visit.me.staff_id,
        at_work,
        actor=visit.actor,
    )
    accepted = visit.request.headers.get("accept-language", "")
    speak(find_language(language, accepted))  # what is said about it already in it
    return go_on("/settings/profile", _("Saved."))


async def _profile_page(visit: Visit, sent: Sent | None) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "profile")
        stored = await get_staff(tx, visit.me.staff_id)
        mine = await get_preferences(tx, visit.me.staff_id)
    kept = {
        "name": stored.member.name,
        "phone": stored.phone,
        "availability": stored.member.availability,
        "language": mine.language,
        "time_zone": mine.time_zone,
    }
    return settings_page(
        "profile",
        frame,
        sent.problems if sent else None,
        sent=sent or Sent.of(kept),
        languages=NAMES,
        zones=time_zones(),
        availability_names=AVAILABILITY,
    )


PROFILE_ROUTES: Final[Sequence[ControllerRouterHandler]] = (show_profile, save_profile)
