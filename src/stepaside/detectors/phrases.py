"""Compare a message with the example phrases an owner wrote."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from stepaside.models.concepts import Token
from stepaside.models.features import read

_SAME: Final = 0.76
"""Likeness from which a message says what the phrase says."""
_CORE: Final = frozenset({"HUM", "STAFF", "BOT", "OTHER", "OWN", "CALL", "LINK"})
_TURNED: Final = frozenset({"NEG", "STOP", "QUOTE", "PAST", "IF", "SAY"})
"""Concepts that turn a sentence's meaning round; both must have them or neither."""
_STEM: Final = 6


@dataclass(frozen=True, slots=True)
class _Bag:
    words: list[str]
    weights: dict[str, float]
    turned: frozenset[str]


def best_phrase(
    said: Sequence[Token], phrases: Sequence[str], same: float = _SAME
) -> tuple[str, float]:
    """Give the phrase most like what was said, and a score that is 0.5 at `same`.

    A phrase of fewer than two telling words must be the whole message.
    """
    bag = _bag(said)
    found = [(x, _likeness(bag, _phrase_bag(x))) for x in phrases if x.strip()]
    phrase, like = max(found, key=lambda x: x[1], default=("", 0.0))
    return phrase, 0.5 * like / same if like < same else _above(like, same)


def turns_alike(said: Sequence[Token], phrase: Sequence[Token]) -> bool:
    """Tell whether two texts have the same words that turn a meaning round."""
    first, second = ({y for x in z for y in x.tags} & _TURNED for z in (said, phrase))
    return first == second


def _likeness(said: _Bag, phrase: _Bag) -> float:
    """Compare the telling words of two texts: 0 nothing in common, 1 all of them."""
    if said.words == phrase.words and said.words:
        return 1.0
    telling = sum(weight >= 1 for weight in phrase.weights.values())
    if telling < 2 or said.turned != phrase.turned:
        return 0.0
    common = sum(w * said.weights.get(x, 0.0) for x, w in phrase.weights.items())
    return min(1.0, common / (_length(phrase) * _length(said) or 1.0))


def _above(like: float, same: float) -> float:
    return 0.5 + 0.49 * (like - same) / (1 - same)


@lru_cache(maxsize=1024)
def _phrase_bag(phrase: str) -> _Bag:
    return _bag(read(phrase))


def _bag(tokens: Sequence[Token]) -> _Bag:
    turned = frozenset(tag for x in tokens for tag in x.tags) & _TURNED
    weights: dict[str, float] = {}
    for token in tokens:
        telling = _CORE & set(token.tags)
        weight = 1.5 if telling else min(1.0, 0.2 * len(token.text))
        for word in token.text.split():
            stem = word[:_STEM]
            weights[stem] = max(weight, weights.get(stem, 0.0))
    return _Bag([x.text for x in tokens], weights, turned)


def _length(bag: _Bag) -> float:
    return math.sqrt(sum(x * x for x in bag.weights.values()))
