"""What a business has agreed on about time: deadlines and reply windows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from stepaside.core.errors import InvalidField
from stepaside.core.hours import WorkingHours

_DAY: Final = timedelta(days=1)
REPLY_WINDOWS: Final[Mapping[str, timedelta]] = dict.fromkeys(
    ("whatsapp", "whatsapp_cloud", "twilio_whatsapp", "messenger", "instagram"), _DAY
)
"""How long after the contact's last message a kind of channel takes free words.

Source: WhatsApp Business Platform, "Customer service windows"; Messenger Platform,
"Standard messaging": 24 hours.
"""
WINDOW_WARNING: Final = timedelta(hours=2)
"""So long before the reply window closes, staff are warned."""
WARN_SHARE: Final = 4
"""Staff are warned when the last quarter of the time for something begins."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=365)


def reply_window(kind: str, hours: int | None = None) -> timedelta | None:
    """How long after the contact's last message we may write freely; None: for ever.

    kind: of the inbox.
    hours: what the inbox itself was told, for a channel behind a webhook.
    """
    if hours is not None:
        return timedelta(hours=hours)
    return REPLY_WINDOWS.get(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """By when people owe what, from the moment they owe it. None: no deadline.

    first_reply: a person's first words after a handover.
    next_reply: every later answer, from when the contact began to wait for it.
    resolution: the whole matter, from the handover.
    in_working_hours: whether only working time counts, where there are hours.
    """

    first_reply: timedelta | None = timedelta(minutes=10)
    next_reply: timedelta | None = timedelta(minutes=30)
    resolution: timedelta | None = timedelta(days=3)
    in_working_hours: bool = True


USUAL_DEADLINES: Final = Deadlines()
"""What holds where nothing else was set."""


def check_deadlines(deadlines: Deadlines) -> Deadlines:
    """Return the deadlines when each keeps its limits.

    Raises:
        InvalidField: names the first that does not.
    """
    for each in fields(Deadlines):
        length = getattr(deadlines, each.name)
        if isinstance(length, timedelta) and not SHORTEST <= length <= LONGEST:
            raise InvalidField(
                f"deadlines.{each.name}_minutes", "between 1 minute and 365 days"
            )
    return deadlines


class Returning(StrEnum):
    """To whom a contact comes back who writes in what was resolved."""

    STAY = "stay"
    """Whoever has control: a pause goes on to its end."""
    BOT = "bot"
    """The bot: resolving returns control, unless somebody paused it by hand."""
    LAST_OWNER = "last_owner"
    """Whoever had the contact last, also when the bot has control since, and also in a
    new conversation; if they are online and have room, else the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one conversation: its bot's or its inbox's, and its channel's.

    window: how long after the contact's last message we may write freely; None: for
        ever.
    hours: when people are there.
    returning: to whom a contact comes back.
    """

    deadlines: Deadlines = USUAL_DEADLINES
    window: timedelta | None = None
    hours: WorkingHours = field(default_factory=WorkingHours)
    returning: Returning = Returning.STAY

    def due(self, start: datetime, length: timedelta) -> datetime:
        """When so much time for people is over, from a start."""
        if self.deadlines.in_working_hours:
            return self.hours.add_working_time(start, length)
        return start + length

    def working(self, start: datetime, length: timedelta) -> datetime:
        """When so much working time is over, from a start."""
        return self.hours.add_working_time(start, length)


USUAL: Final = Terms()
"""What holds where nothing else was agreed on."""
