"""Telling a time honestly."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.effects import GivePromise, Say
from stepaside.core.events import EventType
from stepaside.core.hours import ALL_DAY, Span, WorkingHours, zone
from stepaside.core.plan import hand_over
from stepaside.core.promises import (
    UNKNOWN,
    Pace,
    estimate,
    tells_time,
    usual_time,
)
from stepaside.core.roster import Availability, Roster
from stepaside.core.rules import check_rule
from stepaside.core.terms import Deadlines, Terms
from tests.core.builders import (
    ANN,
    BO,
    DAY,
    EVERYONE,
    HOUR,
    MINUTE,
    NOON,
    a_conversation,
    a_handover,
    a_rule,
    a_situation,
    effects_of,
    for_ann,
    kinds,
    only,
)
from tests.core.strategies import HOURS, INSTANTS

ALWAYS = WorkingHours()
OFFICE = WorkingHours(week=((Span(opens=time(9), closes=time(18)),),) * 5 + ((), ()))
FRIDAY = datetime(2026, 3, 6, 17, 40, tzinfo=UTC)
ALONE = Roster(staff={ANN.id: ANN})
NOBODY = Roster(
    staff={
        ANN.id: replace(ANN, availability=Availability.AWAY),
        BO.id: replace(BO, active=False),
    }
)


def told(
    pace: Pace = UNKNOWN,
    *,
    now: datetime = NOON,
    roster: Roster = ALONE,
    hours: WorkingHours = ALWAYS,
    language: str = "en",
) -> tuple[str, datetime | None]:
    """What the contact hears, and what is held to account."""
    etas = estimate(now, roster, hours, pace=pace, usual=10 * MINUTE)
    return etas[language].words, etas[language].due_at


class TestTheTime:
    """The usual time, longer by how many wait for each person, rounded up."""

    @pytest.mark.parametrize(
        ("minutes", "words", "due"),
        [
            (2, "in about 5 minutes", 5),
            (10, "in about 10 minutes", 10),
            (11, "in about 15 minutes", 15),
            (47, "in about an hour", 60),
            (61, "in about 2 hours", 90),
            (200, "in about 4 hours", 240),
            (1000, "within a day", 1440),
            (1441, "within 2 days", 2880),
            (9999, "within 7 days", 10080),
        ],
    )
    def test_nobody_promises_17_minutes(
        self, minutes: int, words: str, due: int
    ) -> None:
        pace = Pace(usual=minutes * MINUTE)
        assert told(pace) == (words, NOON + due * MINUTE)

    def test_without_a_habit_the_deadline_of_the_first_reply_is_told(self) -> None:
        assert told() == ("in about 10 minutes", NOON + 10 * MINUTE)

    def test_who_waits_before_makes_it_longer_and_who_works_shorter(self) -> None:
        pace = Pace(usual=10 * MINUTE, waiting=3)
        assert told(pace) == ("in about 45 minutes", NOON + 45 * MINUTE)
        assert told(pace, roster=EVERYONE)[0] == "in about 20 minutes"
        assert told(Pace(usual=10 * MINUTE), roster=EVERYONE)[1] == NOON + 10 * MINUTE

    def test_a_long_queue_is_told_in_days_and_not_made_shorter(self) -> None:
        pace = Pace(usual=2 * HOUR, waiting=49)
        assert told(pace) == ("within 5 days", NOON + 5 * DAY)

    def test_beyond_two_weeks_nothing_is_promised(self) -> None:
        assert told(Pace(usual=14 * DAY)) == ("within 14 days", NOON + 14 * DAY)
        assert told(Pace(usual=14 * DAY + MINUTE))[1] is None
        assert told(Pace(usual=80 * HOUR, waiting=1), hours=OFFICE)[1] is None

    def test_while_nobody_is_online_no_time_is_promised(self) -> None:
        assert told(roster=NOBODY) == ("as soon as somebody is free", None)

    def test_where_people_are_never_there_no_time_is_promised(self) -> None:
        never = WorkingHours(week=((),) * 7)
        assert told(hours=never)[1] is None

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("de", "in etwa 10 Minuten"),
            ("fr", "dans environ 10 minutes"),
            ("es", "en unos 10 minutos"),
        ],
    )
    def test_it_is_said_in_other_languages_too(self, language: str, words: str) -> None:
        assert told(language=language)[0] == words

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("de", "innerhalb von 5 Tagen"),
            ("fr", "d’ici 5 jours"),
            ("es", "en el plazo de 5 días"),
            ("it", "entro 5 giorni"),
            ("nl", "binnen 5 dagen"),
            ("pt", "dentro de 5 dias"),
        ],
    )
    def test_so_are_days(self, language: str, words: str) -> None:
        assert told(Pace(usual=100 * HOUR), language=language)[0] == words


class TestOutOfHours:
    """From the next opening on, and held to account in working time."""

    def test_in_the_evening_it_is_the_next_opening(self) -> None:
        evening = datetime(2026, 3, 3, 20, tzinfo=UTC)
        words, due = told(now=evening, hours=OFFICE)
        assert words == "tomorrow from 09:00"
        assert due == datetime(2026, 3, 4, 9, 10, tzinfo=UTC)
        assert (
            told(now=evening, hours=OFFICE, language="de")[0] == "morgen ab 09:00 Uhr"
        )

    def test_just_before_they_close_it_is_the_next_opening_too(self) -> None:
        pace = Pace(usual=30 * MINUTE)
        words, due = told(pace, now=FRIDAY, hours=OFFICE)
        assert words == "on Monday from 09:00"
        assert due == datetime(2026, 3, 9, 9, 10, tzinfo=UTC)

    def test_the_day_is_named_as_seen_from_now_though_they_close_at_midnight(
        self,
    ) -> None:
        late = WorkingHours(week=((Span(opens=time(9), closes=time(0)),),) * 7)
        now = datetime(2026, 3, 3, 23, 50, tzinfo=UTC)
        words, due = told(Pace(usual=30 * MINUTE), now=now, hours=late)
        assert words == "tomorrow from 09:00"
        assert due == datetime(2026, 3, 4, 9, 20, tzinfo=UTC)

    @pytest.mark.parametrize("roster", [ALONE, EVERYONE])
    @pytest.mark.parametrize(
        ("now", "words", "due"),
        [
            (NOON, "on Tuesday, 10 March, from 09:00", (10, 11)),
            (datetime(2026, 3, 2, 20, tzinfo=UTC), "on Tuesday, 10 March", (10, 17)),
        ],
    )
    def test_what_takes_days_of_work_names_the_day_on_which_it_is_done(
        self, roster: Roster, now: datetime, words: str, due: tuple[int, int]
    ) -> None:
        pace = Pace(usual=53 * HOUR, waiting=len(roster.staff) - 1)
        found, due_at = told(pace, now=now, hours=OFFICE, roster=roster)
        assert found.startswith(words)
        assert due_at == datetime(2026, 3, *due, tzinfo=UTC)

    def test_where_an_opening_lasts_for_days_it_is_the_days_that_are_told(self) -> None:
        week = WorkingHours(week=((ALL_DAY,),) * 5 + ((), ()))
        sunday = datetime(2026, 3, 1, 12, tzinfo=UTC)
        pace = Pace(usual=60 * HOUR)
        assert told(pace, now=sunday, hours=week) == ("within 3 days", sunday + 3 * DAY)

    def test_who_is_there_for_a_minute_a_week_promises_no_hours_of_work(self) -> None:
        minute = WorkingHours(
            week=((Span(opens=time(12), closes=time(12, 1)),), *((),) * 6)
        )
        assert told(Pace(usual=4 * HOUR), now=NOON, hours=minute)[1] is None

    def test_out_of_hours_it_does_not_matter_who_is_online_now(self) -> None:
        evening = datetime(2026, 3, 3, 20, tzinfo=UTC)
        assert told(now=evening, hours=OFFICE, roster=NOBODY)[1] is not None


class TestAnyHours:
    """What holds for every week in every zone, however long it takes."""

    @given(HOURS, INSTANTS, st.timedeltas(MINUTE, 20 * DAY))
    def test_what_is_said_is_never_earlier_than_what_is_due(
        self, hours: WorkingHours, now: datetime, length: timedelta
    ) -> None:
        words, due = told(Pace(usual=length), now=now, hours=hours)
        if due is None:
            assert words == "as soon as somebody is free"
            return
        assert hours.working_time_between(now, due) >= length
        assert now < due <= now + 14 * DAY
        if "from" in words:
            assert any(
                now < opening < due <= opening + DAY
                and hours.working_time_between(opening, due) == due - opening
                for opening in openings_called(words, now, hours)
            )
        else:
            assert now + span_called(words) >= due


def span_called(words: str) -> timedelta:
    """How long a contact has to wait who was told so."""
    unit = {"minute": MINUTE, "hour": HOUR, "day": DAY}
    found = re.fullmatch(r"(?:in about|within) (an?|\d+) (minute|hour|day)s?", words)
    assert found, words
    return (1 if found[1].startswith("a") else int(found[1])) * unit[found[2]]


def openings_called(
    words: str, now: datetime, hours: WorkingHours
) -> Iterator[datetime]:
    """The instants that whoever was told so may understand."""
    day, _, clock = words.rpartition(" from ")
    today = hours.local(now).date()
    for ahead in range(16):
        local = datetime.combine(today + ahead * DAY, time.fromisoformat(clock))
        names = {0: "today", 1: "tomorrow"}.get(ahead)
        weekday = f"on {local:%A}"
        if ahead >= 7:
            weekday = f"{weekday}, {local.day} {local:%B},"
        if day == (names or weekday):
            zoned = local.replace(tzinfo=zone(hours.time_zone))
            yield zoned.astimezone(UTC)
            yield zoned.replace(fold=1).astimezone(UTC)


class TestHabit:
    """The middle of the recent ones, in working time."""

    def test_the_middle_one_counts(self) -> None:
        spans = [(NOON, NOON + n * MINUTE) for n in (1, 2, 500)]
        assert usual_time(spans, ALWAYS) == 2 * MINUTE

    def test_two_are_no_habit(self) -> None:
        assert usual_time([(NOON, NOON + MINUTE)] * 2, ALWAYS) is None

    def test_the_night_does_not_count(self) -> None:
        span = (FRIDAY, datetime(2026, 3, 9, 9, 10, tzinfo=UTC))
        assert usual_time([span] * 3, OFFICE) == 30 * MINUTE


class TestTheFinalMessage:
    """`{{eta}}` is a promise, and a promise is kept account of."""

    RULE = for_ann(final_message="Ann answers {{eta}}.")

    def test_the_variable_is_known_in_every_language(self) -> None:
        assert tells_time("We answer {{eta}}.") == "en"
        assert tells_time("Wir antworten {{ eta.de }}.") == "de"
        assert tells_time("We answer {{contact.name}}.") == ""
        check_rule(replace(self.RULE, final_message="{{eta}} {{eta.pt}}"))

    def test_it_is_told_and_recorded(self) -> None:
        s = a_situation(a_conversation(waiting_since=NOON))
        outcome = hand_over(s, a_handover(self.RULE))
        assert only(Say, outcome).text == "Ann answers in about 10 minutes."
        promise = only(GivePromise, outcome)
        assert promise.due_at == outcome.conversation.promised_at == NOON + 10 * MINUTE
        assert promise.words == "in about 10 minutes"
        assert kinds(outcome)[-1] is EventType.PROMISE_GIVEN

    def test_in_german_it_is_the_same_promise(self) -> None:
        rule = replace(self.RULE, final_message="Ann antwortet {{eta.de}}.")
        outcome = hand_over(a_situation(), a_handover(rule))
        assert only(Say, outcome).text == "Ann antwortet in etwa 10 Minuten."
        assert only(GivePromise, outcome).words == "in etwa 10 Minuten"

    def test_without_the_variable_nothing_is_promised(self) -> None:
        outcome = hand_over(a_situation(), a_handover(a_rule()))
        assert effects_of(GivePromise, outcome) == []
        assert outcome.conversation.promised_at is None

    def test_where_no_time_can_be_told_nothing_is_promised(self) -> None:
        s = a_situation(roster=NOBODY)
        rule = a_rule(final_message="We answer {{eta}}.")
        outcome = hand_over(s, a_handover(rule))
        assert only(Say, outcome).text == "We answer as soon as somebody is free."
        assert effects_of(GivePromise, outcome) == []

    def test_without_a_deadline_there_is_still_a_time(self) -> None:
        terms = Terms(deadlines=Deadlines(first_reply=None))
        outcome = hand_over(a_situation(terms=terms), a_handover(self.RULE))
        assert outcome.conversation.promised_at == NOON + 10 * MINUTE

    def test_it_never_falls_after_the_reply_window(self) -> None:
        c = a_conversation(window_closes_at=NOON + 3 * MINUTE)
        outcome = hand_over(a_situation(c), a_handover(self.RULE))
        assert outcome.conversation.promised_at == NOON + 3 * MINUTE
