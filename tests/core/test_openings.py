"""Telling when people are there again, as one says it."""

from datetime import UTC, datetime, time

import pytest

from stepaside.core.hours import Span, WorkingHours
from stepaside.core.openings import LANGUAGES, opening_in_words, openings

NINE_TO_FIVE = Span(opens=time(9), closes=time(17))
WEEKDAYS = WorkingHours(
    time_zone="Europe/Berlin", week=((NINE_TO_FIVE,),) * 5 + ((), ())
)
MONDAYS = WorkingHours(week=((NINE_TO_FIVE,), *((),) * 6))


def berlin(day: int, hour: int) -> datetime:
    """An hour of a day in March 2026, in Berlin's winter time. The 2nd is a Monday."""
    return datetime(2026, 3, day, hour - 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (berlin(2, 6), "today at 09:00"),
        (berlin(2, 18), "tomorrow at 09:00"),
        (berlin(6, 18), "on Monday at 09:00"),
    ],
)
def test_it_is_told_in_the_businesss_own_time(now: datetime, words: str) -> None:
    assert opening_in_words(WEEKDAYS, now) == words


def test_a_week_ahead_the_date_comes_with_it() -> None:
    now = datetime(2026, 3, 2, 18, tzinfo=UTC)
    assert opening_in_words(MONDAYS, now) == "on Monday, 9 March, at 09:00"


def test_while_it_is_open_there_is_nothing_to_tell() -> None:
    assert opening_in_words(WEEKDAYS, berlin(2, 10)) == ""


def test_what_never_opens_promises_nothing() -> None:
    assert opening_in_words(WorkingHours(week=((),) * 7), berlin(2, 10)) == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "am Montag um 09:00 Uhr"),
        ("fr", "lundi à 09:00"),
        ("es", "el lunes a las 09:00"),
        ("it", "lunedì alle 09:00"),
        ("nl", "maandag om 09:00"),
        ("pt", "segunda-feira às 09:00"),
        ("xx", "on Monday at 09:00"),
    ],
)
def test_it_is_told_in_many_languages(language: str, words: str) -> None:
    assert opening_in_words(WEEKDAYS, berlin(6, 18), language) == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_can_tell_every_day_and_month(language: str) -> None:
    for month in range(1, 13):
        for day in range(1, 8):
            now = datetime(2026, month, day, 18, tzinfo=UTC)
            words = opening_in_words(MONDAYS, now, language)
            assert "09:00" in words
            assert "{" not in words


def test_every_form_has_its_variable() -> None:
    values = openings(WEEKDAYS, berlin(6, 18))
    assert values["next_opening"] == values["next_opening.en"] == "on Monday at 09:00"
    assert set(values) == {"next_opening", *(f"next_opening.{x}" for x in LANGUAGES)}
