"""Teams: who answers together, whose turn it is, and when they work."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from stepaside.core.errors import InvalidField
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.teams import TeamMode
from stepaside.desk.frame import go_on, only_admins
from stepaside.desk.settings.frame import (
    Sent,
    open_settings,
    settings_page,
    time_zones,
)
from stepaside.desk.settings.times_of_work import (
    check,
    hours_fields,
    hours_names,
    read_holidays,
    read_week,
)
from stepaside.desk.visit import Visit, Visited
from stepaside.desk.words import _, mark
from stepaside.pipeline.dispatch import drain_soon
from stepaside.store.accounts import get_account
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.staff import list_staff
from stepaside.store.teams import (
    StoredTeam,
    create_team,
    delete_team,
    get_team,
    list_teams,
    save_team,
)

MOST: Final = 500
MODE: Final = {
    TeamMode.ROUND_ROBIN: (mark("Each in turn"), mark("Of those who are free.")),
    TeamMode.LEAST_LOADED: (
        mark("Whoever has least"),
        mark("The fewest open conversations; among equals, each in turn."),
    ),
}


@get("/settings/teams")
async def show_teams(visit: Visited) -> Response[str]:
    """Every team."""
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "teams")
        found = await list_teams(tx, limit=MOST)
        people = await _people(tx)
    names = {team.id: team.name for team in found}
    return settings_page(
        "teams", frame, teams=found, names=names, people=people, modes=MODE
    )


@get("/settings/teams/new")
async def show_new_team(visit: Visited) -> Response[str]:
    """The form for a team to make."""
    return await _page(visit, None, None)


@post("/settings/teams/new", status_code=HTTP_200_OK)
async def make_team(visit: Visited) -> Response[Any]:
    """Make a team."""
    now = visit.now()
    blank = StoredTeam(
        id=TeamId(new_id("team")), name="", created_at=now, updated_at=now
    )
    return await _store(visit, blank, is_new=True)


@get("/settings/teams/{team_id:str}")
async def show_team(visit: Visited, team_id: FromPath[str]) -> Response[str]:
    """One team, to be changed."""
    return await _page(visit, await _stored(visit, team_id), None)


@post("/settings/teams/{team_id:str}", status_code=HTTP_200_OK)
async def change_team(visit: Visited, team_id: FromPath[str]) -> Response[Any]:
    """Store what was changed. What waits goes to whoever is free now."""
    return await _store(visit, await _stored(visit, team_id), is_new=False)


@post("/settings/teams/{team_id:str}/delete", status_code=HTTP_200_OK)
async def remove_team(visit: Visited, team_id: FromPath[str]) -> Response[Any]:
    """Delete it. What waits in its queue concerns everybody from then on."""
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        await delete_team(tx, TeamId(team_id), visit.now())
    return go_on("/settings/teams", _("The team is deleted."))


async def _stored(visit: Visit, team_id: str) -> StoredTeam:
    async with visit.transaction() as tx:
        await only_admins(tx, visit)
        return await get_team(tx, TeamId(team_id))


async def _store(visit: Visit, team: StoredTeam, *, is_new: bool) -> Response[Any]:
    sent = await Sent.by(visit)
    try:
        async with visit.transaction() as tx:
            await only_admins(tx, visit)
            changed = replace(await _read(tx, sent, team), updated_at=visit.now())
            if not sent.problems:
                await (create_team if is_new else save_team)(tx, changed)
    except InvalidField as error:
        sent.refuse(error, {"fallback_team_id": "fallback_id"})
    if sent.problems:
        return await _page(visit, None if is_new else team, sent)
    drain_soon(visit.desk.rt, visit.account_id)
    return go_on("/settings/teams", _("Saved."))


async def _read(tx: Tx, sent: Sent, team: StoredTeam) -> StoredTeam:
    known = await _people(tx)
    fallback = sent.text("fallback_id")
    changed = replace(
        team,
        name=sent.text("name", most=100, required=True),
        mode=sent.choice("mode", TeamMode, team.mode),
        fallback_id=TeamId(fallback) if fallback else None,
        time_zone=sent.zone("time_zone") or None,
        week=read_week(sent, team.week),
        holidays=read_holidays(sent),
        member_ids=tuple(StaffId(one) for one in sent.many("members") if one in known),
    )
    if not sent.problems:
        check(sent, changed.hours((await get_account(tx)).hours))
    return changed


async def _people(tx: Tx) -> dict[StaffId, str]:
    return {row.member.id: row.member.name for row in await list_staff(tx, limit=MOST)}


async def _page(
    visit: Visit, team: StoredTeam | None, sent: Sent | None
) -> Response[str]:
    async with visit.transaction() as tx:
        frame = await open_settings(tx, visit, "teams")
        others = await list_teams(tx, limit=MOST)
        people = await _people(tx)
    kept = {
        "name": team.name if team else "",
        "mode": team.mode if team else TeamMode.ROUND_ROBIN,
        "fallback_id": (team.fallback_id or "") if team else "",
        "time_zone": (team.time_zone or "") if team else "",
        "members": team.member_ids if team else (),
        **hours_fields(
            team.week if team else None, team.holidays if team else (), "account"
        ),
    }
    shown = sent or Sent.of(kept)
    return settings_page(
        "team",
        frame,
        sent.problems if sent else None,
        sent=shown,
        team=team,
        others=[(one.id, one.name) for one in others if not team or one.id != team.id],
        people=people,
        modes=MODE,
        zones=time_zones(),
        open_choices=[
            ("account", _("As the account does")),
            ("week", _("At these times")),
        ],
        **hours_names(shown),
    )


TEAM_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    show_teams,
    show_new_team,
    make_team,
    show_team,
    change_team,
    remove_team,
)
