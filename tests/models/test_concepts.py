"""Words of many languages get the same concepts."""

import pytest

from stepaside.models.concepts import LANGUAGES, lexicon
from stepaside.models.features import read


def tags(text: str) -> set[str]:
    return {tag for token in read(text) for tag in token.tags}


@pytest.mark.parametrize(
    "said",
    [
        "I want to talk to a human",
        "quiero hablar con un humano",
        "ich will mit einem Menschen sprechen",
        "je veux parler à un humain",
        "bir insanla konuşmak istiyorum",
        "хочу поговорить с человеком",
    ],
)
def test_one_wish_has_the_same_concepts_in_every_language(said: str) -> None:
    assert {"WANT", "TALK", "HUM"} <= tags(said)


def _who_knows(concept: str) -> set[str]:
    """The languages that have a word for a concept."""
    nodes = [lexicon().spaced]
    tables = list(lexicon().unspaced.values())
    while nodes:
        node = nodes.pop()
        nodes += [*node.exact.values(), *node.begins.values()]
        tables.append(node.tags)
    return {x for table in tables for x, known in table.items() if concept in known}


def test_every_language_knows_people_and_talking() -> None:
    assert len(LANGUAGES) == 28
    for entry in ("STAFF", "TALK", "NEG"):
        assert _who_knows(entry) == set(LANGUAGES), entry


def test_a_denied_wish_is_marked_as_denied() -> None:
    assert {"!TALK", "!STAFF"} <= tags("I do not want to talk to an agent")
    assert "!STAFF" in tags("temsilci istemiyorum")
    assert "STAFF" in tags("I cannot do it without an agent")


def test_a_denial_ends_with_its_clause() -> None:
    assert "HUM" in tags("no bots please, only humans")
    assert "HUM" in tags("not a bot but a human")


def test_what_is_quoted_is_marked_as_quoted() -> None:
    assert "qHUM" in tags('he said "get a human"')
    assert "HUM" not in tags('he said "get a human"')


def test_a_misspelt_word_is_still_known() -> None:
    assert "STAFF" in tags("represntative")
    assert "STAFF" in tags("suprevisor")


def test_longer_entries_win_over_their_words() -> None:
    assert "STAFF" not in tags("my travel agent")
    assert "OTHER" in tags("my travel agent")
