"""How often one may ask."""

from typing import Any

import httpx2
import pytest

from stepaside.api.widget.paces import Pace, Paces, TooOften
from stepaside.live.hub import Hub
from stepaside.pipeline.runtime import Runtime
from tests.widget.conftest import Visitor
from tests.widget.site import widget_app


class Stopwatch:
    """Seconds that pass when a test says so."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def pace(stopwatch: Stopwatch) -> Pace:
    return Pace(burst=2, every=10, clock=stopwatch)


def test_a_burst_is_allowed_and_then_one_more_as_time_passes(
    pace: Pace, stopwatch: Stopwatch
) -> None:
    pace.check("cy")
    pace.check("cy")
    stopwatch.seconds += 4
    with pytest.raises(TooOften) as refused:
        pace.check("cy")
    assert refused.value.wait == pytest.approx(6)

    stopwatch.seconds += 6
    pace.check("cy")
    with pytest.raises(TooOften):
        pace.check("cy")


def test_waiting_long_allows_no_more_than_the_burst(
    pace: Pace, stopwatch: Stopwatch
) -> None:
    pace.check("cy")
    stopwatch.seconds += 1_000_000
    pace.check("cy")
    pace.check("cy")
    with pytest.raises(TooOften):
        pace.check("cy")


def test_one_caller_does_not_slow_another(pace: Pace) -> None:
    pace.check("cy")
    pace.check("cy")
    pace.check("eve")


def test_memory_stays_bounded_however_many_call(pace: Pace) -> None:
    for number in range(10_001):
        pace.check(f"caller {number}")
    pace.check("caller 0")  # forgotten, so that it starts afresh
    pace.check("caller 0")
    with pytest.raises(TooOften):
        pace.check("caller 0")


async def test_a_visitor_who_floods_is_told_when_to_come_back(
    hub: Hub, rt: Runtime, inbox_id: str, stopwatch: Stopwatch
) -> None:
    one = Pace(burst=1, every=7, clock=stopwatch)
    free = Pace(burst=100, every=1, clock=stopwatch)
    paces = Paces(looks=free, begins=free, messages=one, reads=free, signs=free)
    asgi: Any = widget_app(rt, hub, paces=paces)
    transport = httpx2.ASGITransport(app=asgi)
    url = "https://chat.example.org"
    async with httpx2.AsyncClient(transport=transport, base_url=url) as http:
        cy = Visitor(http)
        await cy.begins(inbox_id)
        assert (await cy.writes("One")).status_code == 201

        answer = await cy.writes("Two")

        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "7"
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
        stopwatch.seconds += 7
        assert (await cy.writes("Two")).status_code == 201
