"""Links that claim a conversation with one tap, from an e-mail or a chat.

For one staff member and one conversation, used once, for a day. Looking changes
nothing: programs that open every link in an e-mail look, people press the button.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from stepaside.core.conversation import Control, Status
from stepaside.core.effects import NotificationEvent
from stepaside.core.events import staff_actor
from stepaside.core.ids import HandoverId
from stepaside.core.moves import claim
from stepaside.core.outcome import Situation
from stepaside.core.reach import NotificationChannel
from stepaside.pipeline import claim_tokens
from stepaside.pipeline.runtime import Runtime
from stepaside.store.conversations import (
    find_conversation,
    load_situation,
    lock_conversation,
)
from stepaside.store.database import Tx
from stepaside.store.errors import NotFound
from stepaside.store.ids import new_id
from stepaside.store.notification_lists import use_claim
from stepaside.store.notifications import Notification, find_notification
from stepaside.store.save import save_outcome

GOOD_FOR: Final = timedelta(hours=24)
_OFFERED: Final = frozenset(
    {NotificationEvent.HANDOVER_WAITING, NotificationEvent.CONTACT_WAITING}
)
_CHANNELS: Final = frozenset(
    {NotificationChannel.EMAIL, NotificationChannel.SMS, NotificationChannel.CHAT}
)


class ClaimState(StrEnum):
    """What a link that claims is good for now."""

    OPEN = "open"
    YOURS = "yours"
    """The staff member it was sent to has the conversation."""
    TAKEN = "taken"
    """Somebody else has it."""
    NOT_WAITING = "not_waiting"
    """The bot has it, or it is resolved."""
    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """Not a link of ours, or for somebody who is not on the staff any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOffer:
    """What somebody with a link is told.

    holder: who has the conversation, where somebody else does.
    """

    state: ClaimState
    staff: str = ""
    contact: str = ""
    holder: str = ""
    title: str = ""
    conversation_id: str = ""


async def claim_link(rt: Runtime, tx: Tx, n: Notification) -> str:
    """The link of a notification; empty where there is nothing to claim with it."""
    if not rt.secret or not rt.desk_url or n.staff_id is None:
        return ""
    if n.event not in _OFFERED or n.channel not in _CHANNELS or not n.conversation_id:
        return ""
    conversation = await find_conversation(tx, n.conversation_id)
    if conversation.state.control is not Control.QUEUE:
        return ""
    return f"{rt.desk_url}/claim/{claim_tokens.sign(rt.secret, tx.account_id, n.id)}"


async def look(rt: Runtime, token: str) -> ClaimOffer:
    """What a link is good for. Changes nothing."""
    named = claim_tokens.read(rt.secret, token)
    if named is None:
        return ClaimOffer(state=ClaimState.UNKNOWN)
    account_id, notification_id = named
    async with rt.db.transaction(account_id) as tx:
        n = await find_notification(tx, notification_id)
        if n is None or n.conversation_id is None:
            return ClaimOffer(state=ClaimState.UNKNOWN)
        try:
            conversation = await find_conversation(tx, n.conversation_id)
        except NotFound:
            return ClaimOffer(state=ClaimState.UNKNOWN)
        return _offer(n, await load_situation(tx, conversation, rt.now()))


async def claim_by_link(rt: Runtime, token: str) -> ClaimOffer:
    """Claim with a link, once; the offer says how it went.

    In one commit, so that a link is used up exactly when it claimed.
    """
    named = claim_tokens.read(rt.secret, token)
    if named is None:
        return ClaimOffer(state=ClaimState.UNKNOWN)
    account_id, notification_id = named
    async with rt.db.transaction(account_id) as tx:
        n = await find_notification(tx, notification_id)
        if n is None or n.conversation_id is None or n.staff_id is None:
            return ClaimOffer(state=ClaimState.UNKNOWN)
        conversation = await lock_conversation(tx, n.conversation_id)
        situation = await load_situation(tx, conversation, rt.now())
        offer = _offer(n, situation)
        if offer.state is not ClaimState.OPEN:
            return offer
        await use_claim(tx, n.id, situation.now)
        episode = HandoverId(new_id("handover"))
        outcome = claim(situation, n.staff_id, staff_actor(n.staff_id), episode)
        await save_outcome(tx, conversation, outcome, situation.now)
    return await look(rt, token)


def _offer(n: Notification, s: Situation) -> ClaimOffer:
    member = s.roster.active(n.staff_id)
    if member is None:
        return ClaimOffer(state=ClaimState.UNKNOWN)
    if s.now >= n.created_at + GOOD_FOR:
        # Whoever finds an old link learns nothing by it.
        return ClaimOffer(state=ClaimState.EXPIRED)
    holder = s.roster.active(s.conversation.assignee_id)
    return ClaimOffer(
        state=_state(n, s),
        staff=member.first_name,
        contact=s.contact.name,
        holder=holder.name if holder else "",
        title=n.title,
        conversation_id=s.conversation.id,
    )


def _state(n: Notification, s: Situation) -> ClaimState:
    c = s.conversation
    if c.assignee_id == n.staff_id:
        return ClaimState.YOURS
    if c.control is Control.HUMAN:
        return ClaimState.TAKEN
    if c.control is Control.BOT or c.status is Status.RESOLVED:
        return ClaimState.NOT_WAITING
    return ClaimState.OPEN if n.claimed_at is None else ClaimState.USED
