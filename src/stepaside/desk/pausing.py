"""What brings the bot back, in words: for the header, the rows, the menus."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from stepaside.core.pauses import Resume
from stepaside.desk.times import Clockwork, span
from stepaside.desk.words import _, mark


class Paused(Protocol):
    """A conversation, or its row in a list."""

    @property
    def resume_at(self) -> datetime | None:
        """When the timer returns control; None for never."""

    @property
    def resume_on_resolve(self) -> bool:
        """Whether resolving it returns control."""

    @property
    def inactive_minutes(self) -> int | None:
        """How long people are silent before control returns; None: however long."""


class Return(StrEnum):
    """What brings the bot back."""

    PEOPLE = "people"
    """Only somebody who hands back."""
    RESOLVED = "resolved"
    """Whoever resolves it."""
    SILENCE = "silence"
    """People's silence, at `resume_at` if none of them writes before."""
    TIME = "time"
    """The clock, at `resume_at`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A choice of what ends a pause that is no instant.

    key: how forms name it.
    resume: what ends it. after: with staff_inactive, how long people are silent.
    opening: until people are next at work, instead.
    """

    key: str
    label: str
    more: str = ""
    resume: Resume = Resume.TIME
    after: timedelta | None = None
    opening: bool = False

    def until(self, now: datetime) -> datetime | None:
        """The end by the clock, if nobody writes; None where it has none."""
        return now + self.after if self.after else None


_ENDINGS: Final = (
    Ending(
        key="resolved",
        label=mark("When it is resolved"),
        resume=Resume.RESOLVED,
    ),
    Ending(
        key="opening",
        label=mark("When people are next at work"),
        more=mark("by the working hours"),
        opening=True,
    ),
    Ending(
        key="quiet-1h",
        label=mark("After an hour of our silence"),
        more=mark("each reply begins it anew"),
        resume=Resume.STAFF_INACTIVE,
        after=timedelta(hours=1),
    ),
    Ending(
        key="quiet-1d",
        label=mark("After a day of our silence"),
        more=mark("each reply begins it anew"),
        resume=Resume.STAFF_INACTIVE,
        after=timedelta(days=1),
    ),
)


def endings(*, is_resolved: bool) -> list[Ending]:
    """What there is to choose. What is resolved already is not resolved again."""
    return [one for one in _ENDINGS if not (is_resolved and one.key == "resolved")]


def find_ending(key: str) -> Ending | None:
    """The choice of that key; None where it names an instant."""
    return next((one for one in _ENDINGS if one.key == key), None)


def brought_back_by(paused: Paused) -> Return:
    """What brings the bot back, where people have the conversation."""
    if paused.resume_on_resolve:
        return Return.RESOLVED
    if paused.resume_at is None:
        return Return.PEOPLE
    return Return.TIME if paused.inactive_minutes is None else Return.SILENCE


def say_pause(paused: Paused, times: Clockwork) -> str:
    """How the pause ends, as one sentence."""
    when = times.said(paused.resume_at) if paused.resume_at else ""
    match brought_back_by(paused):
        case Return.RESOLVED:
            return _("The bot is back when it is resolved.")
        case Return.PEOPLE:
            return _("The bot is silent until somebody hands back.")
        case Return.TIME:
            return _("The bot is back %(when)s.", when=when)
        case Return.SILENCE:
            silence = span(timedelta(minutes=paused.inactive_minutes or 0))
            return _(
                "The bot is back %(span)s after our last word, now %(when)s.",
                span=silence,
                when=when,
            )
