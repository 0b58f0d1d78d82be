"""The handover of a contact who asked for a person and says nothing more."""

from stepaside.core.events import TIMER
from stepaside.core.ids import HandoverId
from stepaside.core.outcome import Situation
from stepaside.core.plan import Handover
from stepaside.core.policy import without_an_answer
from stepaside.core.rules import effective_rules
from stepaside.core.turn import Author
from stepaside.pipeline.people import contacts_words, find_people
from stepaside.store import messages
from stepaside.store.conversations import StoredConversation
from stepaside.store.database import Tx
from stepaside.store.ids import new_id
from stepaside.store.rules import list_rules
from stepaside.store.workflows import overrides


async def wanted_handover(
    tx: Tx, conversation: StoredConversation, situation: Situation
) -> tuple[Situation, Handover]:
    """What they asked for, by the rule as it is now, and whom that may choose from.

    Holds who may be chosen, as every handover does.
    """
    said = [m for m in await messages.transcript(tx, conversation.id) if not m.private]
    rules = await list_rules(tx, conversation.bot_id) if conversation.bot_id else ()
    laid = await overrides(tx, conversation.workflow_id)
    attempts = conversation.state.failed_attempts
    decision = without_an_answer(effective_rules(rules, laid), attempts)
    lines = tuple(message.line for message in said)
    asked = [m.id for m in said if m.author is Author.CONTACT]
    handover = Handover(
        id=HandoverId(new_id("handover")),
        decision=decision,
        actor=TIMER,
        lines=lines,
        trigger_message_id=asked[-1] if asked else None,
    )
    words = contacts_words(lines)
    return await find_people(tx, situation, decision.rule, words), handover
