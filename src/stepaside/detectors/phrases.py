"""Compare a message with the example phrases an owner wrote."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from stepaside.models.features import read
from stepaside.models.text import words

_SAME: Final = 0.76
"""Likeness from which a message says what the phrase says."""
_CORE: Final = frozenset({"HUM", "STAFF", "BOT", "OTHER", "OWN", "CALL", "LINK"})
_TURNED: Final = frozenset({"NEG", "STOP", "QUOTE", "PAST", "IF", "SAY"})
"""Concepts that turn a sentence's meaning round; both must have them or neither."""
_STEM: Final = 6


def best_phrase(
    text: str, phrases: Sequence[str], same: float = _SAME
) -> tuple[str, float]:
    """Give the phrase most like the text, and a score that reaches 0.5 at `same`.

    A phrase of fewer than two telling words must be the whole message.
    """
    found = [(phrase, likeness(text, phrase)) for phrase in phrases if phrase.strip()]
    if not found:
        return "", 0.0
    phrase, like = max(found, key=lambda x: x[1])
    return phrase, min(0.99, 0.5 * like / same if like < same else _above(like, same))


def likeness(text: str, phrase: str) -> float:
    """Compare the telling words of two texts: 0 nothing in common, 1 all of them."""
    if words(text) == words(phrase):
        return 1.0
    own, theirs = _bag(phrase), _bag(text)
    if sum(weight >= 1 for weight in own[0].values()) < 2 or own[1] != theirs[1]:
        return 0.0
    common = sum(w * theirs[0].get(x, 0.0) for x, w in own[0].items())
    return common / (_length(own[0]) * _length(theirs[0]) or 1.0)


def _above(like: float, same: float) -> float:
    return 0.5 + 0.49 * (like - same) / (1 - same)


@lru_cache(maxsize=2048)
def _bag(text: str) -> tuple[dict[str, float], frozenset[str]]:
    tokens = read(text)
    turned = frozenset(tag for x in tokens for tag in x.tags) & _TURNED
    bag: dict[str, float] = {}
    for token in tokens:
        weight = 1.5 if _CORE & set(token.tags) else min(1.0, 0.2 * len(token.text))
        for word in token.text.split():
            bag[word[:_STEM]] = max(weight, bag.get(word[:_STEM], 0.0))
    return bag, turned


def _length(bag: dict[str, float]) -> float:
    return math.sqrt(sum(x * x for x in bag.values()))
