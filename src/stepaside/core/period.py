"""Stretches of time as people name them: whole days on the business's own clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from stepaside.core.errors import InvalidField

USUAL: Final = 30
"""Days of a period of which neither end was named; today is the last."""
LONGEST: Final = 3 * 366
"""Days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From an instant to before another; both in UTC."""

    start: datetime
    end: datetime


def last_days(days: int, now: datetime, zone: tzinfo) -> Period:
    """The last so many days, today with them: whole days up to midnight."""
    today = now.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    return Period(start=_midnight(first, zone), end=_midnight(today, zone, days=1))


def parse_period(start: str, end: str, now: datetime, zone: tzinfo) -> Period:
    """The period between two names for instants; empty for the usual one.

    start, end: a date (`2026-03-02`, in the zone), which is meant with all of its
        day, or an instant with its offset (RFC 3339).
    Raises: InvalidField: not an instant, or the period is empty or too long.
    """
    usual = last_days(USUAL, now, zone)
    until = _instant("to", end, zone, days=1) if end else usual.end
    usual_start = until - timedelta(days=USUAL) if end else usual.start
    began = _instant("from", start, zone) if start else usual_start
    if began >= until:
        raise InvalidField("from", "must be before `to`")
    if until - began > timedelta(days=LONGEST):
        raise InvalidField("from", f"at most {LONGEST} days before `to`")
    return Period(start=began, end=until)


def _instant(field: str, text: str, zone: tzinfo, *, days: int = 0) -> datetime:
    try:
        return _midnight(date.fromisoformat(text), zone, days=days)
    except (ValueError, OverflowError):
        pass
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidField(field, "a date such as 2026-03-02, or an instant with an offset")


def _midnight(day: date, zone: tzinfo, *, days: int = 0) -> datetime:
    there = datetime.combine(day + timedelta(days=days), time.min, zone)
    return there.astimezone(UTC)
