"""What is due by now: snoozes end, pauses end, staff are reminded."""

from stepaside.core import timers
from stepaside.core.conversation import Conversation
from stepaside.core.steps import may_reassign
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.dispatch import drain_if_freed
from stepaside.pipeline.runtime import Runtime, attempt
from stepaside.pipeline.unanswered import wanted_handover
from stepaside.store.conversations import load_situation, lock_conversation
from stepaside.store.routing import with_team
from stepaside.store.save import save_outcome


async def wake(rt: Runtime, account_id: str, conversation_id: str) -> int:
    """Do whatever is due on one conversation; how many steps that took.

    Safe at any time: a timer that is late, early or stale finds nothing to do.
    """
    steps = 0
    streams: list[str] = []
    changed: list[tuple[Conversation, Conversation]] = []
    async with rt.db.transaction(account_id) as tx:
        while True:
            conversation = await lock_conversation(tx, conversation_id)
            situation = await load_situation(tx, conversation, rt.now())
            if may_reassign(situation):
                situation = await with_team(tx, situation)
            wanted = None
            if timers.owes_a_person(situation.conversation, situation.now):
                situation, wanted = await wanted_handover(tx, conversation, situation)
            outcome = timers.wake(situation, wanted)
            if not outcome.events:
                break
            saved = await save_outcome(tx, conversation, outcome, situation.now)
            streams += saved.streams
            steps += 1
            changed.append((conversation.state, outcome.conversation))
    deliver_soon(rt, account_id, streams)
    for before, after in changed:
        drain_if_freed(rt, account_id, before, after)
    return steps


async def wake_due(rt: Runtime, limit: int = 100) -> int:
    """Do everything that is due in any account, oldest first; how many conversations.

    After the server was down this is what ends every overdue pause, each once.
    """
    async with rt.db.connection() as conn:
        cursor = await conn.execute(
            "SELECT * FROM due_conversations(%s, %s)", (rt.now(), limit)
        )
        rows = await cursor.fetchall()
    for row in rows:
        await attempt(wake(rt, row["account_id"], row["id"]))
    return len(rows)
