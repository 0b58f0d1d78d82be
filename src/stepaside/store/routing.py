"""Reading whom a conversation may go to, with everybody who matters held meanwhile.

The order of locks, in every transaction that assigns by itself: the conversation
first, then the staff members it may go to, in the order of their ids, then at most one
team, whose turn is remembered. Nothing that holds a staff member or a team waits for a
conversation, so nobody waits in a circle; and two handovers that may end with the same
person come one after the other, so that the second one counts the first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from stepaside.core.assignment import Circumstances
from stepaside.core.dispatch import Waiting
from stepaside.core.ids import ConversationId, StaffId, TeamId
from stepaside.core.outcome import Situation
from stepaside.core.roster import Roster, StaffMember
from stepaside.core.rules import HandoverRule
from stepaside.core.teams import Routing
from stepaside.store.database import Tx
from stepaside.store.staff import MEMBER, load_roster, member_from_row
from stepaside.store.teams import CHAIN, find_chains


async def with_choice(
    tx: Tx, situation: Situation, rule: HandoverRule, *, language: str = ""
) -> Situation:
    """The situation with what a rule needs in order to choose somebody.

    Costs nothing unless the rule assigns to a team, or to somebody with a capacity.
    language: what the contact seems to write in; empty when nobody can tell.
    """
    named = [rule.staff_id]
    if rule.skip_if_contact_has_owner:
        named.append(situation.contact.owner_id)
    roster = situation.roster
    limited = [
        member.id for i in named if (member := roster.active(i)) and member.capacity
    ]
    if rule.team_id is None and not limited:
        routing = replace(situation.routing, language=language)
        return replace(situation, routing=routing)
    teams = [rule.team_id] if rule.team_id else []
    return await _held(tx, situation, teams, limited, language)


async def with_team(tx: Tx, situation: Situation) -> Situation:
    """The situation with what the conversation's own team needs in order to choose."""
    c = situation.conversation
    row = await tx.one(
        "SELECT released_by, language FROM handovers WHERE id = %s", c.handover_id
    )
    held = await _held(
        tx,
        situation,
        [c.team_id] if c.team_id else [],
        [],
        row["language"] if row else "",
    )
    passed = frozenset(row["released_by"]) if row else frozenset()
    return replace(held, routing=replace(held.routing, passed=passed))


async def with_person(tx: Tx, situation: Situation, staff_id: StaffId) -> Situation:
    """The situation with how much one staff member has, who is held until the commit.

    Somebody who was deleted is among the roster's, and not active.
    """
    return await _held(tx, situation, [], [staff_id], situation.language)


async def survey(
    tx: Tx, now: datetime, limit: int
) -> tuple[tuple[Waiting, ...], Circumstances]:
    """What waits in teams' queues, the oldest episode first, and how busy people are.

    Holds nothing: for a forecast.
    """
    rows = await tx.all(
        """SELECT c.id, c.team_id, h.released_by,
            coalesce(nullif(p.language, ''), h.language) AS language
        FROM conversations c JOIN handovers h ON h.id = c.handover_id
        JOIN contacts p ON p.id = c.contact_id
        WHERE c.team_id IS NOT NULL AND c.control = 'queue' AND c.status = 'open'
        ORDER BY h.started_at, h.id LIMIT %s""",
        limit,
    )
    if not rows:
        return (), Circumstances(roster=Roster(), routing=Routing(), now=now)
    roster = await load_roster(tx)
    teams = await find_chains(tx, {row["team_id"] for row in rows})
    routing = Routing(teams=teams, load=await _load(tx, roster.staff))
    waiting = tuple(
        Waiting(
            id=ConversationId(row["id"]),
            team_id=TeamId(row["team_id"]),
            language=row["language"],
            passed=frozenset(row["released_by"]),
        )
        for row in rows
    )
    return waiting, Circumstances(roster=roster, routing=routing, now=now)


async def _held(
    tx: Tx,
    situation: Situation,
    team_ids: Iterable[TeamId],
    staff_ids: Iterable[StaffId],
    language: str,
) -> Situation:
    members = await _hold_staff(tx, team_ids, staff_ids)
    teams = await find_chains(tx, team_ids)
    load = await _load(tx, members)
    routing = Routing(teams=teams, load=load, language=language)
    # As they are now that nobody else can change them.
    staff: Mapping[StaffId, StaffMember] = {**situation.roster.staff, **members}
    return replace(situation, roster=Roster(staff=staff), routing=routing)


_HOLD: Final = f"""{CHAIN}
SELECT {MEMBER} FROM staff WHERE id = ANY(%s) OR id IN (
    SELECT staff_id FROM team_members WHERE team_id IN (SELECT id FROM chain))
ORDER BY id FOR NO KEY UPDATE OF staff
"""  # noqa: S608 - the columns are the constants above


async def _hold_staff(
    tx: Tx, team_ids: Iterable[TeamId], staff_ids: Iterable[StaffId]
) -> dict[StaffId, StaffMember]:
    rows = await tx.all(_HOLD, list(team_ids), list(staff_ids))
    return {StaffId(row["id"]): member_from_row(row) for row in rows}


async def _load(tx: Tx, staff_ids: Iterable[StaffId]) -> dict[StaffId, int]:
    rows = await tx.all(
        """SELECT assignee_id, count(*) AS n FROM conversations
        WHERE assignee_id = ANY(%s) AND status = 'open' GROUP BY assignee_id""",
        list(staff_ids),
    )
    return {StaffId(row["assignee_id"]): row["n"] for row in rows}
