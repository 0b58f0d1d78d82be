"""What was said to the contact in answer to one burst."""

from stepaside.store.database import Tx
from stepaside.store.decisions import StoredDecision
from stepaside.store.messages import Message, find_by_key


async def said_in_turn(tx: Tx, decision: StoredDecision) -> tuple[Message, ...]:
    """The bot's messages that a decision led to: its reply, or its final words."""
    last = decision.message_ids[-1]
    keys = [f"reply:{last}"]
    episode = await tx.one(
        "SELECT id FROM handovers WHERE conversation_id = %s "
        "AND trigger_message_id = %s",
        *(decision.conversation_id, last),
    )
    if episode:
        keys.append(f"final:{episode['id']}")
    found = [await find_by_key(tx, decision.conversation_id, key) for key in keys]
    return tuple(message for message in found if message)
