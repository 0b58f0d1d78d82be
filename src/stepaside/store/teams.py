"""Teams and who is in them: rows of `teams` and `team_members`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from stepaside.core.errors import InvalidField
from stepaside.core.hours import Holiday, Week, WorkingHours, check_hours
from stepaside.core.ids import StaffId, TeamId
from stepaside.core.teams import Team, TeamMode
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.hours import (
    holidays_from_json,
    holidays_to_json,
    hours_from_row,
    week_from_json,
    week_to_json,
)

_MEMBERS: Final = """ARRAY(SELECT m.staff_id FROM team_members m
    WHERE m.team_id = t.id ORDER BY m.staff_id) AS member_ids"""
_READ: Final = f"SELECT t.*, {_MEMBERS} FROM teams t WHERE t.deleted_at IS NULL"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTeam:
    """A team as it is set up.

    time_zone, week: None as the account has it.
    holidays: on top of the account's.
    member_ids: in a fixed order; disabled staff members included.
    """

    id: TeamId
    name: str
    mode: TeamMode = TeamMode.ROUND_ROBIN
    fallback_id: TeamId | None = None
    time_zone: str | None = None
    week: Week | None = None
    holidays: tuple[Holiday, ...] = ()
    member_ids: tuple[StaffId, ...] = ()
    created_at: datetime
    updated_at: datetime

    def hours(self, of_account: WorkingHours) -> WorkingHours:
        """When it works, once the account's hours fill in what it leaves open."""
        return WorkingHours(
            time_zone=self.time_zone or of_account.time_zone,
            week=of_account.week if self.week is None else self.week,
            holidays=(*of_account.holidays, *self.holidays),
        )


async def get_team(tx: Tx, team_id: TeamId, *, lock: bool = False) -> StoredTeam:
    """The team. Raises: NotFound.

    lock: hold it until the end of the transaction, to change it.
    """
    held = "FOR NO KEY UPDATE OF t" if lock else ""
    row = await tx.one(f"{_READ} AND t.id = %s {held}", team_id)
    if row is None:
        raise NotFound("team", team_id)
    return _stored(row)


async def list_teams(tx: Tx, *, after: str = "", limit: int = 50) -> list[StoredTeam]:
    """Teams in the order they were made, those with an id after `after`."""
    rows = await tx.all(f"{_READ} AND t.id > %s ORDER BY t.id LIMIT %s", after, limit)
    return [_stored(row) for row in rows]


async def create_team(tx: Tx, team: StoredTeam) -> None:
    """Store a new team with its members.

    Raises:
        NotFound: a member or the fallback does not exist.
        InvalidField: the name is taken, or its hours make no sense.
    """
    await _check(tx, team)
    try:
        await tx.run(
            "INSERT INTO teams (id, account_id, name, mode, fallback_team_id, "
            "time_zone, working_hours, holidays, created_at, updated_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            team.id,
            tx.account_id,
            *_values(team),
            team.created_at,
            team.updated_at,
        )
    except UniqueViolation:
        raise _name_taken() from None
    await _set_members(tx, team.id, team.member_ids)


async def save_team(tx: Tx, team: StoredTeam) -> None:
    """Store a changed team with its members. Raises: as `create_team`."""
    await _check(tx, team)
    try:
        touched = await tx.run(
            "UPDATE teams SET name = %s, mode = %s, fallback_team_id = %s, "
            "time_zone = %s, working_hours = %s, holidays = %s, updated_at = %s "
            "WHERE id = %s AND deleted_at IS NULL",
            *_values(team),
            team.updated_at,
            team.id,
        )
    except UniqueViolation:
        raise _name_taken() from None
    if not touched:
        raise NotFound("team", team.id)
    await _set_members(tx, team.id, team.member_ids)


async def delete_team(tx: Tx, team_id: TeamId, now: datetime) -> None:
    """Delete it. What waits in its queue concerns everybody from then on.

    Rules that name it leave their handovers in the queue and warn the admins.
    Raises:
        NotFound: there is none.
    """
    touched = await tx.run(
        "UPDATE teams SET deleted_at = %s WHERE id = %s AND deleted_at IS NULL",
        now,
        team_id,
    )
    if not touched:
        raise NotFound("team", team_id)
    await tx.run("DELETE FROM team_members WHERE team_id = %s", team_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamQueue:
    """A team's queue: how many contacts wait there for somebody to be free.

    is_mine: whether the reader is a member.
    """

    id: TeamId
    name: str
    waiting: int
    is_mine: bool


async def team_queues(tx: Tx, me: StaffId) -> list[TeamQueue]:
    """The queue of every team; the reader's own first, then by name."""
    rows = await tx.all(
        """SELECT t.id, t.name, EXISTS (SELECT FROM team_members m
                WHERE m.team_id = t.id AND m.staff_id = %s) AS is_mine,
            (SELECT count(*) FROM conversations c WHERE c.team_id = t.id
                AND c.control = 'queue' AND c.status = 'open') AS waiting
        FROM teams t WHERE t.deleted_at IS NULL
        ORDER BY is_mine DESC, lower(t.name) LIMIT 100""",
        me,
    )
    return [TeamQueue(**row) for row in rows]


async def team_names(tx: Tx) -> dict[TeamId, str]:
    """The name of every team there is or was, by id."""
    rows = await tx.all("SELECT id, name FROM teams")
    return {TeamId(row["id"]): row["name"] for row in rows}


CHAIN: Final = """WITH RECURSIVE chain AS (
    SELECT id FROM teams WHERE id = ANY(%s) AND deleted_at IS NULL
    UNION
    SELECT f.id FROM chain c JOIN teams t ON t.id = c.id
    JOIN teams f ON f.id = t.fallback_team_id AND f.deleted_at IS NULL
)"""
"""Some teams and all their fallbacks, each once, however they point at each other."""
_TEAMS: Final = f"""{CHAIN}
SELECT t.*, {_MEMBERS}, a.time_zone AS account_time_zone,
    a.working_hours AS account_working_hours, a.holidays AS account_holidays
FROM chain JOIN teams t ON t.id = chain.id JOIN accounts a ON a.id = t.account_id
"""  # noqa: S608 - the columns are the constant above


async def find_chains(tx: Tx, team_ids: Iterable[TeamId]) -> dict[TeamId, Team]:
    """These teams with all their fallbacks, by id; no deleted one."""
    rows = await tx.all(_TEAMS, list(team_ids))
    return {TeamId(row["id"]): _team(row) for row in rows}


async def remember_turn(tx: Tx, team_id: TeamId, staff_id: StaffId) -> None:
    """Record whose turn it was in a team: the next one comes after them."""
    await tx.run("UPDATE teams SET last_staff_id = %s WHERE id = %s", staff_id, team_id)


async def _check(tx: Tx, team: StoredTeam) -> None:
    check_hours(team.hours(WorkingHours()))
    if team.fallback_id == team.id:
        raise InvalidField("fallback_team_id", "a team cannot stand in for itself")
    if team.fallback_id:
        await get_team(tx, team.fallback_id)
    rows = await tx.all(
        "SELECT id, disabled_at FROM staff WHERE id = ANY(%s) AND deleted_at IS NULL",
        list(team.member_ids),
    )
    known = {row["id"] for row in rows}
    for staff_id in team.member_ids:
        if staff_id not in known:
            raise NotFound("staff member", staff_id)


async def _set_members(tx: Tx, team_id: TeamId, staff_ids: Sequence[StaffId]) -> None:
    await tx.run(
        "DELETE FROM team_members WHERE team_id = %s AND staff_id <> ALL(%s)",
        team_id,
        list(staff_ids),
    )
    await tx.run(
        "INSERT INTO team_members (team_id, staff_id, account_id) "
        "SELECT %s, unnest(%s::text[]), %s ON CONFLICT DO NOTHING",
        team_id,
        list(staff_ids),
        tx.account_id,
    )


def _values(team: StoredTeam) -> tuple[Any, ...]:
    return (
        team.name,
        team.mode,
        team.fallback_id,
        team.time_zone,
        None if team.week is None else Jsonb(week_to_json(team.week)),
        Jsonb(holidays_to_json(team.holidays)),
    )


def _stored(row: dict[str, Any]) -> StoredTeam:
    week = row["working_hours"]
    return StoredTeam(
        id=TeamId(row["id"]),
        name=row["name"],
        mode=TeamMode(row["mode"]),
        fallback_id=row["fallback_team_id"],
        time_zone=row["time_zone"],
        week=None if week is None else week_from_json(week),
        holidays=holidays_from_json(row["holidays"]),
        member_ids=tuple(row["member_ids"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _team(row: dict[str, Any]) -> Team:
    stored = _stored(row)
    names = ("time_zone", "working_hours", "holidays")
    account = hours_from_row({name: row[f"account_{name}"] for name in names})
    return Team(
        id=stored.id,
        name=stored.name,
        mode=stored.mode,
        member_ids=stored.member_ids,
        fallback_id=stored.fallback_id,
        hours=stored.hours(account),
        last_staff_id=row["last_staff_id"],
    )


def _name_taken() -> InvalidField:
    return InvalidField("name", "another team has this name")
