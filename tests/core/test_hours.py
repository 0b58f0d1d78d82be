"""Working hours: open and closed by the clock on the wall, counted in real time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.errors import InvalidField
from stepaside.core.hours import (
    ALL_DAY,
    ALWAYS,
    Holiday,
    Span,
    Week,
    WorkingHours,
    check_hours,
    known_zone,
)
from tests.core.strategies import CHANGES, HOURS, INSTANTS

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAY, NONE = timedelta(days=1), timedelta(0)


def span(opens: str, closes: str) -> Span:
    return Span(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def weekdays(*spans: Span) -> Week:
    return (spans,) * 5 + ((), ())


def at(text: str, zone: str = "UTC") -> datetime:
    """A local time as the instant it is; "fold" marks its second occurrence."""
    local, _, fold = text.partition(" fold")
    naive = datetime.fromisoformat(local)
    tz = ZoneInfo(zone)
    return naive.replace(tzinfo=tz, fold=int(bool(fold or "fold" in text))).astimezone(
        UTC
    )


NINE_TO_FIVE: Final = span("09:00", "17:00")
OFFICE: Final = WorkingHours(
    time_zone="Europe/Berlin",
    week=weekdays(span("09:00", "12:30"), span("13:30", "17:00")),
    holidays=(
        Holiday(first=date(2026, 12, 24), last=date(2027, 1, 1)),
        Holiday(first=date(2020, 10, 3), last=date(2020, 10, 3), yearly=True),
    ),
)
"""Berlin, with a break at noon. 2 March 2026 is a Monday."""


def berlin(text: str) -> datetime:
    return at(text, "Europe/Berlin")


class TestAlways:
    """Nobody has to say anything to be open always."""

    def test_hours_nobody_set_are_always_open(self) -> None:
        hours, now = WorkingHours(), at("2026-03-01T03:00")
        assert hours.is_open(now)
        assert hours.next_opening(now) == now
        assert hours.closes_at(now) is None
        assert hours.add_working_time(now, HOUR) == now + HOUR
        assert hours.working_time_between(now, now + DAY) == DAY

    def test_a_week_of_whole_days_with_one_holiday_closes_for_that_day_alone(
        self,
    ) -> None:
        hours = WorkingHours(
            holidays=(Holiday(first=date(2026, 3, 4), last=date(2026, 3, 4)),)
        )
        now = at("2026-03-02T10:00")
        assert hours.closes_at(now) == at("2026-03-04T00:00")
        assert hours.next_opening(at("2026-03-04T12:00")) == at("2026-03-05T00:00")
        assert hours.working_time_between(now, now + 4 * DAY) == 3 * DAY


class TestOfficeHours:
    """Monday to Friday with a break, in the business's own time."""

    @pytest.mark.parametrize(
        ("local", "is_open"),
        [
            ("2026-03-02T08:59", False),
            ("2026-03-02T09:00", True),
            ("2026-03-02T12:30", False),
            ("2026-03-02T13:30", True),
            ("2026-03-02T16:59", True),
            ("2026-03-02T17:00", False),
            ("2026-03-07T10:00", False),
            ("2026-12-24T10:00", False),
            ("2027-01-01T10:00", False),
            ("2026-10-02T10:00", True),
            ("2028-10-03T10:00", False),
        ],
    )
    def test_it_is_open_by_the_clock_on_the_wall(
        self, local: str, is_open: bool
    ) -> None:
        assert OFFICE.is_open(berlin(local)) is is_open

    @pytest.mark.parametrize(
        ("local", "opening"),
        [
            ("2026-03-02T10:00", "2026-03-02T10:00"),
            ("2026-03-02T12:45", "2026-03-02T13:30"),
            ("2026-03-06T17:00", "2026-03-09T09:00"),
            ("2026-12-23T18:00", "2027-01-04T09:00"),
        ],
    )
    def test_the_next_opening_passes_over_nights_weekends_and_holidays(
        self, local: str, opening: str
    ) -> None:
        assert OFFICE.next_opening(berlin(local)) == berlin(opening)

    def test_it_closes_at_the_end_of_the_span_one_is_in(self) -> None:
        assert OFFICE.closes_at(berlin("2026-03-02T10:00")) == berlin(
            "2026-03-02T12:30"
        )
        assert OFFICE.closes_at(berlin("2026-03-02T12:30")) is None

    def test_eight_working_hours_from_friday_afternoon_end_on_monday(self) -> None:
        due = OFFICE.add_working_time(berlin("2026-03-06T15:00"), 8 * HOUR)
        assert due == berlin("2026-03-09T16:00")

    def test_working_time_that_ends_with_the_day_ends_at_closing_time(self) -> None:
        due = OFFICE.add_working_time(berlin("2026-03-02T16:00"), HOUR)
        assert due == berlin("2026-03-02T17:00")

    def test_no_working_time_leaves_the_instant_as_it_is(self) -> None:
        night = berlin("2026-03-02T23:00")
        assert OFFICE.add_working_time(night, NONE) == night

    def test_a_week_holds_thirty_five_working_hours(self) -> None:
        monday = berlin("2026-03-02T00:00")
        assert OFFICE.working_time_between(monday, monday + 7 * DAY) == 35 * HOUR
        assert OFFICE.working_time_between(monday + DAY, monday) == NONE

    def test_working_time_cannot_be_taken_away(self) -> None:
        with pytest.raises(ValueError, match="positive"):
            OFFICE.add_working_time(berlin("2026-03-02T10:00"), -HOUR)


class TestOpensAgain:
    """The opening after the next closing."""

    @pytest.mark.parametrize(
        ("local", "opening"),
        [
            ("2026-03-02T10:00", "2026-03-02T13:30"),
            ("2026-03-02T14:00", "2026-03-03T09:00"),
            ("2026-03-02T18:00", "2026-03-03T09:00"),
        ],
    )
    def test_it_is_never_the_one_people_are_in(self, local: str, opening: str) -> None:
        assert OFFICE.opens_again(berlin(local)) == berlin(opening)

    def test_what_never_closes_does_not_open_again(self) -> None:
        assert WorkingHours().opens_again(berlin("2026-03-02T10:00")) is None


class TestOpeningBefore:
    """The opening of the stretch in which something is done."""

    @pytest.mark.parametrize(
        ("due", "opening"),
        [
            ("2026-03-02T12:30", "2026-03-02T10:00"),
            ("2026-03-02T13:40", "2026-03-02T13:30"),
            ("2026-03-04T17:00", "2026-03-04T13:30"),
        ],
    )
    def test_it_is_now_where_nobody_goes_home_before(
        self, due: str, opening: str
    ) -> None:
        now = berlin("2026-03-02T10:00")
        assert OFFICE.opening_before(berlin(due), now) == berlin(opening)

    def test_midnight_parts_nothing_where_it_stays_open(self) -> None:
        hours = WorkingHours(week=weekdays(ALL_DAY))
        saturday = at("2026-02-28T12:00")
        due = at("2026-03-04T12:00")
        assert hours.opening_before(due, saturday) == at("2026-03-02T00:00")


class TestNights:
    """Spans over midnight belong to the day they begin on."""

    NIGHT = WorkingHours(
        week=((span("22:00", "06:00"),),) * 7,
        holidays=(Holiday(first=date(2026, 3, 4), last=date(2026, 3, 4)),),
    )

    def test_a_night_shift_runs_on_into_the_next_day(self) -> None:
        assert self.NIGHT.is_open(at("2026-03-03T05:59"))
        assert self.NIGHT.closes_at(at("2026-03-02T23:00")) == at("2026-03-03T06:00")

    def test_a_holiday_ends_the_night_at_midnight_and_has_none_of_its_own(self) -> None:
        assert self.NIGHT.closes_at(at("2026-03-03T23:00")) == at("2026-03-04T00:00")
        assert self.NIGHT.next_opening(at("2026-03-04T00:00")) == at("2026-03-05T22:00")

    def test_spans_that_touch_are_one_open_stretch(self) -> None:
        hours = WorkingHours(week=((span("08:00", "00:00"),), (ALL_DAY,), *((),) * 5))
        assert hours.closes_at(at("2026-03-02T09:00")) == at("2026-03-04T00:00")


class TestHolidays:
    """Once or every year, a day or many."""

    def test_a_yearly_holiday_may_run_over_new_year(self) -> None:
        rest = Holiday(first=date(2020, 12, 30), last=date(2021, 1, 2), yearly=True)
        assert rest.covers(date(2026, 12, 31))
        assert rest.covers(date(2026, 1, 1))
        assert not rest.covers(date(2026, 1, 3))

    def test_a_yearly_holiday_within_a_year_returns(self) -> None:
        may = Holiday(first=date(2020, 5, 1), last=date(2020, 5, 1), yearly=True)
        assert may.covers(date(2031, 5, 1))
        assert not may.covers(date(2031, 5, 2))


class TestClockChanges:
    """Local times that do not exist, and those that exist twice."""

    EARLY = WorkingHours(
        time_zone="Europe/Berlin", week=((span("02:30", "10:00"),),) * 7
    )

    def test_an_opening_in_the_skipped_hour_happens_when_the_clock_jumps(self) -> None:
        night = berlin("2026-03-29T00:30")
        assert self.EARLY.next_opening(night) == at("2026-03-29T01:00")

    def test_a_closing_in_the_skipped_hour_happens_when_the_clock_jumps(self) -> None:
        hours = WorkingHours(
            time_zone="Europe/Berlin", week=((span("00:00", "02:30"),),) * 7
        )
        assert hours.closes_at(berlin("2026-03-29T01:00")) == at("2026-03-29T01:00")

    def test_a_span_wholly_in_the_skipped_hour_does_not_happen(self) -> None:
        hours = WorkingHours(
            time_zone="Europe/Berlin", week=((span("02:10", "02:50"),),) * 7
        )
        assert hours.next_opening(berlin("2026-03-29T01:00")) == berlin(
            "2026-03-30T02:10"
        )

    def test_an_hour_that_comes_twice_is_open_both_times(self) -> None:
        first = berlin("2026-10-25T02:30")
        second = berlin("2026-10-25T02:30 fold")
        assert second - first == HOUR
        assert self.EARLY.next_opening(berlin("2026-10-25T00:00")) == first
        assert self.EARLY.working_time_between(first, second) == HOUR

    def test_a_closing_that_comes_twice_counts_the_second_time(self) -> None:
        hours = WorkingHours(
            time_zone="Europe/Berlin", week=((span("00:00", "02:30"),),) * 7
        )
        assert hours.closes_at(berlin("2026-10-25T01:00")) == berlin(
            "2026-10-25T02:30 fold"
        )

    def test_a_working_day_is_as_long_as_it_really_is(self) -> None:
        spring, autumn = berlin("2026-03-29T00:00"), berlin("2026-10-25T00:00")
        nights = WorkingHours(
            time_zone="Europe/Berlin", week=((span("00:00", "06:00"),),) * 7
        )
        assert nights.working_time_between(spring, spring + 12 * HOUR) == 5 * HOUR
        assert nights.working_time_between(autumn, autumn + 12 * HOUR) == 7 * HOUR

    def test_a_day_that_a_zone_left_out_has_no_hours(self) -> None:
        """Samoa crossed the date line: there was no 30 December 2011."""
        hours = WorkingHours(time_zone="Pacific/Apia", week=((NINE_TO_FIVE,),) * 7)
        after_work = at("2011-12-29T18:00", "Pacific/Apia")
        assert hours.next_opening(after_work) == at("2011-12-31T09:00", "Pacific/Apia")


class TestNever:
    """Hours that never open must not leave a deadline without an instant."""

    NEVER = WorkingHours(week=((),) * 7)

    def test_what_never_opens_has_no_opening_and_no_closing(self) -> None:
        now = at("2026-03-02T10:00")
        assert not self.NEVER.is_open(now)
        assert self.NEVER.next_opening(now) is None
        assert self.NEVER.closes_at(now) is None

    def test_a_deadline_counts_by_the_plain_clock_then(self) -> None:
        now = at("2026-03-02T10:00")
        assert self.NEVER.add_working_time(now, HOUR) == now + HOUR


class TestLimits:
    """What a form may say."""

    def test_sensible_hours_pass(self) -> None:
        assert check_hours(OFFICE) is OFFICE
        assert check_hours(WorkingHours()).week == ALWAYS

    @pytest.mark.parametrize(
        ("hours", "field"),
        [
            (WorkingHours(time_zone="Mars/Base"), "time_zone"),
            (WorkingHours(time_zone="../etc/passwd"), "time_zone"),
            (WorkingHours(week=((),) * 7), "working_hours"),
            (
                WorkingHours(
                    week=((), (NINE_TO_FIVE, span("16:00", "18:00")), *((),) * 5)
                ),
                "working_hours.tuesday",
            ),
            (
                WorkingHours(
                    week=(
                        tuple(span(f"{h:02}:00", f"{h:02}:30") for h in range(13)),
                        *((),) * 6,
                    )
                ),
                "working_hours.monday",
            ),
            (
                WorkingHours(
                    holidays=(Holiday(first=date(2026, 1, 2), last=date(2026, 1, 1)),)
                ),
                "holidays",
            ),
            (
                WorkingHours(
                    holidays=(Holiday(first=date(2026, 1, 1), last=date(2027, 1, 1)),)
                ),
                "holidays",
            ),
            (
                WorkingHours(
                    holidays=(
                        Holiday(
                            first=date(2026, 1, 1),
                            last=date(2026, 1, 1),
                            name="x" * 101,
                        ),
                    )
                ),
                "holidays",
            ),
            (
                WorkingHours(
                    holidays=(Holiday(first=date(2026, 1, 1), last=date(2026, 1, 1)),)
                    * 401
                ),
                "holidays",
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_its_field(
        self, hours: WorkingHours, field: str
    ) -> None:
        with pytest.raises(InvalidField) as refused:
            check_hours(hours)
        assert refused.value.field == field

    @pytest.mark.parametrize("name", ["", "/", "Europe", "Europe/", "\0", "a" * 5000])
    def test_a_name_that_is_no_zone_is_not_known(self, name: str) -> None:
        assert not known_zone(name)


def on_the_wall(hours: WorkingHours, instant: datetime) -> bool | None:
    """Whether the clock on the wall says open; None where it shows a time twice."""
    local = hours.local(instant)
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        return None
    wall, today = local.replace(tzinfo=None), local.date()
    closed = {day for day in (today, today - DAY) if hours._holiday(day)}
    if today in closed:
        return False
    for day in (today - DAY, today):
        for span in () if day in closed else hours.week[day.weekday()]:
            opens = datetime.combine(day, span.opens)
            if opens <= wall < opens + span.length:
                return True
    return False


class TestAnyHours:
    """What holds for every week in every zone."""

    @given(HOURS, INSTANTS)
    def test_open_is_what_the_clock_on_the_wall_says(
        self, hours: WorkingHours, now: datetime
    ) -> None:
        expected = on_the_wall(hours, now)
        assert expected is None or hours.is_open(now) is expected

    @given(HOURS, INSTANTS)
    def test_the_next_opening_is_open_and_nothing_before_it_is(
        self, hours: WorkingHours, now: datetime
    ) -> None:
        opening = hours.next_opening(now)
        if opening is None:
            assert hours.working_time_between(now, now + 400 * DAY) == NONE
        else:
            assert opening >= now
            assert hours.is_open(opening)
            assert hours.working_time_between(now, opening) == NONE
            assert opening == now or not hours.is_open(opening - MINUTE / 60)

    @given(HOURS, INSTANTS)
    def test_it_is_open_until_the_closing_and_not_at_it(
        self, hours: WorkingHours, now: datetime
    ) -> None:
        closing = hours.closes_at(now)
        if closing is not None:
            assert hours.is_open(now)
            assert hours.is_open(closing - MINUTE / 60)
            assert not hours.is_open(closing)
            assert hours.working_time_between(now, closing) == closing - now

    @given(HOURS, INSTANTS, st.timedeltas(NONE, timedelta(hours=90)))
    def test_added_working_time_is_found_again_and_is_the_earliest(
        self, hours: WorkingHours, now: datetime, duration: timedelta
    ) -> None:
        due = hours.add_working_time(now, duration)
        if hours.next_opening(now) is None:
            assert due == now + duration
        else:
            assert hours.working_time_between(now, due) == duration
            sooner = due - timedelta(microseconds=1)
            assert not duration or hours.working_time_between(now, sooner) < duration

    @given(HOURS, INSTANTS, st.timedeltas(NONE, 9 * DAY), st.timedeltas(NONE, 9 * DAY))
    def test_working_time_adds_up(
        self, hours: WorkingHours, a: datetime, one: timedelta, two: timedelta
    ) -> None:
        b, c = a + one, a + one + two
        whole = hours.working_time_between(a, c)
        assert whole == hours.working_time_between(a, b) + hours.working_time_between(
            b, c
        )
        assert NONE <= whole <= c - a

    @given(HOURS, st.integers(0, 5))
    def test_working_time_is_the_sum_of_its_open_minutes(
        self, hours: WorkingHours, change: int
    ) -> None:
        a, step = CHANGES[change] - 9 * HOUR, 5 * MINUTE
        minutes = [a + step * n for n in range(12 * 36)]
        counted = sum((step for m in minutes if hours.is_open(m)), NONE)
        assert hours.working_time_between(a, minutes[-1] + step) == counted
