"""The reader tells whether a passage states what is asked, in any of its languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.models.reader import read

CARD = (
    "A replacement card costs 8 euros and arrives within five working days. You can "
    "block the old one in the app under Cards. Your PIN stays the same."
)
KARTE = (
    "Eine Ersatzkarte kostet 8 Euro und kommt innerhalb von fünf Werktagen. Die alte "
    "können Sie in der App unter Karten sperren. Ihre PIN bleibt gleich."
)


@pytest.mark.parametrize(
    ("passage", "stated", "near"),
    [
        (CARD, "how much is a new card", "who delivers the new card"),
        (CARD, "Do I get a new PIN?", "How often may I change my PIN?"),
        (KARTE, "Was kostet eine neue Karte?", "Wer liefert die neue Karte?"),
        (KARTE, "Bleibt meine PIN gleich?", "Wie oft darf ich die PIN ändern?"),
    ],
)
def test_what_is_stated_scores_above_what_is_only_near(
    passage: str, stated: str, near: str
) -> None:
    yes, no = (read(x, "Replacement card", passage) for x in (stated, near))
    assert yes.stated + yes.found > no.stated + no.found


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("how much is a new card", 0),
        ("where do I block my card", 1),
        ("does my pin change", 2),
    ],
)
def test_it_points_at_the_sentence_that_states_it(asked: str, sentence: int) -> None:
    pointed = read(asked, "Replacement card", CARD).sentence
    assert pointed == CARD.split(". ")[sentence].rstrip(".") + "."


def test_a_passage_without_a_title_is_read_too() -> None:
    found = read("how much is a new card", "", CARD).sentence
    assert found
    assert found in CARD


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=600))
def test_any_text_is_read(question: str, title: str, passage: str) -> None:
    made = read(question, title, passage)
    assert made.stated == made.stated
    assert made.sentence in passage
