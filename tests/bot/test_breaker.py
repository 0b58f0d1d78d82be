"""How long a language model that failed is left alone."""

from datetime import timedelta

from stepaside.bot.llm.breaker import FAILURES, LONGEST, REST, Breaker
from tests.world import Clock


def test_it_rests_as_long_as_it_asked_and_is_asked_again() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(12)
    clock.advance(timedelta(seconds=4))
    assert not breaker.may_try()
    assert breaker.left() == 8
    clock.advance(timedelta(seconds=8))
    assert breaker.may_try()


def test_it_never_rests_for_hours_whatever_it_asks_for() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(86_400)
    clock.advance(LONGEST)
    assert breaker.may_try()


def test_it_rests_no_shorter_for_having_asked_for_a_moment() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.failed(1)
    assert breaker.left() == REST.total_seconds()
