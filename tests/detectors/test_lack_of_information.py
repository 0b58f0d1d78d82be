"""The knowledge holds an answer, or does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.core.signal import Signal, SignalName
from stepaside.detectors import lack_of_information

QUESTION = "how do I order a new card"


def judge(question: str, *passages: tuple[str, str, float]) -> Signal:
    return lack_of_information.detect(question, passages)


def test_s61_nothing_found_is_a_lack() -> None:
    signal = judge(QUESTION)
    assert signal.acts
    assert signal.name is SignalName.LACK_OF_INFORMATION


def test_a_passage_that_fits_is_none() -> None:
    signal = judge(QUESTION, ("Order a card", "Tap on Cards.", 0.9))
    assert not signal.acts
    assert signal.evidence == "Order a card"


def test_a_passage_that_hardly_fits_is_a_lack() -> None:
    assert judge(QUESTION, ("Parking", "Park behind the house.", 0.1)).acts


def test_the_better_it_fits_the_lower_the_score() -> None:
    likenesses = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    scores = [judge(QUESTION, ("A", "b", x)).score for x in likenesses]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    "said",
    ["hello", "Hi!", "thanks", "ok", "yes please", "no", "merci", "你好", "👍", ""],
)
def test_what_asks_nothing_lacks_nothing(said: str) -> None:
    assert not judge(said).acts


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.floats(0, 1))
def test_any_text_gets_a_score(question: str, likeness: float) -> None:
    assert 0 <= judge(question, ("a", "b", likeness)).score <= 1
