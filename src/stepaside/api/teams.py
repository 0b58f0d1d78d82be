"""Teams and who is in them: `/v1/teams`."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.auth import ADMIN, READ
from stepaside.api.call import Call, Called
from stepaside.api.hours_wire import (
    Holidays,
    HolidayWire,
    WeekWire,
    Zone,
    holidays_of,
    holidays_view,
    week_of,
    week_view,
)
from stepaside.api.paging import Items, Paged
from stepaside.api.wire import Id, Name, Request, named
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.teams import TeamMode
from stepaside.pipeline.dispatch import drain_soon
from stepaside.store import teams
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.staff import get_staff
from stepaside.store.teams import StoredTeam

Members = Annotated[list[Id], Meta(max_length=500)]


class TeamChange(Request):
    """What to change of a team; the rest stays.

    mode: who of those who are free is next: each in turn, or whoever has the fewest
        open conversations.
    fallback_team_id: the team that is asked when nobody here is free; null: none.
    time_zone, working_hours: null: as the account has it.
    holidays: on top of the account's; replaces all of them.
    member_ids: everybody in it; who is left out leaves it.
    """

    name: Name | UnsetType = UNSET
    mode: TeamMode | UnsetType = UNSET
    fallback_team_id: Id | UnsetType | None = UNSET
    time_zone: Zone | UnsetType | None = UNSET
    working_hours: WeekWire | UnsetType | None = UNSET
    holidays: Holidays | UnsetType = UNSET
    member_ids: Members | UnsetType = UNSET


class NewTeam(TeamChange, kw_only=True):
    """A team to make; what is left out takes its default."""

    name: Name


class TeamView(Struct, kw_only=True):
    """A team."""

    id: str
    name: str
    mode: TeamMode
    fallback_team_id: str | None
    time_zone: str | None
    working_hours: WeekWire | None
    holidays: list[HolidayWire]
    member_ids: list[str]
    created_at: datetime
    updated_at: datetime


@get("/teams", scopes=READ)
async def list_teams(call: Called, page: Paged) -> Items[TeamView]:
    """List the teams, the oldest first."""
    async with call.transaction() as tx:
        rows = await teams.list_teams(tx, after=page.after, limit=page.one_more)
    return page.of(rows, view, lambda team: team.id)


@post("/teams", scopes=ADMIN)
async def create_team(call: Called, data: JSONBody[NewTeam]) -> TeamView:
    """Make a team."""
    now, team_id = call.now(), TeamId(new_id("team"))
    blank = StoredTeam(id=team_id, name=data.name, created_at=now, updated_at=now)
    async with call.transaction() as tx:
        await teams.create_team(tx, _changed(blank, data))
        return view(await teams.get_team(tx, team_id))


@get("/teams/{team_id:str}", scopes=READ)
async def get_team(call: Called, team_id: FromPath[str]) -> TeamView:
    """Read one team."""
    async with call.transaction() as tx:
        return view(await teams.get_team(tx, TeamId(team_id)))


@patch("/teams/{team_id:str}", scopes=ADMIN)
async def change_team(
    call: Called, team_id: FromPath[str], data: JSONBody[TeamChange]
) -> TeamView:
    """Change the fields that are named. What waits goes to whoever is free now."""
    async with call.transaction() as tx:
        stored = await teams.get_team(tx, TeamId(team_id), lock=True)
        changed = await _save(call, tx, _changed(stored, data))
    drain_soon(call.rt, call.account_id)
    return changed


@delete("/teams/{team_id:str}", scopes=ADMIN)
async def delete_team(call: Called, team_id: FromPath[str]) -> None:
    """Delete a team. What waits in its queue concerns everybody from then on.

    Rules that name it leave their handovers in the queue and warn the admins.
    """
    async with call.transaction() as tx:
        await teams.delete_team(tx, TeamId(team_id), call.now())


@put("/teams/{team_id:str}/members/{staff_id:str}", scopes=ADMIN)
async def add_member(
    call: Called, team_id: FromPath[str], staff_id: FromPath[str]
) -> TeamView:
    """Add somebody to a team; who is in it already stays."""
    async with call.transaction() as tx:
        team = await teams.get_team(tx, TeamId(team_id), lock=True)
        who = (await get_staff(tx, StaffId(staff_id))).member.id
        members = tuple(dict.fromkeys((*team.member_ids, who)))
        changed = await _save(call, tx, replace(team, member_ids=members))
    drain_soon(call.rt, call.account_id)
    return changed


@delete("/teams/{team_id:str}/members/{staff_id:str}", scopes=ADMIN)
async def remove_member(
    call: Called, team_id: FromPath[str], staff_id: FromPath[str]
) -> None:
    """Take somebody out of a team; who is not in it is no error.

    What they have stays with them.
    """
    async with call.transaction() as tx:
        team = await teams.get_team(tx, TeamId(team_id), lock=True)
        members = tuple(m for m in team.member_ids if m != staff_id)
        await _save(call, tx, replace(team, member_ids=members))


ROUTES: Final = (
    list_teams,
    create_team,
    get_team,
    change_team,
    delete_team,
    add_member,
    remove_member,
)


def view(team: StoredTeam) -> TeamView:
    """A team as it is shown."""
    return TeamView(
        id=team.id,
        name=team.name,
        mode=team.mode,
        fallback_team_id=team.fallback_id,
        time_zone=team.time_zone,
        working_hours=week_view(team.week),
        holidays=holidays_view(team.holidays),
        member_ids=list(team.member_ids),
        created_at=team.created_at,
        updated_at=team.updated_at,
    )


async def _save(call: Call, tx: Tx, team: StoredTeam) -> TeamView:
    await teams.save_team(tx, replace(team, updated_at=call.now()))
    return view(await teams.get_team(tx, team.id))


def _changed(team: StoredTeam, change: TeamChange) -> StoredTeam:
    fields: dict[str, Any] = named(change)
    if "fallback_team_id" in fields:
        fields["fallback_id"] = fields.pop("fallback_team_id")
    if "working_hours" in fields:
        sent = fields.pop("working_hours")
        fields["week"] = None if sent is None else week_of(sent)
    if "holidays" in fields:
        fields["holidays"] = holidays_of(fields["holidays"])
    if "member_ids" in fields:
        fields["member_ids"] = tuple(dict.fromkeys(fields["member_ids"]))
    return replace(team, **fields)
