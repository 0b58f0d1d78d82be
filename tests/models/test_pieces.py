"""Text is cut into the pieces of words the encoder knows."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stepaside.models.encoder import encoder
from stepaside.models.pieces import Pieces, spell

SMALL = Pieces(
    ["▁", "▁un", "happ", "y", "▁unhappy", "a", "b", "ab"],
    [-3.0, -4.0, -5.0, -4.0, -6.0, -3.0, -3.0, -3.5],
)


def test_the_likeliest_cut_wins() -> None:
    assert SMALL.places("unhappy", 9) == [4]
    assert SMALL.places("ab", 9) == [0, 7]


def test_letters_never_seen_are_left_out() -> None:
    assert SMALL.places("☃ ab", 9) == [0, 0, 7]


def test_no_more_pieces_than_asked_for() -> None:
    assert len(SMALL.places("ab " * 50, 7)) == 7


def test_shouting_is_read_as_it_is_meant() -> None:
    assert spell("GET ME A HUMAN") == "get me a human"
    assert spell("I am from NASA") == "I am from NASA"


def test_words_of_many_languages_stay_whole() -> None:
    pieces = encoder().pieces
    for text in ("human", "Menschen", "человека", "人間", "사람이", "إنسان"):
        assert len(pieces.places(text, 9)) <= 3


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_cut(text: str) -> None:
    assert all(x >= 0 for x in encoder().pieces.places(text, 50))
