"""Working hours: when people are there, and how long something takes in their time.

Everything that goes in and comes out is an instant in UTC. Local time is used inside
only, where the clock on the wall decides:

- A local time that does not exist (the clock goes forward) counts as the moment the
  clock jumps. A span that lies wholly in the jump does not happen that day.
- A local time that exists twice (the clock goes back) counts from its first to its
  last occurrence: hours begin at the first and end at the last, and what lies between
  is one open stretch.
- A holiday closes its whole local date: a night shift that would begin on it does not
  take place, and one that began the day before ends at midnight.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stepaside.core.errors import InvalidField

HORIZON: Final = timedelta(days=800)
"""How far ahead an opening is looked for. What does not open by then never does."""
MAX_SPANS, MAX_HOLIDAYS, MAX_NAME = 12, 400, 100
_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time(0)
WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `opens` until just before `closes`, local time.

    A close that is not later than the opening is on the next day: 22:00 to 06:00 runs
    over midnight, 09:00 to 00:00 ends with the day, 00:00 to 00:00 is the whole day.
    """

    opens: time
    closes: time

    @property
    def length(self) -> timedelta:
        """How long it is on a day on which the clock does not change; 24 h at most."""
        minutes = _minutes(self.closes) - _minutes(self.opens)
        return minutes if minutes > timedelta(0) else minutes + _DAY


ALL_DAY: Final = Span(opens=_MIDNIGHT, closes=_MIDNIGHT)

Week = tuple[tuple[Span, ...], ...]
"""The spans that begin on each of the seven days, Monday first."""

ALWAYS: Final[Week] = ((ALL_DAY,),) * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Days on which nobody works, both ends included.

    yearly: every year on these days of the calendar, whatever the year in them; it
        may run over New Year. 29 February is one only in years that have it.
    """

    first: date
    last: date
    yearly: bool = False
    name: str = ""

    def covers(self, day: date) -> bool:
        """Whether the day is one of them."""
        if not self.yearly:
            return self.first <= day <= self.last
        first, last = _calendar(self.first), _calendar(self.last)
        if first <= last:
            return first <= _calendar(day) <= last
        return _calendar(day) >= first or _calendar(day) <= last


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """When people are there. Open always unless told otherwise.

    time_zone: an IANA name; the local time of `week` and `holidays`.
    """

    time_zone: str = "UTC"
    week: Week = ALWAYS
    holidays: tuple[Holiday, ...] = ()

    @property
    def always_open(self) -> bool:
        """Whether there is no closing time at all."""
        return not self.holidays and all(ALL_DAY in spans for spans in self.week)

    def is_open(self, at: datetime) -> bool:
        """Whether people are there at this instant. The closing instant is closed."""
        if self.always_open:
            return True
        return any(start <= at < end for start, end in self._stretches(at, at))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first instant from `at` on at which people are there: `at` when open.

        None when they never are.
        """
        if self.always_open:
            return at
        for start, end in self._stretches(at, at + HORIZON):
            if end > at:
                return max(start, at)
        return None

    def opens_again(self, at: datetime) -> datetime | None:
        """The first opening after `at` with a closing before it; None without one."""
        if not self.is_open(at):
            return self.next_opening(at)
        closing = self.closes_at(at)
        return self.next_opening(closing) if closing else None

    def closes_at(self, at: datetime) -> datetime | None:
        """When the open stretch around `at` ends.

        None when closed at that instant, or when no end is in sight.
        """
        if self.always_open:
            return None
        closing: datetime | None = None
        for start, end in self._stretches(at, at + HORIZON):
            if start > (closing or at):
                return closing
            if end > at:
                closing = max(end, closing or end)
        return None

    def opening_before(self, due: datetime, at: datetime) -> datetime:
        """The last opening before `due` from `at` on; `at` where no closing parts them.

        due: an instant at which people are there, or at which they close.
        """
        opening = covered = at
        for start, end in self._open_from(at, due):
            if covered < start < due:
                opening = start
            covered = end
        return opening

    def add_working_time(self, at: datetime, duration: timedelta) -> datetime:
        """The earliest instant by which so much working time has passed since `at`.

        Where too little of it ever comes, the plain clock counts, so that a deadline
        is never without an instant.

        Raises:
            ValueError: the duration is negative.
        """
        if duration < timedelta(0):
            message = "working time cannot be taken away; give a positive duration"
            raise ValueError(message)
        if self.always_open or not duration:
            return at + duration
        left = duration
        for start, end in self._open_from(at, at + HORIZON):
            if end - start >= left:
                return start + left
            left -= end - start
        return at + duration

    def working_time_between(self, a: datetime, b: datetime) -> timedelta:
        """How much working time lies between two instants; zero when `b` is earlier."""
        if b <= a:
            return timedelta(0)
        if self.always_open:
            return b - a
        pieces = (min(end, b) - start for start, end in self._open_from(a, b))
        return sum((piece for piece in pieces if piece > timedelta(0)), timedelta(0))

    def local(self, at: datetime) -> datetime:
        """The instant as the clock on the wall there shows it."""
        return at.astimezone(zone(self.time_zone))

    def _open_from(
        self, at: datetime, until: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """Open stretches from `at` on; none overlaps another."""
        covered = at
        for start, end in self._stretches(at, until):
            if end > covered:
                yield max(start, covered), end
                covered = end

    def _stretches(
        self, at: datetime, until: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """Spans in UTC by their start, from the day before `at`; they may overlap."""
        tz = zone(self.time_zone)
        day = at.astimezone(tz).date() - _DAY
        last = until.astimezone(tz).date()
        while day <= last:
            if not self._holiday(day):
                yield from self._of_day(day, tz)
            day += _DAY

    def _of_day(self, day: date, tz: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        for span in sorted(self.week[day.weekday()], key=lambda span: span.opens):
            opens = datetime.combine(day, span.opens)
            closes = opens + span.length
            tomorrow = datetime.combine(day + _DAY, _MIDNIGHT)
            if closes > tomorrow and self._holiday(day + _DAY):
                closes = tomorrow
            start, end = _first_instant(opens, tz), _last_instant(closes, tz)
            if start < end:
                yield start, end

    def _holiday(self, day: date) -> bool:
        return any(holiday.covers(day) for holiday in self.holidays)


def check_hours(hours: WorkingHours) -> WorkingHours:
    """Return the hours when they make sense.

    Raises:
        InvalidField: names the first field that does not, and the rule.
    """
    if not known_zone(hours.time_zone):
        raise InvalidField("time_zone", "an IANA name such as Europe/Berlin")
    for day, spans in zip(WEEKDAYS, hours.week, strict=True):
        _check_day(f"working_hours.{day}", spans)
    if not any(hours.week):
        raise InvalidField("working_hours", "open at least once a week")
    if len(hours.holidays) > MAX_HOLIDAYS:
        raise InvalidField("holidays", f"at most {MAX_HOLIDAYS}")
    for holiday in hours.holidays:
        _check_holiday(holiday)
    return hours


def known_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # Odd names reach the file system: a folder's, one with a dot too many.
        return False
    return True


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of this name. Raises: ZoneInfoNotFoundError, ValueError."""
    return ZoneInfo(name)


def _check_day(field: str, spans: tuple[Span, ...]) -> None:
    if len(spans) > MAX_SPANS:
        raise InvalidField(field, f"at most {MAX_SPANS} spans a day")
    ordered = sorted(spans, key=lambda span: span.opens)
    for earlier, later in pairwise(ordered):
        if _minutes(earlier.opens) + earlier.length > _minutes(later.opens):
            raise InvalidField(field, "spans of one day must not overlap")


def _check_holiday(holiday: Holiday) -> None:
    if holiday.last < holiday.first:
        raise InvalidField("holidays", "the last day is before the first")
    if holiday.last - holiday.first >= 365 * _DAY:
        raise InvalidField("holidays", "each is shorter than a year")
    if len(holiday.name) > MAX_NAME:
        raise InvalidField("holidays", f"a name has at most {MAX_NAME} characters")


def _first_instant(local: datetime, tz: ZoneInfo) -> datetime:
    """When the clock on the wall first shows this time or a later one."""
    before, after = _by_offset(local, tz)
    return before if before <= after else _jump(local, tz, after, before)


def _last_instant(local: datetime, tz: ZoneInfo) -> datetime:
    """When the clock on the wall last shows this time, or jumps over it."""
    before, after = _by_offset(local, tz)
    return after if before <= after else _jump(local, tz, after, before)


def _by_offset(local: datetime, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """The instant by the offset before a change of the clock, and by the one after.

    The same but near a change; the first is the later one where the time is skipped.
    Source: PEP 495, "Mind the Gap!"
    """
    before = local.replace(tzinfo=tz, fold=0).astimezone(UTC)
    after = local.replace(tzinfo=tz, fold=1).astimezone(UTC)
    return before, after


def _jump(local: datetime, tz: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The instant between two at which the clock jumps over a local time."""
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(tz).replace(tzinfo=None) >= local:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def _minutes(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def _calendar(day: date) -> tuple[int, int]:
    return day.month, day.day
