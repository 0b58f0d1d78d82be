"""To whom a contact comes back, with that person held until it is decided."""

from dataclasses import dataclass
from datetime import datetime

from stepaside.core.ids import StaffId
from stepaside.core.outcome import Situation
from stepaside.core.returning import hindrance, may_come_back
from stepaside.store.conversations import (
    StoredConversation,
    last_holder_elsewhere,
    load_situation,
)
from stepaside.store.database import Tx
from stepaside.store.routing import with_person


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A contact who comes back, and the staff member who had them last."""

    situation: Situation
    last: StaffId

    @property
    def is_possible(self) -> bool:
        """Whether that person can take them now."""
        return hindrance(self.situation, self.last) is None


async def find_return(
    tx: Tx, conversation: StoredConversation, now: datetime
) -> Return | None:
    """Who had the contact last; None where that does not matter, or nobody had."""
    state = conversation.state
    if not may_come_back(state, conversation.terms):
        return None
    last = state.last_holder_id or await last_holder_elsewhere(tx, conversation)
    if last is None:
        return None
    situation = await load_situation(tx, conversation, now)
    return Return(situation=await with_person(tx, situation, last), last=last)
