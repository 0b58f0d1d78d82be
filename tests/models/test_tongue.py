"""The language of a text is told well enough to choose who reads it."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.models.tongue import UNKNOWN, seems_english, spoken, tongue

PUBLIC = Path(__file__).parents[2] / "data/public/human_request_public_train.jsonl.gz"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel?", "en"),
        ("Wo ist mein Paket?", "de"),
        ("¿Dónde está mi paquete?", "es"),
        ("Où est mon colis ?", "fr"),
        ("Kdy mi přijde můj balík?", "cs"),
        ("荷物はどこですか", "ja"),
        ("包裹在哪里", "zh"),
        ("Где моя посылка?", "ru"),
        ("Де моя посилка, вже їде?", "uk"),
        ("4711-22", UNKNOWN),
        ("PayPal?", UNKNOWN),
    ],
)
def test_scripts_and_small_words_tell_the_language(text: str, language: str) -> None:
    assert tongue(text) == language


@pytest.mark.parametrize(
    "text", ["password reset", "money back?", "where is it", "", "42"]
)
def test_a_few_english_words_are_taken_for_english(text: str) -> None:
    assert seems_english(text)


@pytest.mark.parametrize(
    "text", ["Rechnung?", "quanto costa", "cuanto tarda el envio", "şifremi unuttum"]
)
def test_a_few_foreign_words_are_not(text: str) -> None:
    assert not seems_english(text)


def test_nearly_all_english_messages_are_taken_for_english() -> None:
    with gzip.open(PUBLIC, "rt", encoding="utf-8") as lines:
        said = [json.loads(x)["text"] for x in lines][::10]
    assert sum(map(seems_english, said)) / len(said) > 0.99


def test_texts_whose_language_is_not_told_may_be_in_the_same() -> None:
    assert spoken("PayPal?").same(spoken("Can I pay with PayPal?"))
    assert not spoken("Wo ist sie?").same(spoken("Où est mon colis ?"))


@given(st.text(max_size=500))
def test_any_text_has_a_language_or_none(text: str) -> None:
    found = spoken(text)
    assert found.same(found)
    assert len(found.language) in (0, 2)
