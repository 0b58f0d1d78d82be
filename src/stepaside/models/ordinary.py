"""What ordinary messages of customers look like, to weigh a likeness against.

Two texts of the same trade are alike for that alone: how much is seen by comparing with
messages that no rule and no article was written for. Made by `data/ordinary.py`.
"""

from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from stepaside.models.multilingual import Matrix, Vector

_LEAST: Final = np.float32(1e-6)
_NEAREST: Final = 3


def ordinary() -> Matrix:
    """Give the vectors of some 2,700 messages in fifteen languages, in no order."""
    return _stored()[0]


def usual_nearness() -> Vector:
    """Give for each of these messages what `nearness` finds among the others."""
    return _stored()[1]


def nearness(said: Vector) -> float:
    """Give the mean likeness of a vector to the three messages nearest to it."""
    alike = ordinary() @ said
    return float(np.partition(alike, -_NEAREST)[-_NEAREST:].mean())


@cache
def ordinary_english() -> Matrix:
    """Give the English vectors (`models.meaning`) of some 5,100 messages."""
    with (files("stepaside.models") / "ordinary_english.npz").open("rb") as source:
        whole = np.load(source, allow_pickle=False)["vectors"].astype(np.float32)
    whole /= np.sqrt(np.sum(whole * whole, axis=1, keepdims=True)) + _LEAST
    found: Matrix = whole
    return found


@cache
def _stored() -> tuple[Matrix, Vector]:
    with (files("stepaside.models") / "ordinary.npz").open("rb") as source:
        stored = np.load(source, allow_pickle=False)
        whole = stored["vectors"].astype(np.float32)
        nearest = stored["nearest"].astype(np.float32)
    whole /= np.sqrt(np.sum(whole * whole, axis=1, keepdims=True)) + _LEAST
    return whole, nearest
