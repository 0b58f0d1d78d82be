"""Letting a language model say what a handover is about, once it has happened."""

from stepaside.core.events import BOT, Event, EventType
from stepaside.pipeline.runtime import Runtime
from stepaside.store.database import Tx
from stepaside.store.events import append_events
from stepaside.store.handovers import StoredHandover, list_handovers, set_brief
from stepaside.store.messages import transcript


async def improve_brief(rt: Runtime, account_id: str, conversation_id: str) -> bool:
    """Replace the summary that was made on this machine; whether it was replaced.

    After the commit and beside everything else: no handover waits for it, and without
    it the first summary stays. It is not tried again.
    """
    if rt.summarise is None:
        return False
    async with rt.db.transaction(account_id) as tx:
        episode = await _open_episode(tx, conversation_id)
        said = [m.line for m in await transcript(tx, conversation_id) if not m.private]
    if episode is None or episode.brief is None:
        return False
    brief = await rt.summarise(account_id, said, episode.brief)
    if brief is None:
        return False
    async with rt.db.transaction(account_id) as tx:
        if not await set_brief(tx, episode.id, brief):
            return False
        told = Event(
            type=EventType.SUMMARISED,
            at=rt.now(),
            actor=BOT,
            data={"handover_id": episode.id, "generated": brief.generated},
        )
        await append_events(tx, conversation_id, [told])
    return True


async def _open_episode(tx: Tx, conversation_id: str) -> StoredHandover | None:
    episodes = await list_handovers(tx, conversation_id)
    return next((x for x in episodes if x.ended_at is None), None)
