"""The encoder reads a message in its context, in any language."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.models.encoder import encoder, log_odds

OFFER = "Would you like to talk to one of my colleagues?"


@pytest.mark.parametrize(
    ("asking", "not_asking"),
    [
        ("please get me a real person", "please do not get me a person"),
        ("Ich will mit einem Menschen reden", "Ich will mit keinem Menschen reden"),
        ("quiero hablar con alguien de su equipo", "no quiero hablar con nadie"),
        ("我要跟真人说话", "我不想跟任何人说话"),
        ("соедините меня с человеком", "не соединяйте меня ни с кем"),
    ],
)
def test_a_request_and_its_denial_are_told_apart(asking: str, not_asking: str) -> None:
    (yes,), (no,) = (log_odds("human_requested", x) for x in (asking, not_asking))
    assert yes > 0 > no


def test_yes_means_what_was_asked_before() -> None:
    (offered,) = log_odds("human_requested", "yes please", OFFER)
    (other,) = log_odds("human_requested", "yes please", "Shall I cancel your order?")
    assert offered > other


def test_what_was_said_before_counts_less_than_what_is_said_now() -> None:
    (offered,) = log_odds("human_requested", "where is my parcel?", OFFER)
    (accepted,) = log_odds("human_requested", "yes, do that please", OFFER)
    assert offered < accepted


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_gets_a_number(text: str, before: str) -> None:
    for head in ("human_requested", "outcome"):
        assert all(map(math.isfinite, encoder().log_odds(head, (text, before))))
