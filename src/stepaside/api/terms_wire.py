"""Deadlines as JSON, and back: the same shape for bots and inboxes."""

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from stepaside.api.wire import Request, named
from stepaside.core.conversation import Conversation
from stepaside.core.schedule import reply_by, resolve_by
from stepaside.core.terms import Deadlines, check_deadlines

Minutes = Annotated[int, Meta(ge=1, le=525_600)]


class DeadlinesChange(Request):
    """By when people owe what; null: no deadline. What is left out takes its default.

    first_reply_minutes: a person's first words after a handover.
    next_reply_minutes: every later answer, from when the contact began to wait.
    resolution_minutes: the whole matter, from the handover.
    in_working_hours: whether only working time counts, where there are hours.
    """

    first_reply_minutes: Minutes | UnsetType | None = UNSET
    next_reply_minutes: Minutes | UnsetType | None = UNSET
    resolution_minutes: Minutes | UnsetType | None = UNSET
    in_working_hours: bool | UnsetType = UNSET


class DeadlinesSet(Struct, kw_only=True):
    """By when people owe what; null: no deadline."""

    first_reply_minutes: int | None
    next_reply_minutes: int | None
    resolution_minutes: int | None
    in_working_hours: bool


class DeadlinesView(Struct, kw_only=True):
    """What is due in a conversation; null where nothing is.

    reply_due_at: by when people owe the waiting contact an answer.
    first_reply: whether it is a person's first one since the handover.
    resolution_due_at: by when the matter is to be settled.
    reply_missed, resolution_missed: that time has passed, and staff were told.
    promised_at: by when the contact was told to have an answer.
    window_closes_at: until when the channel takes free words; null: always.
    """

    reply_due_at: datetime | None
    first_reply: bool
    reply_missed: bool
    resolution_due_at: datetime | None
    resolution_missed: bool
    promised_at: datetime | None
    window_closes_at: datetime | None


def deadlines_from(change: DeadlinesChange) -> Deadlines:
    """The deadlines a request names, the rest as by default."""
    fields = named(change)
    lengths = {
        name.removesuffix("_minutes"): None if n is None else timedelta(minutes=n)
        for name, n in fields.items()
        if name.endswith("_minutes")
    }
    if "in_working_hours" in fields:
        lengths["in_working_hours"] = fields["in_working_hours"]
    return check_deadlines(Deadlines(**lengths))  # type: ignore[arg-type]


def deadlines_set(deadlines: Deadlines) -> DeadlinesSet:
    """Deadlines as they are shown."""
    return DeadlinesSet(
        first_reply_minutes=_minutes(deadlines.first_reply),
        next_reply_minutes=_minutes(deadlines.next_reply),
        resolution_minutes=_minutes(deadlines.resolution),
        in_working_hours=deadlines.in_working_hours,
    )


def deadlines_view(c: Conversation) -> DeadlinesView:
    """What is due in a conversation, as it is shown."""
    return DeadlinesView(
        reply_due_at=reply_by(c),
        first_reply=c.reply_due_at is not None and not c.answered,
        reply_missed=c.reply_missed,
        resolution_due_at=resolve_by(c),
        resolution_missed=c.resolve_missed,
        promised_at=c.promised_at,
        window_closes_at=c.window_closes_at,
    )


def _minutes(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds()) // 60
