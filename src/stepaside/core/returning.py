"""A contact comes back to what was settled: to the bot, or to who looked after them."""

from dataclasses import replace
from datetime import datetime

from stepaside.core.conversation import Control, Conversation, Move, Status
from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.episode import contact_name, with_people
from stepaside.core.events import CONTACT, EventType
from stepaside.core.ids import HandoverId
from stepaside.core.moves import contact_writes
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.terms import Returning, Terms


def returns_to_owner(c: Conversation, terms: Terms) -> bool:
    """Whether the contact's next message goes to whoever had the conversation last."""
    settled = c.status is Status.RESOLVED and c.control is Control.BOT
    wanted = terms.returning is Returning.LAST_OWNER
    return settled and wanted and c.last_holder_id is not None


def comes_back(s: Situation, at: datetime, message_id: str, new: HandoverId) -> Outcome:
    """Store the message, and give it to who had it last, if they are still there."""
    wrote = contact_writes(s.conversation, at, message_id, s.terms)
    c = wrote.conversation
    owner = s.roster.active(c.last_holder_id)
    if owner is None:
        return wrote
    after = replace(s, conversation=c)
    changes = {**c.moved(Move.HAND_OVER_TO_STAFF, s.now), "assignee_id": owner.id}
    given = with_people(after, EventType.RETURNED, CONTACT, changes, new)
    return wrote.followed_by(given).also(
        NotifyStaff(
            key=f"notify:{new}:returned",
            event=NotificationEvent.CONVERSATION_ASSIGNED,
            staff_ids=(owner.id,),
            title=f"{contact_name(s)} is back",
            body="You had this conversation last; it came to you again.",
        )
    )
