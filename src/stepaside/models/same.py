"""Give texts vectors that lie together where the texts ask for the same.

The English and the multilingual vector of a text, side by side, are moved by what was
learnt of some fifty businesses' questions: what tells two ways of asking for one thing
from the way of asking for the next thing. Made by `data/same.py`.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

_LEAST = np.float32(1e-9)


def same(english: Sequence[Matrix] | Matrix, others: Matrix) -> Matrix:
    """Give vectors of length 1, shape (texts, 768), to be compared by their product.

    english: vectors by `models.meaning`; others: of the same texts, by
        `models.multilingual`.
    """
    x = side_by_side(english, others)
    return _level(x + x @ _moved())


def side_by_side(english: Sequence[Matrix] | Matrix, others: Matrix) -> Matrix:
    """Give both vectors of each text as one, before anything is moved."""
    both = np.concatenate([np.asarray(english, np.float32), others], axis=1)
    found: Matrix = both * np.float32(0.7)
    return found


def _level(x: Matrix) -> Matrix:
    found: Matrix = x / (np.sqrt(np.sum(x * x, axis=1, keepdims=True)) + _LEAST)
    return found


def asked_elsewhere() -> Matrix:
    """Give such vectors of messages to many businesses, in no order."""
    return _stored()[1]


def _moved() -> Matrix:
    return _stored()[0]


@cache
def _stored() -> tuple[Matrix, Matrix]:
    with (files("stepaside.models") / "same.npz").open("rb") as source:
        stored = np.load(source, allow_pickle=False)
        whole = stored["moved"].astype(np.float32) * stored["scales"][:, None]
        others = stored["others"].astype(np.float32)
    return np.ascontiguousarray(whole.T.astype(np.float32)), _level(others)
