"""Signals: calibrated scores that say something only from a half on."""

import pytest

from stepaside.core.signal import ACTS_AT, Signal, SignalName


@pytest.mark.parametrize(
    ("score", "acts"), [(0.0, False), (0.49, False), (ACTS_AT, True), (1.0, True)]
)
def test_a_signal_acts_from_a_half_on(score: float, acts: bool) -> None:
    signal = Signal(name=SignalName.HUMAN_REQUESTED, score=score)
    assert signal.acts is acts


@pytest.mark.parametrize("score", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_score_that_is_no_probability_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="within 0 and 1"):
        Signal(name=SignalName.SOLVED, score=score)


def test_two_signals_do_not_share_their_details() -> None:
    first = Signal(name=SignalName.SOLVED, score=1)
    first.details["similarity"] = 0.9
    assert Signal(name=SignalName.SOLVED, score=1).details == {}
