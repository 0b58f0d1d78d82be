"""Examples are understood by what they mean, and none makes a rule fire on all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.detectors.alike import Pattern, each, together
from stepaside.models.multilingual import embed
from stepaside.models.ordinary import nearness, ordinary, usual_nearness

CANCEL = ("I want to cancel my subscription", "Please end my contract")


def pattern(*phrases: str, condition: str = "") -> Pattern:
    found = together(phrases, condition)
    assert found
    return found


@pytest.mark.parametrize(
    "said",
    [
        "stop my membership please",
        "Ich möchte mein Abo kündigen",
        "Je souhaite résilier mon abonnement",
        "サブスクリプションを解約したいです",
        "Хочу отменить подписку",
    ],
)
def test_the_same_in_other_words_and_languages_is_alike(said: str) -> None:
    assert pattern(*CANCEL).log_odds(said) > 0


@pytest.mark.parametrize(
    "said", ["where is my order", "Wie ist das Wetter?", "hello", "", "?!"]
)
def test_something_else_is_not(said: str) -> None:
    assert pattern(*CANCEL).log_odds(said) < -1


@pytest.mark.parametrize(
    "broad",
    [
        ("hello",),
        ("I have a question", "I need help", "Can you help me?"),
        ("where is my order", "my card does not work", "how much is it"),
        ("a", "the", "my"),
    ],
)
def test_however_broad_the_examples_few_ordinary_messages_fire(
    broad: tuple[str, ...],
) -> None:
    for found in (together(broad), each(broad)):
        assert found
        alike = (ordinary() @ found.centres.T).max(axis=1) - 0.8 * usual_nearness()
        assert (alike >= found.acts_at).mean() <= 0.01


def test_one_limit_holds_for_all_phrases_together() -> None:
    one, many = each(CANCEL[:1]), each((*CANCEL, "hello", "I need help", "my card"))
    assert one
    assert many
    assert many.acts_at > one.acts_at
    assert many.nearest("end our contract") == 1


def test_no_example_is_no_pattern() -> None:
    assert together(()) is None
    assert each(()) is None
    assert together((" ", "?!")) is None
    assert together((), "wants to cancel the subscription") is not None


def test_an_ordinary_message_is_near_to_others() -> None:
    usual = nearness(embed("where is my order"))
    assert usual > nearness(embed("purple trumpets argue about geometry")) + 0.2


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200), st.text(max_size=80), st.text(max_size=80))
def test_any_text_and_any_example_can_be_compared(
    said: str, phrase: str, condition: str
) -> None:
    found = together((phrase,), condition)
    if found:
        assert -60 < found.log_odds(said) < 60
