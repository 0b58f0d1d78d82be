"""How good the detectors are is counted rightly, and with how sure that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.evaluation.figures import area, measure, reliability, share, sweep

PAIRS = [(0.9, True), (0.6, True), (0.2, True), (0.7, False), (0.1, False)]

scored = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def test_recall_false_alarms_and_f1_are_counted_at_the_threshold() -> None:
    found = measure(PAIRS, 0.5)
    assert (found.recall.count, found.recall.of) == (2, 3)
    assert (found.false.count, found.false.of) == (1, 2)
    assert found.f1 == pytest.approx(2 / 3)


def test_a_higher_threshold_finds_less_and_raises_fewer_alarms() -> None:
    found = measure(PAIRS, 0.8)
    assert (found.recall.count, found.false.count) == (1, 0)


def test_an_interval_gets_narrower_with_more_cases() -> None:
    few, many = share(9, 10), share(900, 1000)
    assert few.low < many.low < 0.9 < many.high < few.high


def test_wilsons_interval_is_as_published() -> None:
    # Brown, Cai and DasGupta's example of no success in ten.
    none = share(0, 10)
    assert none.low == 0
    assert none.high == pytest.approx(0.2775, abs=1e-3)


def test_the_area_counts_ties_half() -> None:
    assert area([0.5, 0.9], [0.5, 0.1]) == pytest.approx(3.5 / 4)
    assert area([], [0.1]) is None


def test_reliability_groups_by_tenths() -> None:
    found = reliability([(0.05, False), (0.06, True), (1.0, True)])
    assert [(round(mean, 3), x.count, x.of) for mean, x in found] == [
        (0.055, 1, 2),
        (1.0, 1, 1),
    ]


@given(scored)
def test_every_figure_lies_within_its_interval(pairs: list[tuple[float, bool]]) -> None:
    found = measure(pairs, 0.5)
    for one in (found.recall, found.false, found.precision):
        if one.share is not None:
            assert one.low - 1e-9 <= one.share <= one.high + 1e-9
    assert 0 <= found.calibration <= 1
    recalls = [x.count for _, x, _ in sweep(pairs)]
    assert recalls == sorted(recalls, reverse=True)
