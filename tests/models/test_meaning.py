"""Texts that mean the same lie close together."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.models.meaning import SIZE, meaning


def alike(a: str, b: str) -> float:
    return float(meaning().embed(a) @ meaning().embed(b))


def test_other_words_for_the_same_are_closer_than_another_topic() -> None:
    asked = "my card was stolen"
    assert alike(asked, "I lost my debit card") > 0.45
    assert alike(asked, "what is the weather in Paris") < 0.2


def test_the_same_text_is_alike_and_nothing_is_like_nothing() -> None:
    assert math.isclose(alike("open an account", "open an account"), 1, abs_tol=1e-4)
    assert alike("", "open an account") == 0


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_vector_of_length_one_or_none(text: str) -> None:
    vector = meaning().embed(text)
    assert vector.shape == (SIZE,)
    length = float(vector @ vector)
    assert math.isclose(length, 1, abs_tol=1e-3) or length == 0
