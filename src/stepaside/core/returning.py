"""A contact comes back to what was settled: to the bot, or to who looked after them."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from stepaside.core.conversation import Control, Conversation, Move, Status
from stepaside.core.effects import NotificationEvent, NotifyStaff
from stepaside.core.episode import contact_name, with_people
from stepaside.core.events import CONTACT, EventType
from stepaside.core.ids import HandoverId, StaffId
from stepaside.core.moves import contact_writes
from stepaside.core.outcome import Outcome, Situation
from stepaside.core.roster import Availability
from stepaside.core.terms import Returning, Terms


class Hindrance(StrEnum):
    """Why a contact does not come back to who had them last."""

    LEFT = "left"
    """They were disabled or deleted."""
    AWAY = "away"
    OFFLINE = "offline"
    FULL = "full"
    """They have as many open conversations as their capacity."""


def may_come_back(c: Conversation, terms: Terms) -> bool:
    """Whether the contact's next message may go to whoever had the contact last.

    So it is with what was settled and is the bot's since, and with the first message
    in a new conversation of a contact whom people looked after before. What people
    still have stays where it is.
    """
    settled = c.status is Status.RESOLVED and c.last_holder_id is not None
    new = c.status is Status.OPEN and c.last_contact_at is None
    wanted = terms.returning is Returning.LAST_OWNER
    return wanted and c.control is Control.BOT and (settled or new)


def hindrance(s: Situation, last: StaffId) -> Hindrance | None:
    """What keeps whoever had the contact last from taking them; None: nothing.

    Nobody waits for an empty chair, and nobody gets more by itself than they can take.
    """
    member = s.roster.active(last)
    if member is None:
        return Hindrance.LEFT
    absent = _ABSENT.get(member.availability)
    return absent or (None if s.there.room(member) else Hindrance.FULL)


_ABSENT: Final = {
    Availability.AWAY: Hindrance.AWAY,
    Availability.OFFLINE: Hindrance.OFFLINE,
}


def comes_back(
    s: Situation, at: datetime, message_id: str, new: HandoverId, last: StaffId
) -> Outcome:
    """Store the message, and give it to who had the contact last, if they can take it.

    Else the bot has it, as any message, and the reason is recorded.
    """
    wrote = contact_writes(s.conversation, at, message_id, s.terms)
    after = replace(s, conversation=wrote.conversation)
    hindered = hindrance(s, last)
    if hindered:
        return wrote.then(
            EventType.NOT_RETURNED, s.now, CONTACT, staff_id=last, reason=str(hindered)
        )
    changes = {
        **wrote.conversation.moved(Move.HAND_OVER_TO_STAFF, s.now),
        "assignee_id": last,
    }
    given = with_people(after, EventType.RETURNED, CONTACT, changes, new)
    return wrote.followed_by(given).also(
        NotifyStaff(
            key=f"notify:{new}:returned",
            event=NotificationEvent.CONVERSATION_ASSIGNED,
            staff_ids=(last,),
            title=f"{contact_name(s)} is back",
            body="You looked after them last; they came to you again.",
        )
    )
