"""What a visitor may see of a conversation: what was said to them, and who answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from msgspec import Struct

from stepaside.core.conversation import Control
from stepaside.core.ids import ContactId, ConversationId, StaffId
from stepaside.core.roster import Bot, BotMode, Roster
from stepaside.core.turn import Author
from stepaside.store import messages
from stepaside.store.bots import find_bot
from stepaside.store.conversations import StoredConversation, find_conversation
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.messages import Message, MessageState
from stepaside.store.staff import load_roster

HISTORY: Final = 500
"""The latest messages are shown, this many at most."""
_ARRIVED: Final = (
    MessageState.RECEIVED,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.READ,
)
_SOMEBODY: Final = "A person"


class SeenMessage(Struct, kw_only=True, omit_defaults=True):
    """A message as the visitor sees it.

    who: as it is shown: `You`, the bot's name and that it is one, or a first name.
    client_id: the visitor's own id of the message, where they wrote it here.
    """

    id: str
    author: Author
    who: str
    text: str
    at: datetime
    client_id: str | None = None


class SeenControl(Struct, kw_only=True, omit_defaults=True):
    """Who answers now.

    by: `bot`, `waiting` (a person will, nobody has it yet) or `staff`.
    name: the bot's or the staff member's; missing where it is not known.
    says: the same in a sentence.
    """

    by: str
    says: str
    name: str | None = None


class Told(Struct, kw_only=True, omit_defaults=True):
    """One line of the live stream.

    writes: that a person is typing, in words; empty once nobody is. Never the bot.
    """

    message: SeenMessage | None = None
    control: SeenControl | None = None
    writes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One conversation as its contact sees it, at one moment.

    bot: the one that answers there, also where it has been deleted since.
    speaks: whether it answers by itself.
    """

    conversation: StoredConversation
    roster: Roster
    bot: Bot | None
    speaks: bool

    def message(self, message: Message) -> SeenMessage | None:
        """The message; None where it is private or never reached the contact."""
        if message.private or message.state not in _ARRIVED:
            return None
        return SeenMessage(
            id=message.id,
            author=message.author,
            who=self._who(message),
            text=message.text,
            at=message.at,
            client_id=own_id(message.conversation_id, message.external_id),
        )

    @property
    def control(self) -> SeenControl:
        """Who answers now."""
        state = self.conversation.state
        match state.control:
            case Control.BOT if self.bot and self.speaks:
                return bot_answers(self.bot.name)
            case Control.BOT | Control.QUEUE:
                return person_will_answer(self.bot)
            case Control.HUMAN:
                return _person_answers(self._first_name(state.assignee_id))
            case _:
                assert_never(state.control)

    def writes(self, staff_id: str | None) -> str:
        """That this staff member is typing, in words; empty for nobody."""
        if staff_id is None:
            return ""
        return f"{self._first_name(StaffId(staff_id)) or _SOMEBODY} is typing…"

    def _who(self, message: Message) -> str:
        match message.author:
            case Author.CONTACT:
                return "You"
            case Author.BOT:
                return f"{self.bot.name} · bot" if self.bot else "Bot"
            case Author.STAFF:
                return self._first_name(message.staff_id) or _SOMEBODY
            case _:
                assert_never(message.author)

    def _first_name(self, staff_id: StaffId | None) -> str | None:
        member = self.roster.staff.get(staff_id) if staff_id else None
        return member.first_name if member else None


def bot_answers(name: str) -> SeenControl:
    """The bot has it, and says that it is one."""
    return SeenControl(by="bot", name=name, says=f"{name}, a bot, answers here.")


def person_will_answer(bot: Bot | None) -> SeenControl:
    """Nobody has it yet. bot: the one that is silent meanwhile; None without one."""
    quiet = "; the bot is quiet now" if bot else ""
    return SeenControl(by="waiting", says=f"{_SOMEBODY} will answer here{quiet}.")


def _person_answers(name: str | None) -> SeenControl:
    says = f"{name or _SOMEBODY} will answer here; the bot is quiet now."
    return SeenControl(by="staff", name=name, says=says)


def speaks_by_itself(bot: Bot | None) -> bool:
    """Whether a bot answers contacts without a person's help."""
    return bot is not None and bot.mode is BotMode.AUTO


async def look(tx: Tx, conversation_id: ConversationId, contact_id: ContactId) -> View:
    """What its contact sees of a conversation. Raises: NotFound: it is not theirs."""
    conversation = await find_conversation(tx, conversation_id)
    if conversation.contact_id != contact_id:
        raise NotFound("conversation", conversation_id)
    return View(
        conversation=conversation,
        roster=await load_roster(tx),
        bot=await find_bot(tx, conversation.bot_id, include_deleted=True),
        speaks=speaks_by_itself(await find_bot(tx, conversation.bot_id)),
    )


async def history(tx: Tx, view: View, after: str | None) -> Sequence[SeenMessage]:
    """The latest messages, oldest first.

    after: only those behind this one; None for all.
    Raises:
        NotFound: the conversation has no such message, or its contact must not see it.
    """
    said = await messages.transcript(tx, view.conversation.id, limit=HISTORY)
    seen = [shown for message in said if (shown := view.message(message))]
    if after is None:
        return seen
    place = next((i for i, shown in enumerate(seen) if shown.id == after), None)
    if place is None:
        raise NotFound("message", after)
    return seen[place + 1 :]


def external_id(conversation_id: str, client_id: str) -> str:
    """How a visitor's own id is stored: two visitors may choose the same."""
    return f"{conversation_id}:{client_id}"


def own_id(conversation_id: str, stored: str | None) -> str | None:
    """The visitor's own id out of what was stored; None where it is not one."""
    prefix = external_id(conversation_id, "")
    return stored[len(prefix) :] if stored and stored.startswith(prefix) else None
