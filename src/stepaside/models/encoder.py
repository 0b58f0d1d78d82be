"""Read a message together with what it answers: a small multilingual transformer.

The first layers are those of multilingual-e5-small; the upper ones were taught what
asking for a person, a failed answer, a settled matter and a new topic look like, see
docs/model_card.md. Some ten milliseconds a message on one core, so it is asked only
where the linear models are in doubt. Runs on numpy alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

from stepaside.models.pieces import Pieces
from stepaside.models.transformer import (
    WIDTH,
    Array,
    Head,
    Layer,
    head,
    layer,
    level,
    pair,
    unpack,
)

BEGIN, END = 0, 2
FIRST_PIECE: Final = 4
"""Rows before it are signs: begin, padding, end, unknown."""
STILL: Final = 4
"""So many layers are as they were taught to everybody: others may build on them."""
MOST: Final = (96, 32, 24)
"""Pieces read of the message, of the answer before it, and of what else was said."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """The vocabulary, the layers, and a head for each question.

    kinds: what tells the message from what was said before it. depths: the layers
    after which each head looks.
    """

    pieces: Pieces
    rows: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]
    positions: Array
    begin: tuple[Array, Array]
    layers: Sequence[Layer]
    heads: Mapping[str, Head]
    kinds: Array
    depths: Mapping[str, int]

    def log_odds(self, head: str, parts: Sequence[str]) -> tuple[float, ...]:
        """Answer a head's questions about a message; 0 is where it is undecided.

        parts: the message, then what was said before it that bears on it, nearest
            first. Long parts are read at their beginning and at the end of their first
            2,000 pieces.
        """
        every = [self._part(x, number) for number, x in enumerate(parts)]
        x = np.concatenate(every)
        for each in self.layers[STILL : self.depths[head]]:
            x = each(x)
        message = x[: len(every[0])]
        pooled = np.concatenate([message.mean(axis=0), x[0]])
        return tuple(float(y) for y in self.heads[head](pooled))

    def _part(self, text: str, number: int) -> Array:
        most = MOST[number]
        cut = self.pieces.places(text, 2000)
        if len(cut) > most:
            cut = [*cut[: most // 2], *cut[len(cut) - (most - most // 2) :]]
        read = below(BEGIN, *(x + FIRST_PIECE for x in cut), END)
        found: Array = read + self.kinds[number]
        return found

    def below(self, places: Sequence[int]) -> Array:
        """Give what the layers that were not taught make of rows of the vocabulary."""
        x = self.embed(places) + self.positions[: len(places)]
        x = level(x, self.begin)
        for each in self.layers[:STILL]:
            x = each(x)
        return x

    def embed(self, places: Sequence[int]) -> Array:
        """Give the vectors of rows of the vocabulary, before their places count."""
        packed = self.rows[list(places)]
        numbers = (
            unpack(packed) * self.scales[list(places)].astype(np.float32)[..., None]
        )
        return numbers.reshape(len(packed), WIDTH)


@cache
def encoder() -> Encoder:
    """Load the encoder once; about half a second and 90 MB."""
    with (files("stepaside.models") / "encoder.npz").open("rb") as source:
        stored = np.load(source, allow_pickle=False)
        get = {name: stored[name] for name in stored.files}
    pieces = bytes(get["pieces"]).decode("utf-8").split("\n")
    count = sum(x.startswith("layer") and x.endswith("look_bias") for x in get)
    names = sorted(x.split(".")[1] for x in get if x.endswith("out_bias"))
    return Encoder(
        pieces=Pieces(pieces, get["scores"].astype(np.float64).tolist()),
        rows=get["rows"],
        scales=get["scales"],
        positions=get["positions"].astype(np.float32),
        begin=pair(get, "begin"),
        layers=[layer(get, f"layer{i}") for i in range(count)],
        heads={x: head(get, f"head.{x}") for x in names},
        kinds=get["kinds"].astype(np.float32),
        depths={x: int(get[f"head.{x}.layers"][0]) for x in names},
    )


@lru_cache(maxsize=128)
def below(*places: int) -> Array:
    """Give what the layers that were not taught make of a part of a conversation.

    A message is read for several ends while a turn is decided: once is enough.
    """
    found = encoder().below(places)
    found.flags.writeable = False
    return found


@lru_cache(maxsize=2048)
def log_odds(head: str, *parts: str) -> tuple[float, ...]:
    """Answer a head's questions about a message and what was said before it.

    The same is asked again while a turn is decided, so answers are remembered.
    """
    return encoder().log_odds(head, parts)
