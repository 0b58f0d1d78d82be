"""Telling a contact honestly how long it will take, and keeping account of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stepaside.core.hours import WorkingHours
from stepaside.core.openings import LANGUAGES, instant_in_words
from stepaside.core.roster import Availability, Roster

ETA: Final = "eta"
"""The variable of a final message that promises a time."""
_VARIABLE: Final = re.compile(r"\{\{\s*eta(?:\.([a-z]+))?\s*\}\}")
_MINUTES: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
"""What a promise is rounded up to: nobody promises 17 minutes."""
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_LATEST: Final = timedelta(days=14)
"""Further ahead nobody promises anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How quickly people have answered lately, and how many contacts wait for them.

    usual: half of the recent handovers were answered within this much working time;
        None while there are too few to tell.
    waiting: contacts who wait for people now, whoever asks not counted.
    """

    usual: timedelta | None = None
    waiting: int = 0


UNKNOWN: Final = Pace()
"""Where nobody has looked: the first reply's deadline is all there is to go by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eta:
    """What a contact is told. `due_at` None: the words promise no time."""

    words: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tongue:
    minutes: str
    hour: str
    hours: str
    day: str
    days: str
    soon: str


_TONGUES: Final[Mapping[str, _Tongue]] = {
    "en": _Tongue(
        minutes="in about {n} minutes",
        hour="in about an hour",
        hours="in about {n} hours",
        day="within a day",
        days="within {n} days",
        soon="as soon as somebody is free",
    ),
    "de": _Tongue(
        minutes="in etwa {n} Minuten",
        hour="in etwa einer Stunde",
        hours="in etwa {n} Stunden",
        day="innerhalb eines Tages",
        days="innerhalb von {n} Tagen",
        soon="sobald jemand frei ist",
    ),
    "fr": _Tongue(
        minutes="dans environ {n} minutes",
        hour="dans environ une heure",
        hours="dans environ {n} heures",
        day="d’ici un jour",
        days="d’ici {n} jours",
        soon="dès que quelqu’un est disponible",
    ),
    "es": _Tongue(
        minutes="en unos {n} minutos",
        hour="en una hora aproximadamente",
        hours="en unas {n} horas",
        day="en el plazo de un día",
        days="en el plazo de {n} días",
        soon="en cuanto alguien esté libre",
    ),
    "it": _Tongue(
        minutes="tra circa {n} minuti",
        hour="tra circa un’ora",
        hours="tra circa {n} ore",
        day="entro un giorno",
        days="entro {n} giorni",
        soon="appena qualcuno è libero",
    ),
    "nl": _Tongue(
        minutes="over ongeveer {n} minuten",
        hour="over ongeveer een uur",
        hours="over ongeveer {n} uur",
        day="binnen een dag",
        days="binnen {n} dagen",
        soon="zodra iemand vrij is",
    ),
    "pt": _Tongue(
        minutes="em cerca de {n} minutos",
        hour="em cerca de uma hora",
        hours="em cerca de {n} horas",
        day="dentro de um dia",
        days="dentro de {n} dias",
        soon="assim que alguém estiver livre",
    ),
}


_FROM: Final[Mapping[str, tuple[str, str]]] = {
    "en": (" at ", " from "),
    "de": (" um ", " ab "),
    "fr": (" à ", " à partir de "),
    "es": (" a las ", " a partir de las "),
    "it": (" alle ", " dalle "),
    "nl": (" om ", " vanaf "),
    "pt": (" às ", " a partir das "),
}
"""How a language names an hour, and how it says from that hour on."""


def tells_time(text: str) -> str:
    """The language in which a final message promises a time; empty when it does not.

    `{{eta}}` says it in English, `{{eta.de}}` in German, and so on.
    """
    found = _VARIABLE.search(text)
    return (found[1] or "en") if found else ""


def estimate(
    now: datetime,
    roster: Roster,
    hours: WorkingHours,
    *,
    pace: Pace,
    usual: timedelta,
) -> dict[str, Eta]:
    """When a person will answer, as one may honestly say it, by language.

    The usual time, longer by how many wait for each person, rounded up. Where they go
    home before, it is the opening after which it is done. While nobody is online in
    working hours no time is promised, nor beyond two weeks.

    usual: the time to go by while there are too few handovers to tell.
    """
    length = _rounded(_expected(pace, roster, usual))
    enough = hours.working_time_between(now, now + _LATEST) >= length
    if not enough or (hours.is_open(now) and not _online(roster)):
        return {x: Eta(words=y.soon, due_at=None) for x, y in _TONGUES.items()}
    due = hours.add_working_time(now, length)
    opening = hours.opening_before(due, now)
    # An opening says little of what is done days after it.
    if now < opening and due - opening <= _DAY:
        told = {x: _from(hours, opening, now, x) for x in LANGUAGES}
        return {x: Eta(words=y, due_at=due) for x, y in told.items()}
    span = _in_days(due - now)
    told = {x: _in_words(span, y) for x, y in _TONGUES.items()}
    return {x: Eta(words=y, due_at=now + span) for x, y in told.items()}


def usual_time(
    spans: Iterable[tuple[datetime, datetime]], hours: WorkingHours
) -> timedelta | None:
    """The middle one of how long answers took, in working time.

    spans: start and first answer of recent handovers.
    None for fewer than three: one quick answer is no habit.
    """
    lengths = sorted(hours.working_time_between(a, b) for a, b in spans)
    return lengths[len(lengths) // 2] if len(lengths) >= 3 else None


def _expected(pace: Pace, roster: Roster, usual: timedelta) -> timedelta:
    """The usual time; as much longer as there are more who wait than who answer."""
    queue = max(1.0, (pace.waiting + 1) / max(1, _online(roster)))
    return (pace.usual or usual) * queue


def _online(roster: Roster) -> int:
    there = Availability.ONLINE
    return sum(m.active and m.availability is there for m in roster.staff.values())


def _rounded(length: timedelta) -> timedelta:
    """Up to the next length that is promised; beyond a day to whole hours."""
    minutes = length / timedelta(minutes=1)
    step = next((n for n in _MINUTES if n >= minutes), None)
    return timedelta(minutes=step) if step else -(-length // _HOUR) * _HOUR


def _in_days(span: timedelta) -> timedelta:
    """Beyond a day nobody counts hours: up to whole days."""
    return span if span <= _DAY else -(-span // _DAY) * _DAY


def _in_words(span: timedelta, tongue: _Tongue) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return tongue.minutes.format(n=minutes)
    if span >= _DAY:
        days = span // _DAY
        return tongue.day if days == 1 else tongue.days.format(n=days)
    hours = -(-minutes // 60)
    return tongue.hour if hours == 1 else tongue.hours.format(n=hours)


def _from(hours: WorkingHours, opening: datetime, now: datetime, language: str) -> str:
    """An opening: people answer from then on, not on the stroke of it."""
    stroke, onwards = _FROM[language]
    words = instant_in_words(hours, opening, now, language)
    return words.replace(stroke, onwards)
