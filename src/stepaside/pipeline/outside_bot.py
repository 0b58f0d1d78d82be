"""A bot of the business's own that speaks through the API, under the same law."""

from stepaside.core import moves
from stepaside.core.conversation import Control
from stepaside.core.effects import MessageKind, Say
from stepaside.core.events import BOT
from stepaside.core.outcome import nothing
from stepaside.pipeline.deliver import deliver_soon
from stepaside.pipeline.receive import Received
from stepaside.pipeline.runtime import Runtime
from stepaside.store import messages
from stepaside.store.conversations import TurnMark, lock_conversation
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.save import save_outcome


async def speak_as_bot(
    rt: Runtime,
    account_id: str,
    conversation_id: str,
    *,
    text: str,
    external_id: str | None = None,
) -> Received:
    """Say something to the contact as the bot; it answers the waiting burst.

    external_id: the sender's own id; the same again says nothing.
    Raises:
        PeopleHaveControl: nothing is said while people have control.
    """
    async with rt.db.transaction(account_id) as tx:
        conversation = await lock_conversation(tx, conversation_id)
        own = messages.sender_key(external_id) if external_id else None
        key = own or f"said:{new_id('message')}"
        first = await messages.find_by_key(tx, conversation.id, key)
        if first:
            return Received(
                message_id=first.id, conversation_id=conversation.id, duplicate=True
            )
        if conversation.state.control is not Control.BOT:
            raise moves.PeopleHaveControl
        now = rt.now()
        says = Say(
            key=key,
            text=text,
            kind=MessageKind.REPLY,
            lease=conversation.state.lease,
        )
        replied = moves.bot_replies(nothing(conversation.state), now, BOT, 1)
        saved = await save_outcome(
            tx, conversation, replied.also(says), now, TurnMark(settled=True)
        )
        said = await messages.find_by_key(tx, conversation.id, key)
    deliver_soon(rt, account_id, saved.streams)
    if said is None:
        raise NotFound("message", key)
    return Received(message_id=said.id, conversation_id=conversation.id, message=said)
