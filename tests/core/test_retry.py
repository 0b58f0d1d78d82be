"""Retries: soon at first, hours apart later, an end, and never all at once."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.retry import (
    FIRST,
    LONGEST,
    MAX_ATTEMPTS,
    AttemptError,
    retry_delay,
)

ATTEMPTS = st.integers(1, MAX_ATTEMPTS - 1)
JITTER = st.floats(0, 1)


def waits(jitter: float = 0.0) -> list[timedelta]:
    found = (retry_delay(n, jitter) for n in range(1, MAX_ATTEMPTS))
    return [wait for wait in found if wait is not None]


def test_the_first_retry_comes_after_two_seconds() -> None:
    assert waits()[0] == timedelta(seconds=2)


def test_each_wait_is_four_times_the_last_up_to_eight_hours() -> None:
    assert len(waits()) == MAX_ATTEMPTS - 1
    for before, after in pairwise(waits()):
        assert after == min(before * 4, LONGEST)
    assert waits()[-1] == timedelta(hours=8)


def test_all_the_retries_together_take_a_day_and_a_half() -> None:
    total = sum(waits(), timedelta())
    assert timedelta(hours=34) < total < timedelta(hours=36)


@pytest.mark.parametrize("attempt", [MAX_ATTEMPTS, MAX_ATTEMPTS + 1, 10_000])
def test_after_the_last_attempt_there_is_no_next(attempt: int) -> None:
    assert retry_delay(attempt, 0.0) is None
    assert retry_delay(attempt, 0.0, timedelta(hours=1)) is None


@given(ATTEMPTS, JITTER)
def test_jitter_shortens_a_wait_by_at_most_a_half(attempt: int, jitter: float) -> None:
    plain, shortened = retry_delay(attempt, 0.0), retry_delay(attempt, jitter)
    assert plain is not None
    assert shortened is not None
    assert plain / 2 <= shortened <= plain


def test_full_jitter_halves_the_wait() -> None:
    assert retry_delay(1, 1.0) == FIRST / 2


@given(ATTEMPTS, JITTER, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_what_the_other_side_asked_for_is_never_cut_short(
    attempt: int, jitter: float, asked: timedelta
) -> None:
    wait, own = retry_delay(attempt, jitter, asked), retry_delay(attempt, jitter)
    assert own is not None
    assert wait == max(own, asked)


def test_what_failed_says_whether_and_when_to_try_again() -> None:
    minute = timedelta(minutes=1)
    busy = AttemptError("busy", retry=True, retry_after=minute)
    assert (str(busy), busy.retry, busy.retry_after) == ("busy", True, minute)
    assert AttemptError("gone", retry=False).retry_after is None
