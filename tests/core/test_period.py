"""Periods: whole days on the business's clock, whatever the clock does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stepaside.core.errors import InvalidField
from stepaside.core.period import LONGEST, last_days, parse_period

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 30, 22, 30, tzinfo=UTC)  # already the 31st in Berlin


def at(day: int, hour: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_today_ends_at_midnight_on_the_business_clock() -> None:
    period = last_days(1, NOW, BERLIN)
    assert (period.start, period.end) == (at(30, 22), at(31, 22))


def test_a_day_on_which_the_clocks_change_is_whole_all_the_same() -> None:
    period = parse_period("2026-03-29", "2026-03-29", NOW, BERLIN)
    assert (period.start, period.end) == (at(28, 23), at(29, 22))  # 23 hours


def test_without_a_word_it_is_the_last_thirty_days() -> None:
    assert parse_period("", "", NOW, BERLIN) == last_days(30, NOW, BERLIN)


def test_only_an_end_long_ago_takes_the_thirty_days_before_it() -> None:
    period = parse_period("", "2025-12-31", NOW, UTC)
    assert period.end == datetime(2026, 1, 1, tzinfo=UTC)
    assert period.end - period.start == timedelta(days=30)


def test_instants_are_taken_as_they_are() -> None:
    period = parse_period("2026-03-01T10:00:00+02:00", "2026-03-01T09:00Z", NOW, BERLIN)
    assert (period.start, period.end) == (at(1, 8), at(1, 9))


@pytest.mark.parametrize("text", ["soon", "2026-02-30", "2026-03-01T10:00:00"])
def test_what_is_no_instant_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidField, match="a date such as") as refused:
        parse_period("", text, NOW, UTC)
    assert refused.value.field == "to"


def test_the_end_of_the_calendar_is_refused_and_no_crash() -> None:
    with pytest.raises(InvalidField):
        parse_period("", "9999-12-31", NOW, UTC)


@pytest.mark.parametrize(
    ("start", "end"), [("2026-03-02", "2026-03-01"), ("2020-01-01", "2026-03-01")]
)
def test_an_empty_or_endless_period_is_refused(start: str, end: str) -> None:
    with pytest.raises(InvalidField) as refused:
        parse_period(start, end, NOW, UTC)
    assert refused.value.field == "from"


def test_the_longest_period_is_allowed() -> None:
    end = datetime(2026, 3, 1, tzinfo=UTC)
    start = end - timedelta(days=LONGEST)
    assert parse_period(start.isoformat(), end.isoformat(), NOW, UTC).start == start
