"""Knowledge answers in the languages of the vectors, as well as the model card says."""

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from stepaside.bot.knowledge import KnowledgeIndex

SCRIPT = Path(__file__).parents[2] / "data/languages.py"


@pytest.fixture(scope="module")
def languages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("languages", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("names", "answered", "off_topic", "same_field"),
    [
        (("lamps",), 0.85, 0.05, 0.65),
        (("northwind",), 0.85, 0.05, 0.40),
        (("fahrradverleih", "gimnasio", "ryokan"), 0.78, 0.12, 0.30),
    ],
)
def test_questions_across_languages_are_answered_and_others_are_not(
    languages: ModuleType,
    names: tuple[str, ...],
    answered: float,
    off_topic: float,
    same_field: float,
) -> None:
    asked: Counter[str] = Counter()
    would: Counter[str] = Counter()
    for name in names:
        index = KnowledgeIndex.build(languages.articles(name))
        for _, kind, _, text in languages.questions(name):
            found = index.search(text, 1)
            asked[kind] += 1
            would[kind] += bool(found) and found[0].score >= 0.5
    assert would["+"] >= answered * asked["+"], would
    assert would["0"] <= off_topic * asked["0"], would
    assert would["-"] <= same_field * asked["-"], would
