"""What is thought of a handover afterwards, for the reports and for open pages."""

from stepaside.core.events import Actor, Event, EventType
from stepaside.pipeline.runtime import Runtime
from stepaside.store.conversations import find_conversation
from stepaside.store.errors import NotFound
from stepaside.store.events import append_events
from stepaside.store.handovers import (
    StoredHandover,
    Verdict,
    find_handover,
    set_verdict,
)


async def judge(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    *,
    handover_id: str,
    verdict: Verdict | None,
    actor: Actor,
) -> StoredHandover:
    """Keep a verdict on a handover, or with None none any more.

    Raises: NotFound: the conversation has no such handover.
    """
    async with rt.db.transaction(account_id) as tx:
        await find_conversation(tx, conversation_id)
        before = await find_handover(tx, handover_id)
        if before is None or before.conversation_id != conversation_id:
            raise NotFound("handover", handover_id)
        if before.verdict == verdict:
            return before
        now = rt.now()
        judged = await set_verdict(
            tx,
            handover_id,
            verdict,
            actor.staff_id,
            now,
            conversation_id=conversation_id,
        )
        data = {"handover_id": handover_id, "verdict": verdict and str(verdict)}
        event = Event(type=EventType.JUDGED, at=now, actor=actor, data=data)
        await append_events(tx, conversation_id, [event])
        return judged
