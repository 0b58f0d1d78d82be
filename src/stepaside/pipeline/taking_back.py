"""Taking back what a staff member has just done to a conversation."""

from stepaside.core import taking_back
from stepaside.core.events import Actor, EventType
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.dispatch import drain_if_freed
from stepaside.pipeline.runtime import Runtime
from stepaside.store.conversations import load_situation, lock_conversation
from stepaside.store.events import conversation_events
from stepaside.store.save import save_outcome


async def take_back(
    rt: Runtime, account_id: str, conversation_id: str, *, deed: EventType, actor: Actor
) -> None:
    """Have it as it was before a deed that this actor was the last to do to it.

    deed: one of `core.taking_back.TAKEN_BACK`.
    Raises:
        ChangedSince: something has happened since, or it cannot be as it was.
        NotOnStaff: whoever had it is disabled or deleted by now.
        NotFound: there is no such conversation.
    """
    async with rt.db.transaction(account_id) as tx:
        conversation = await lock_conversation(tx, conversation_id)
        situation = await load_situation(tx, conversation, rt.now())
        stored = await conversation_events(tx, conversation_id)
        outcome = taking_back.take_back(
            situation, deed, (each.event for each in stored), actor
        )
        saved = await save_outcome(tx, conversation, outcome, situation.now)
    deliver_soon(rt, account_id, saved.streams)
    drain_if_freed(rt, account_id, conversation.state, outcome.conversation)
