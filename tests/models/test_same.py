"""Ways of asking for the same lie together, apart from what is next to it."""

import numpy as np
import pytest

from stepaside.models.meaning import meaning
from stepaside.models.multilingual import embed_all
from stepaside.models.same import asked_elsewhere, same, side_by_side


def placed(*texts: str) -> np.ndarray:
    return same([meaning().embed(x) for x in texts], embed_all(texts))


@pytest.mark.parametrize(
    ("asked", "other_way", "next_to_it"),
    [
        (
            "i want my money back for the shoes",
            "how do i get a refund",
            "how do i get a discount on shoes",
        ),
        (
            "my parcel has not come yet",
            "where is my order",
            "how do i cancel my parcel",
        ),
        (
            "cannot get into my account",
            "login not working",
            "how do i close my account",
        ),
    ],
)
def test_another_way_of_asking_is_nearer_than_what_shares_its_words(
    asked: str, other_way: str, next_to_it: str
) -> None:
    first, same_wish, other_wish = placed(asked, other_way, next_to_it)
    assert first @ same_wish > first @ other_wish
    english = [meaning().embed(x) for x in (asked, other_way, next_to_it)]
    plain = side_by_side(english, embed_all([asked, other_way, next_to_it]))
    assert plain[0] @ plain[1] < plain[0] @ plain[2]


def test_every_vector_has_the_length_one() -> None:
    vectors = placed("hello", "wo ist mein paket", "")
    assert vectors.shape == (3, 768)
    assert np.allclose(np.linalg.norm(vectors[:2], axis=1), 1, atol=1e-3)
    assert np.allclose(np.linalg.norm(asked_elsewhere(), axis=1), 1, atol=1e-3)
