"""What a turn is thought about with, as it was read in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from stepaside.core.bot_settings import Transfer
from stepaside.core.roster import Bot
from stepaside.core.rules import HandoverRule, effective_rules
from stepaside.core.turn import Turn
from stepaside.models.text import ends
from stepaside.pipeline.leaving_bot import open_transfers
from stepaside.pipeline.thinking import under_rules
from stepaside.store import messages
from stepaside.store.bots import find_stored_bot
from stepaside.store.conversations import StoredConversation
from stepaside.store.database import Tx
from stepaside.store.messages import Message
from stepaside.store.rules import list_rules
from stepaside.store.workflows import overrides

MOST: Final = 200
"""Messages of one burst that are thought about; of more, the first and the last."""
GROWTHS: Final = 2
"""How often a turn starts over because the contact wrote more. Then it is decided about
what was read: somebody who writes faster than the bot thinks is answered too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a turn was thought about with. Void once lease or burst have changed.

    read: the ids of all that waited, in the order of the transcript, with what lies
        between the first and the last messages of a very long burst.
    unread: what came since and is left to the next turn, by id: since when.
    growths: how often this burst was thought about before it had grown to this.
    failure: why the bot could not answer it then; it is not asked once more.
    """

    conversation: StoredConversation
    burst: tuple[Message, ...]
    read: tuple[str, ...]
    turn: Turn
    bot: Bot | None
    rules: tuple[HandoverRule, ...]
    knowledge_version: int
    transfers: tuple[Transfer, ...] = ()
    unread: Mapping[str, datetime] = field(default_factory=dict)
    growths: int = 0
    failure: str = ""

    @property
    def lease(self) -> int:
        """The lease under which it was read."""
        return self.conversation.state.lease

    def is_void(self, lease: int, waiting: Iterable[str]) -> bool:
        """Whether control has moved or the burst changed.

        That it only grew is accepted in the end, or nobody would ever be answered.
        """
        now, read = set(waiting), set(self.read)
        if lease != self.lease or not read or not read <= now:
            return True
        in_the_end = self.growths >= GROWTHS or bool(self.failure)
        return read != now and not in_the_end

    def grown_from(self, before: "Snapshot", failure: str) -> "Snapshot":
        """The same, knowing what came of thinking about it when it was shorter."""
        if self.lease != before.lease or not set(before.read) <= set(self.read):
            return self
        return replace(self, growths=before.growths + 1, failure=failure)


async def read_snapshot(tx: Tx, conversation: StoredConversation) -> Snapshot:
    """Everything that deciding about the waiting burst takes."""
    read = tuple(await messages.awaiting_bot(tx, conversation.id))
    burst = await messages.find_messages(tx, ends(read, MOST))
    heard = await messages.heard_so_far(tx, conversation.id)
    stored = await find_stored_bot(tx, conversation.bot_id)
    bot = stored.bot if stored else None
    rules = await list_rules(tx, bot.id) if bot else ()
    laid = await overrides(tx, conversation.workflow_id)
    rules = effective_rules(rules, laid)
    return Snapshot(
        conversation=conversation,
        burst=burst,
        read=read,
        turn=under_rules(
            Turn(
                burst=tuple(m.line for m in burst),
                history=tuple(m.line for m in heard),
                failed_attempts=conversation.state.failed_attempts,
                account_id=tx.account_id,
                bot=bot,
            ),
            rules,
        ),
        bot=bot,
        rules=rules,
        knowledge_version=stored.knowledge_version if stored else 0,
        transfers=await open_transfers(tx, bot, conversation.left_bots),
    )
