"""A custom rule's condition holds, or does not."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.core.ids import RuleId
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors import custom

RULE = RuleId("rul_legal")
CONDITION = "The contact mentions legal action, or a lawyer"
PHRASES = ("I will sue you", "You will hear from my lawyer")


def judge(said: str, *phrases: str, condition: str = CONDITION) -> Signal:
    burst = (Line(author=Author.CONTACT, text=said),)
    return custom.detect(Turn(burst=burst), condition, phrases or PHRASES, RULE)


def test_what_an_example_says_meets_the_condition() -> None:
    signal = judge("you will be hearing from my lawyer soon")
    assert signal.acts
    assert signal.name is SignalName.CUSTOM
    assert signal.rule_id == RULE
    assert signal.evidence


def test_naming_what_the_condition_speaks_of_meets_it() -> None:
    assert judge("my lawyers have been informed").acts


def test_an_ordinary_message_does_not_meet_it() -> None:
    for said in ("where is my order", "hello", "I want a refund", "you will see", "??"):
        signal = judge(said)
        assert not signal.acts
        assert not signal.evidence


def test_one_short_example_does_not_fire_on_everything() -> None:
    assert not judge("I want my order", "I", condition="never").acts


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=80), st.text(max_size=80))
def test_any_text_gets_a_score(said: str, phrase: str, condition: str) -> None:
    assert 0 <= judge(said, phrase, condition=condition).score <= 1


def test_the_condition_is_met_in_other_words_and_other_languages() -> None:
    for said in (
        "see you in court then",
        "Ich schalte jetzt meinen Anwalt ein",
        "Mon avocat va prendre contact avec vous",
        "弁護士に相談して訴えます",
    ):
        signal = judge(said)
        assert signal.acts, said
        assert signal.reason


def test_what_is_meant_is_found_in_a_long_message() -> None:
    said = (
        "Hello, I ordered a lamp two weeks ago. It came with a broken shade. If this "
        "is not settled by Friday you will be hearing from my solicitor. Kind regards"
    )
    signal = judge(said)
    assert signal.acts
    assert "solicitor" in signal.evidence


def test_a_flood_is_judged_in_bounded_time() -> None:
    flood = [f"Message {i} of very many. And {i} again." for i in range(300)]
    lines = (Line(author=Author.CONTACT, text=x) for x in (*flood, "I will sue you"))
    began = time.process_time()
    signal = custom.detect(Turn(burst=tuple(lines)), CONDITION, PHRASES, RULE)
    assert time.process_time() - began < 6  # 0.2 s alone on a core
    assert signal.acts


def test_words_decide_in_a_language_that_the_vectors_do_not_know() -> None:
    vet = "Tôi sẽ kiện công ty ra tòa"
    assert judge("tôi sẽ kiện công ty của bạn ra tòa", vet, condition="").acts
