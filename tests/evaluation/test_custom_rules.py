"""Owners' own rules and phrases hold as well as the model card says."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stepaside.core.rules import DEFAULT_PHRASES
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors import human_requested

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def data() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DATA))
        spec = importlib.util.spec_from_file_location("custom", DATA / "custom.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, "custom", module)
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "found", "near"), [("rules", 0.88, 0.30), ("held_out", 0.70, 0.25)]
)
def test_rules_fire_on_what_meets_them_and_seldom_on_other_messages(
    data: ModuleType, name: str, found: float, near: float
) -> None:
    messages = data.unseen_messages(every=40)
    total = [0] * 6
    for rule in data.rules(name):
        counts = data.counted(rule, messages)
        assert counts[4] <= 0.02 * counts[5], rule.name
        total = [x + y for x, y in zip(total, counts, strict=True)]
    assert total[0] >= found * total[1], total
    assert total[2] <= near * total[3], total
    assert total[4] <= 0.006 * total[5], total


def test_owners_phrases_find_what_they_mean_and_nothing_near_it(
    data: ModuleType,
) -> None:
    missed, false = [], []
    for rule in data.rules("phrases"):
        phrases = (*DEFAULT_PHRASES, *rule.examples)
        missed += [x for x in rule.meets if not _asks(x, phrases)]
        false += [x for x in rule.near if _asks(x, phrases)]
    assert len(missed) <= 1, missed
    assert len(false) <= 1, false


def test_a_broad_phrase_does_not_make_everything_a_request(data: ModuleType) -> None:
    broad = (*DEFAULT_PHRASES, "help", "I need help", "my order", "I have a question")
    plain = (x for x in data.unseen_messages(every=40) if not _asks(x, DEFAULT_PHRASES))
    fired = [x for x in plain if _asks(x, broad)]
    assert len(fired) <= 2, fired


def _asks(text: str, phrases: tuple[str, ...]) -> bool:
    turn = Turn(burst=(Line(author=Author.CONTACT, text=text),))
    return human_requested.detect(turn, phrases).acts
