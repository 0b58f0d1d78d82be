"""What people owe a contact and by when, as lists and headers show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from stepaside.core.conversation import Control, Conversation, Status
from stepaside.core.schedule import reply_by, resolve_by
from stepaside.desk.times import Clockwork

NEARLY: Final = timedelta(minutes=5)
"""A promise is due soon when less than this is left."""


class Owed(StrEnum):
    """What is due."""

    REPLY = "reply"
    PROMISE = "promise"
    """An answer by the time the contact was told."""
    RESOLUTION = "resolution"
    WINDOW = "window"
    """The channel takes our own words until then."""


class Urgency(StrEnum):
    """How near it is, the most pressing first."""

    LATE = "late"
    SOON = "soon"
    CALM = "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing that is owed, and by when."""

    owed: Owed
    at: datetime
    urgency: Urgency


def dues(state: Conversation, times: Clockwork) -> tuple[Due, ...]:
    """Everything that is owed in a conversation, the most pressing first."""
    if state.status is Status.RESOLVED or state.control is Control.BOT:
        return ()
    order = list(Urgency)
    found = _found(state, times.now)
    return tuple(sorted(found, key=lambda due: (order.index(due.urgency), due.at)))


def _found(c: Conversation, now: datetime) -> Iterator[Due]:
    if reply := reply_by(c):
        yield _due(Owed.REPLY, reply, c.reply_warn_at, now)
    if c.promised_at:
        yield _due(Owed.PROMISE, c.promised_at, c.promised_at - NEARLY, now)
    if settled := resolve_by(c):
        yield _due(Owed.RESOLUTION, settled, c.resolve_warn_at, now)
    if c.window_closes_at:
        yield _due(Owed.WINDOW, c.window_closes_at, c.window_warn_at, now)


def _due(owed: Owed, at: datetime, warn_at: datetime | None, now: datetime) -> Due:
    """warn_at: when staff are warned; None once they were."""
    urgency = Urgency.CALM
    if now >= at:
        urgency = Urgency.LATE
    elif warn_at is None or now >= warn_at:
        urgency = Urgency.SOON
    return Due(owed=owed, at=at, urgency=urgency)
