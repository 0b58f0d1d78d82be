"""Finding somebody for what waits in teams' queues, and for what absent people have.

Each function is safe at any time and as often as one likes: every conversation is
looked at again under its lock, and given away once.
"""

from collections.abc import Callable
from typing import Final

from stepaside.core import dispatch
from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.events import Actor, Event, EventType
from stepaside.core.ids import StaffId
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.roster import Availability
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.runtime import Runtime, attempt
from stepaside.store.conversations import load_situation, lock_conversation
from stepaside.store.events import append_events
from stepaside.store.routing import survey, with_team
from stepaside.store.save import save_outcome
from stepaside.store.staff import get_staff, set_availability

AT_ONCE: Final = 1000
"""Conversations of one account that are looked at in one go, the oldest first."""


async def drain_queue(rt: Runtime, account_id: str) -> int:
    """Give what waits in the account's team queues to whoever is free, oldest first.

    To be called when somebody may have become free: they came online, gave something
    back or finished it, joined a team, or hours began. One read where nothing waits.
    Returns for how many somebody was free.
    """
    async with rt.db.transaction(account_id) as tx:
        waiting, there = await survey(tx, rt.now(), AT_ONCE)
    planned = dispatch.plan_dispatch(waiting, there)
    for conversation_id in planned:
        await attempt(_do(rt, account_id, conversation_id, dispatch.assign_waiting))
    return len(planned)


def drain_soon(rt: Runtime, account_id: str) -> None:
    """The fast path of `drain_queue`; the worker's sweep is the net under it."""
    rt.background.spawn(drain_queue(rt, account_id))


def drain_if_freed(
    rt: Runtime, account_id: str, before: Conversation, after: Conversation
) -> None:
    """Drain where a change left somebody with one less, or something in a queue."""
    fewer = before.assignee_id and not _counts_for(after, before.assignee_id)
    queued = after.team_id and after.control is Control.QUEUE and after != before
    if fewer or queued:
        drain_soon(rt, account_id)


async def drain_due(rt: Runtime, limit: int = 100) -> int:
    """Drain the team queues of every account that has something in one.

    The net: what becomes possible by itself (hours begin), and what a dead process
    left undone. Returns for how many somebody was free.
    limit: accounts read at a time.
    """
    given, after = 0, ""
    while True:
        async with rt.db.connection() as conn:
            cursor = await conn.execute(
                "SELECT * FROM accounts_with_team_queues(%s, %s)", (after, limit)
            )
            rows = await cursor.fetchall()
        for row in rows:
            after = row["account_id"]
            given += await drain_queue(rt, after)
        if len(rows) < limit:
            return given


async def reassign_due(rt: Runtime, limit: int = 100) -> int:
    """Take from absent people what contacts have waited too long for; how many.

    As the rule of each bot has it (`Bot.reassign_after`).
    """
    async with rt.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT * FROM absent_assignments(%s, %s)", (rt.now(), limit)
        )
        rows = await cursor.fetchall()
    for row in rows:
        await attempt(_do(rt, row["account_id"], row["id"], dispatch.reassign))
    return len(rows)


async def change_availability(
    rt: Runtime,
    account_id: str,
    staff_id: str,
    availability: Availability,
    *,
    actor: Actor,
) -> None:
    """Say whether somebody is at work; what waits for them comes at once.

    What they have stays with them when they go, or goes to somebody else by the bot's
    rule. The same again does nothing.

    Raises:
        NotFound: there is no such staff member.
    """
    async with rt.db.transaction(account_id) as tx:
        stored = await get_staff(tx, StaffId(staff_id), lock=True)
        if stored.member.availability is availability:
            return
        await set_availability(tx, stored.member.id, availability, rt.now())
        changed = Event(
            type=EventType.AVAILABILITY_CHANGED,
            at=rt.now(),
            actor=actor,
            data={"staff_id": staff_id, "availability": str(availability)},
        )
        await append_events(tx, None, [changed])
    if availability is Availability.ONLINE:
        drain_soon(rt, account_id)


def _counts_for(conversation: Conversation, staff_id: StaffId) -> bool:
    is_open = conversation.status is Status.OPEN
    return is_open and conversation.assignee_id == staff_id


async def _do(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    decide: Callable[[Situation], Outcome],
) -> None:
    async with rt.db.transaction(account_id) as tx:
        conversation = await lock_conversation(tx, conversation_id)
        situation = await load_situation(tx, conversation, rt.now())
        if conversation.state.team_id:
            situation = await with_team(tx, situation)
        outcome = decide(situation)
        saved = await save_outcome(tx, conversation, outcome, situation.now)
    deliver_soon(rt, account_id, saved.streams)
    drain_if_freed(rt, account_id, conversation.state, outcome.conversation)
