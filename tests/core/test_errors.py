"""Errors: a refusal is a fact in plain words, and a subclass callers can catch."""

import pytest

from stepaside.core.conversation import Control, IllegalMove, Move
from stepaside.core.errors import InvalidField, Refusal, StepasideError
from stepaside.core.moves import AlreadyClaimed, NotOnStaff, PeopleHaveControl
from stepaside.core.rules import Scenario, ScenarioTaken, TooManyRules
from tests.core.builders import ANN

REFUSALS = [
    IllegalMove(Control.BOT, Move.RELEASE),
    InvalidField("pause.hours", "0 to 23"),
    AlreadyClaimed(ANN.id, ANN.name),
    NotOnStaff(),
    PeopleHaveControl(),
    TooManyRules(3),
    ScenarioTaken(Scenario.HUMAN_REQUESTED),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda r: type(r).__name__)
def test_every_refusal_says_in_a_sentence_what_stands_in_the_way(
    refusal: Refusal,
) -> None:
    assert isinstance(refusal, StepasideError)
    assert len(str(refusal).split()) > 2


def test_an_invalid_field_names_the_field_and_the_rule() -> None:
    refused = InvalidField("pause.hours", "0 to 23")
    assert (refused.field, refused.rule) == ("pause.hours", "0 to 23")
    assert str(refused) == "pause.hours: 0 to 23"


def test_the_holder_is_named_to_whoever_comes_second() -> None:
    assert str(AlreadyClaimed(ANN.id, "Ann")) == "Ann already has this conversation."
    assert AlreadyClaimed(ANN.id, "Ann").holder_id == ANN.id


def test_a_holder_whose_name_is_gone_is_somebody_else() -> None:
    assert str(AlreadyClaimed(ANN.id, "")).startswith("Somebody else already has")
