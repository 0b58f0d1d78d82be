"""Instants and spans as people read them, in the reader's own time zone.

`static/js/clock.js` says the same words for what changes while the page is open.
"""

import contextlib
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import parse_pattern
from markupsafe import Markup

from stepaside.desk.languages import locale, spoken
from stepaside.desk.words import _, mark
from stepaside.sayings.languages import Language

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

_WRITTEN: Final = {
    # the day by name, with its year; a short date, with its year
    Language.ENGLISH: ("EEEE, d MMMM", "EEEE, d MMMM y", "d MMM", "d MMM y"),
    Language.GERMAN: ("EEEE, d. MMMM", "EEEE, d. MMMM y", "d. MMM", "d. MMM y"),
    Language.SPANISH: (
        "EEEE, d 'de' MMMM",
        "EEEE, d 'de' MMMM 'de' y",
        "d MMM",
        "d MMM y",
    ),
}
"""How dates are written. Source: CLDR, with British day before month in English."""


def find_zone(name: str | None, fallback: str = "UTC") -> tzinfo:
    """The zone of that IANA name; the fallback for one we do not know, and then UTC."""
    for candidate in (name, fallback):
        # What browsers send is not to be trusted: a bad name fails in several ways.
        with contextlib.suppress(ValueError, OSError, KeyError):
            if candidate:
                return ZoneInfo(candidate)
    return UTC


def span_words() -> dict[str, str]:
    """The words of `span`, for the browser to say them too."""
    return {
        "short": _("< 1 min"),
        "minutes": _("%(n)s min"),
        "hours": _("%(n)s h"),
        "days": _("%(n)s d"),
    }


def span(length: timedelta) -> str:
    """How long, in the two largest units: `2 h 14 min`. Below a minute `< 1 min`."""
    minutes = int(max(length, timedelta(0)) // MINUTE)
    words = span_words()
    if minutes < 1:
        return words["short"]
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return _two((words["days"], days), (words["hours"], hours))
    if hours:
        return _two((words["hours"], hours), (words["minutes"], minutes))
    return words["minutes"] % {"n": minutes}


def _two(*parts: tuple[str, int]) -> str:
    return " ".join(word % {"n": n} for word, n in parts if n)


def clock(at: datetime, zone: tzinfo) -> str:
    """The time of day: `09:05`."""
    return f"{at.astimezone(zone):%H:%M}"


def day(at: datetime, now: datetime, zone: tzinfo) -> str:
    """The day, named where it is near: `Today`, `Monday, 2 March`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    away = (local.date() - today).days
    if away in _NEAR:
        return _(_NEAR[away])
    said = _write(local, _pattern(0 if local.year == today.year else 1))
    return said[:1].upper() + said[1:]


_NEAR: Final = {-1: mark("Yesterday"), 0: mark("Today"), 1: mark("Tomorrow")}


def short(at: datetime, now: datetime, zone: tzinfo) -> str:
    """The time today and the day otherwise: `09:05`, `Mon`, `2 Mar`, `2 Mar 2024`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    away = (today - local.date()).days
    if away == 0:
        return clock(at, zone)
    if 0 < away < 7:
        return _write(local, "EEE")
    return _write(local, _pattern(2 if local.year == today.year else 3))


def due(at: datetime, now: datetime, zone: tzinfo) -> str:
    """The day and the time, in the middle of a sentence: `tomorrow 10:12`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    away = (local.date() - today).days
    if away in _NEAR:
        return f"{_(_NEAR[away]).lower()} {clock(at, zone)}"
    if 0 < away < 7:
        return f"{_write(local, 'EEE')} {clock(at, zone)}"
    return f"{short(at, now, zone)} {clock(at, zone)}"


def full(at: datetime, zone: tzinfo) -> str:
    """The whole instant, for whoever wants to know exactly."""
    local = at.astimezone(zone)
    return f"{_write(local, _pattern(1))}, {local:%H:%M:%S} ({zone})"


def date(at: datetime, zone: tzinfo) -> str:
    """The day with its year, short: `2 Mar 2026`."""
    return _write(at.astimezone(zone), _pattern(3))


def _pattern(which: int) -> str:
    return _WRITTEN[spoken()][which]


def _write(local: datetime, pattern: str) -> str:
    return str(parse_pattern(pattern).apply(local, locale()))


class Clockwork:
    """Times for one page: what time it is, and for whom."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        self.now = now
        self.zone = zone

    def clock(self, at: datetime) -> Markup:
        """`09:05`, with the whole instant on hover."""
        return self._tag(at, clock(at, self.zone))

    def short(self, at: datetime) -> Markup:
        """`09:05`, `Mon` or `2 Mar`, with the whole instant on hover."""
        return self._tag(at, short(at, self.now, self.zone))

    def said(self, at: datetime) -> str:
        """`tomorrow 10:12`, as plain text."""
        return due(at, self.now, self.zone)

    def due(self, at: datetime) -> Markup:
        """`tomorrow 10:12`, with the whole instant on hover."""
        return self._tag(at, due(at, self.now, self.zone))

    def since(self, at: datetime) -> Markup:
        """How long ago, growing while the page is open."""
        return self._tag(at, span(self.now - at), "since")

    def until(self, at: datetime) -> Markup:
        """How long from now, running down while the page is open."""
        return self._tag(at, span(at - self.now), "until")

    def exactly(self, at: datetime) -> Markup:
        """`2 Mar 2026, 09:05`, with the whole instant on hover."""
        return self._tag(at, f"{date(at, self.zone)}, {clock(at, self.zone)}")

    def day(self, at: datetime) -> str:
        """The day's name."""
        return day(at, self.now, self.zone)

    def on(self, iso_day: str) -> str:
        """A day given as `2026-03-02`, short; with its year where it is another."""
        local = datetime.fromisoformat(iso_day)
        is_this_year = local.year == self.now.astimezone(self.zone).year
        return _write(local, _pattern(2 if is_this_year else 3))

    def _tag(self, at: datetime, text: str, runs: str = "") -> Markup:
        return Markup(
            '<time datetime="{at}" title="{title}"{runs}>{text}</time>'
        ).format(
            at=at.isoformat(),
            title=full(at, self.zone),
            runs=Markup(' data-runs="{}"').format(runs) if runs else "",
            text=text,
        )
