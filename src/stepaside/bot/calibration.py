"""Put scores of any knowledge on one scale, from what the knowledge itself holds.

A question that is held out of its own article tells how questions score that can be
answered; the same question with its whole article away tells how those score that
nearly can. So a score means the same everywhere, though nobody has labelled anything.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]

ANSWERED: Final = 0.05
"""The share of answerable questions that is handed over: where the score is undecided.
What contacts write is a little farther from the examples than these from one another,
so that about half as many again are, in truth."""
_KNOWN: Final = 24.0
"""Held out questions that weigh as much as what is known of other knowledge."""
_LEAST_SPREAD: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Centre and spread of each view of a likeness, over one knowledge.

    centre, spread: shape (views,); spread above 0.
    """

    centre: Numbers
    spread: Numbers

    @classmethod
    def of(cls, seen: Numbers) -> "Scale":
        """Take it from what was seen, shape (questions, views), of which one or more.

        Raises:
            ValueError: nothing was seen.
        """
        if not len(seen):
            raise ValueError("a scale needs something that was seen")
        return cls(seen.mean(axis=0), np.maximum(seen.std(axis=0), _LEAST_SPREAD))

    def __call__(self, views: Numbers) -> Numbers:
        """Give the views in spreads from the centre; any shape that ends in views."""
        scaled: Numbers = (views - self.centre) / self.spread
        return scaled


def undecided(answerable: Numbers, usual: float) -> float:
    """Give the score at which nothing is decided, to be 0 in log-odds.

    answerable: scores of questions that can be answered, each held out; may be empty.
    usual: that score over other knowledge, which counts the more the fewer there are.
    """
    if not len(answerable):
        return usual
    own = float(np.quantile(answerable, ANSWERED))
    share = len(answerable) / (len(answerable) + _KNOWN)
    return share * own + (1 - share) * usual
