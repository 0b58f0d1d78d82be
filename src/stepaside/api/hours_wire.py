"""Working hours and holidays as JSON, and back: the same shape for account and team."""

from collections.abc import Sequence
from datetime import date, time
from typing import Annotated, Final

from msgspec import Meta, field

from stepaside.api.wire import MaybeName, Request
from stepaside.core.hours import WEEKDAYS, Holiday, Span, Week

Clock = Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$(?!\n)")]
Zone = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\w+\-/]+$(?!\n)")]
_END_OF_DAY: Final = "24:00"


class SpanWire(Request):
    """From a local time until just before another.

    An end that is not later than the beginning is on the next day: 22:00 to 06:00 runs
    over midnight, 00:00 to 24:00 is the whole day.
    """

    opens: Clock = field(name="from")
    closes: Clock = field(name="to")


Spans = Annotated[list[SpanWire], Meta(max_length=12)]


class WeekWire(Request):
    """The spans that begin on each day; a day that is left out is closed."""

    monday: Spans = field(default_factory=list)
    tuesday: Spans = field(default_factory=list)
    wednesday: Spans = field(default_factory=list)
    thursday: Spans = field(default_factory=list)
    friday: Spans = field(default_factory=list)
    saturday: Spans = field(default_factory=list)
    sunday: Spans = field(default_factory=list)


class HolidayWire(Request):
    """Days on which nobody works.

    to: the last of them; left out: one day.
    yearly: every year on these days of the calendar.
    """

    first: date = field(name="from")
    last: date | None = field(name="to", default=None)
    yearly: bool = False
    name: MaybeName = ""


Holidays = Annotated[list[HolidayWire], Meta(max_length=400)]


def week_of(sent: WeekWire) -> Week:
    """The week that was sent."""
    return tuple(
        tuple(
            Span(opens=_clock(span.opens), closes=_clock(span.closes))
            for span in getattr(sent, day)
        )
        for day in WEEKDAYS
    )


def week_view(week: Week | None) -> WeekWire | None:
    """A week as it is shown; null where nothing is said."""
    if week is None:
        return None
    shown = {
        day: [_span_view(span) for span in spans]
        for day, spans in zip(WEEKDAYS, week, strict=True)
    }
    return WeekWire(**shown)


def holidays_of(sent: Sequence[HolidayWire]) -> tuple[Holiday, ...]:
    """The holidays that were sent."""
    return tuple(
        Holiday(first=h.first, last=h.last or h.first, yearly=h.yearly, name=h.name)
        for h in sent
    )


def holidays_view(holidays: Sequence[Holiday]) -> list[HolidayWire]:
    """Holidays as they are shown."""
    return [
        HolidayWire(first=h.first, last=h.last, yearly=h.yearly, name=h.name)
        for h in holidays
    ]


def _span_view(span: Span) -> SpanWire:
    ends = f"{span.closes:%H:%M}"
    return SpanWire(
        opens=f"{span.opens:%H:%M}", closes=_END_OF_DAY if ends == "00:00" else ends
    )


def _clock(text: str) -> time:
    return time(0) if text == _END_OF_DAY else time.fromisoformat(text)
