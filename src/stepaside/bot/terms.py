"""Cut texts into the terms they are found by."""

from functools import lru_cache
from itertools import pairwise

from stepaside.models.text import common_words, unspaced, words


def terms(text: str) -> list[str]:
    """Give the terms a text is found by: stems of words, pairs of unspaced letters."""
    found: list[str] = []
    for word in words(text):
        if unspaced(word):
            found += [a + b for a, b in pairwise(word)] or [word]
        elif word not in common_words():
            found.append(_stem(word))
    return found


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    """Cut what inflection adds; six letters tell words apart in most languages."""
    for ending in ("ings", "ing", "edly", "ies", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:6].rstrip("e")
