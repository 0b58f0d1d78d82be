"""Tell whether a text means what some examples mean, in any of sixteen languages.

Vectors see the topic, so a likeness alone would let a broad example catch everything.
It counts beside two others: how near the text is to ordinary messages of customers, and
how alike those are to the same examples. At most one in a hundred of them may fire.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from stepaside.models.multilingual import Matrix, embed
from stepaside.models.ordinary import nearness, ordinary, usual_nearness

_STEEP: Final = 14.0
_ORDINARY_COUNTS: Final = 0.8
_CONDITION_COUNTS: Final = 0.5
"""Beside an example, which counts 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """How careful to be: a text acts so much above what few ordinary ones reach."""

    quantile: float
    above: float


RULE: Final = Care(quantile=0.99, above=0.07)
"""Fitted on `data/custom/rules.txt`."""
PHRASE: Final = Care(quantile=0.998, above=0.07)
"""For phrases that sharpen what is found without them."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What texts are compared with: shape (centres, SIZE); the nearest counts.

    acts_at: a difference of likenesses.
    """

    centres: Matrix
    acts_at: float

    def log_odds(self, text: str) -> float:
        """Say how surely a text means the same; 0 is where it is undecided."""
        said = embed(text)
        if not said.any():
            return -_STEEP
        alike = float((self.centres @ said).max()) - _ORDINARY_COUNTS * _nearness(text)
        return _STEEP * (alike - self.acts_at)

    def nearest(self, text: str) -> int:
        """Give the number of the centre that a text is nearest to."""
        return int((self.centres @ embed(text)).argmax())


@lru_cache(maxsize=512)
def together(phrases: tuple[str, ...], condition: str = "") -> Pattern | None:
    """Give what all examples have in common, and the condition, which counts less.

    None where there is no word to compare with. Some milliseconds the first time, then
    remembered, as for `each`.
    """
    total = _CONDITION_COUNTS * embed(condition)
    for phrase in phrases:
        total = total + embed(phrase)
    length = float(np.sqrt(total @ total))
    return _pattern((total / length)[None, :], RULE) if length else None


@lru_cache(maxsize=512)
def each(phrases: tuple[str, ...]) -> Pattern | None:
    """Give a pattern of which each phrase is a centre; all together have one limit."""
    centres = np.array([embed(x) for x in phrases], np.float32)
    return _pattern(centres, PHRASE) if centres.any() else None


def _pattern(centres: Matrix, care: Care) -> Pattern:
    alike = (ordinary() @ centres.T).max(axis=1)
    usual = alike - _ORDINARY_COUNTS * usual_nearness()
    acts_at = float(np.quantile(usual, care.quantile)) + care.above
    return Pattern(centres.astype(np.float32), acts_at)


@lru_cache(maxsize=2048)
def _nearness(text: str) -> float:
    return nearness(embed(text))
