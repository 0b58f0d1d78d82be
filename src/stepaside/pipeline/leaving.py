"""When a staff member goes: nothing that was theirs is left with nobody to see it."""

import contextlib

from stepaside.core.conversation import Control, IllegalMove, Status
from stepaside.core.events import TIMER, Actor
from stepaside.core.ids import StaffId
from stepaside.pipeline import staff, tasks
from stepaside.pipeline.runtime import Runtime, Work, attempt
from stepaside.store.listing import Wanted, list_conversations
from stepaside.store.tasks import TaskStatus, list_tasks


async def release_everything(
    rt: Runtime, account_id: str, staff_id: StaffId, *, actor: Actor
) -> None:
    """Return what a staff member holds to the queue, and free their open tasks.

    For somebody who was disabled or deleted just before, so that nothing new reaches
    them meanwhile. Resolved conversations stay: nobody waits there. Each is a commit
    of its own, and one that fails stands in no other's way: doing it again does what
    is left, and `release_left_due` does so.
    """
    async with rt.db.transaction(account_id) as tx:
        conversations = [
            listed
            for status in (Status.OPEN, Status.SNOOZED)
            for listed in await list_conversations(
                tx,
                Wanted(control=Control.HUMAN, status=status, assignee=staff_id),
                limit=10_000,
            )
        ]
        theirs = await list_tasks(
            tx, assignee_id=staff_id, status=TaskStatus.OPEN, limit=10_000
        )
    for listed in conversations:
        work: Work = _release(rt, account_id, listed.state.id, staff_id, actor)
        await attempt(work)
    for task in theirs:
        free = {"assignee_id": None}
        work = tasks.change(rt, account_id, task.id, fields=free, actor=actor)
        await attempt(work)


async def release_left_due(rt: Runtime, limit: int = 100) -> int:
    """Release what leavers of any account still hold; how many such there were.

    The process that disabled or deleted them may have died before it could.
    """
    async with rt.db.connection() as conn:
        cursor = await conn.execute("SELECT * FROM leavers_holding(%s)", (limit,))
        rows = await cursor.fetchall()
    for row in rows:
        leaver = StaffId(row["id"])
        await attempt(release_everything(rt, row["account_id"], leaver, actor=TIMER))
    return len(rows)


async def _release(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    staff_id: StaffId,
    actor: Actor,
) -> None:
    with contextlib.suppress(IllegalMove):  # handed back meanwhile
        await staff.release(
            rt, account_id, conversation_id, actor=actor, held_by=staff_id
        )
