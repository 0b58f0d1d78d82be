"""Score named features with a linear model whose weights are one small file."""

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

BUCKETS: Final = 1 << 18
"""Features are hashed into this many weights; a power of two."""


def bucket(feature: str) -> int:
    """Give the place of a feature's weight; the same on every machine."""
    return zlib.crc32(feature.encode("utf-8", "surrogatepass")) & (BUCKETS - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Weights by bucket; the score is a log-odds, 0 where the model is undecided."""

    weights: npt.NDArray[np.float32]
    bias: float

    def log_odds(self, features: Iterable[str]) -> float:
        """Weigh each different feature once; longer texts count each one less."""
        places = [bucket(x) for x in set(features)]
        if not places:
            return self.bias
        total = float(self.weights[places].sum())
        return total / math.sqrt(len(places)) + self.bias


@cache
def models() -> Mapping[str, Linear]:
    """Load every trained model of the package once, by name; a few milliseconds."""
    with (files("stepaside.models") / "weights.npz").open("rb") as source:
        stored = np.load(source, allow_pickle=False)
        names = [x.removesuffix(".places") for x in stored if x.endswith(".places")]
        return {x: _unpack(stored, x) for x in names}


def probability(log_odds: float) -> float:
    """Turn log-odds into a probability, without overflow."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))


def _unpack(stored: Mapping[str, npt.NDArray[np.float32]], name: str) -> Linear:
    weights = np.zeros(BUCKETS, np.float32)
    weights[stored[f"{name}.places"].astype(np.int64)] = stored[f"{name}.weights"]
    weights.flags.writeable = False
    return Linear(weights, float(stored[f"{name}.bias"][0]))
