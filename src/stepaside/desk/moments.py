"""When to come back: instants people choose by name, by their own clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from stepaside.core.errors import InvalidField
from stepaside.desk.words import _, mark

MORNING: Final = 9
EVENING: Final = 18
"""Hours of the reader's day."""
LATE: Final = timedelta(minutes=30)
"""An evening nearer than this is no choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A choice: what it is called, and when it is. at: None for a key of none."""

    key: str
    label: str
    at: datetime | None


_SPANS: Final = {
    "30m": (timedelta(minutes=30), mark("In 30 minutes")),
    "1h": (timedelta(hours=1), mark("In an hour")),
    "4h": (timedelta(hours=4), mark("In 4 hours")),
    "1d": (timedelta(days=1), mark("In a day")),
}


# Days from today, the hour, and what it is called; a week ends with its Sunday.
_DAYS: Final = {
    "evening": (0, EVENING, mark("This evening")),
    "tomorrow": (1, MORNING, mark("Tomorrow morning")),
    "week": (0, MORNING, mark("Next week")),
}


def snooze_moments(now: datetime, zone: tzinfo) -> list[Moment]:
    """When a snoozed conversation may come back, the soonest first."""
    keys = ("1h", "evening", "tomorrow", "week")
    found = [_moment(key, now, zone) for key in keys]
    evening = next(m for m in found if m.key == "evening")
    if evening.at is None or evening.at - now < LATE:
        found.remove(evening)
    return found


def pause_moments(now: datetime, zone: tzinfo) -> list[Moment]:
    """Until when the bot may be silent, the soonest first."""
    return [_moment(key, now, zone) for key in ("30m", "1h", "4h", "tomorrow")]


def parse_moment(key: str, custom: str, now: datetime, zone: tzinfo) -> datetime:
    """The instant that was chosen.

    custom: for the key `custom`, as `2026-03-02T09:00` by the reader's clock.
    Raises: InvalidField: it is none, or it has passed.
    """
    named = None if key == "custom" else _moment(key, now, zone)
    at = named.at if named else _parse_local(custom, zone)
    if at is None or at <= now:
        raise InvalidField("until", _("Choose a moment that is still to come."))
    return at


def _moment(key: str, now: datetime, zone: tzinfo) -> Moment:
    if key in _SPANS:
        length, label = _SPANS[key]
        return Moment(key=key, label=_(label), at=now + length)
    today = now.astimezone(zone)
    if key in _DAYS:
        days, hour, label = _DAYS[key]
        days = 7 - today.weekday() if key == "week" else days
        return Moment(key=key, label=_(label), at=_at(today, days, hour, zone))
    return Moment(key=key, label="", at=None)


def _at(today: datetime, days: int, hour: int, zone: tzinfo) -> datetime:
    # Nine o'clock on the wall, also where the clocks change before.
    day = today.date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)


def _parse_local(text: str, zone: tzinfo) -> datetime:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidField("until", _("Choose a day and a time.")) from None
    return local.replace(tzinfo=zone).astimezone(UTC)
