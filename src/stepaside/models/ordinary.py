"""What ordinary messages of customers look like, to weigh a likeness against.

Two texts of the same trade are alike for that alone: how much is seen by comparing with
messages that no rule and no article was written for. Made by `data/ordinary.py`.
"""

from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from stepaside.models.multilingual import Matrix

_LEAST: Final = np.float32(1e-6)


@cache
def ordinary() -> Matrix:
    """Give the vectors of some 2,700 messages in fifteen languages, in no order."""
    with (files("stepaside.models") / "ordinary.npz").open("rb") as source:
        packed = np.load(source, allow_pickle=False)["vectors"]
    whole = packed.astype(np.float32)
    whole /= np.sqrt(np.sum(whole * whole, axis=1, keepdims=True)) + _LEAST
    found: Matrix = whole
    return found
