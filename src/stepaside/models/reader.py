"""Read a question with a passage, and tell whether it states what is asked.

Each is read alone first, by the lower layers of the encoder, and then both together by
layers of the reader's own, which were taught on questions that a passage answers and
on questions that only look as if it might, see docs/model_card.md. It points at the
sentence it goes by. In any language the encoder knows; runs on numpy alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import numpy as np

from stepaside.models.encoder import BEGIN, END, FIRST_PIECE, below, encoder
from stepaside.models.text import sentences
from stepaside.models.transformer import Array, Head, Layer, head, layer, vector

QUESTION_PIECES: Final = 40
PASSAGE_PIECES: Final = 110
_REMEMBERED: Final = 256
"""Passages whose lower layers are kept: some 70 kB each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What the reader makes of a passage.

    stated: log-odds that it states what is asked; 0 is where it is undecided.
    found: log-odds that what is asked can be pointed at in it.
    sentence: where it would be stated, as it stands in the passage.
    """

    stated: float
    found: float
    sentence: str


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """The layers that read a question and a passage together."""

    kinds: Array
    layers: Sequence[Layer]
    stated: Head
    point: Array
    nowhere: Array
    nowhere_bias: float

    def read(self, question: str, title: str, passage: str) -> Read:
        """Judge one passage. title: of its article; empty for none."""
        asked = below(*asked_rows(question))
        told, owners = _told(title, passage)
        x = np.concatenate([asked + self.kinds[0], told + self.kinds[1]])
        for each in self.layers:
            x = each(x)
        asked, told = x[: len(asked)], x[len(asked) :]
        pointed = told @ self.point
        weight = np.exp(pointed - pointed.max())
        total = weight.sum()
        views = (asked[0], asked.mean(0), told.mean(0), weight @ told / total)
        stated = float(self.stated(np.concatenate(views))[0])
        found = float(np.log(total) + pointed.max() - asked[0] @ self.nowhere)
        return Read(
            stated=stated,
            found=found - self.nowhere_bias,
            sentence=_sentence(passage, owners, weight),
        )


@cache
def reader() -> Reader:
    """Load the reader once."""
    with (files("stepaside.models") / "reader.npz").open("rb") as source:
        stored = np.load(source, allow_pickle=False)
        get = {name: stored[name] for name in stored.files}
    count = sum(x.startswith("layer") and x.endswith("look_bias") for x in get)
    return Reader(
        kinds=vector(get, "kinds"),
        layers=[layer(get, f"layer{i}") for i in range(count)],
        stated=head(get, "head.stated"),
        point=vector(get, "point"),
        nowhere=vector(get, "nowhere"),
        nowhere_bias=float(vector(get, "nowhere_bias")[0]),
    )


@lru_cache(maxsize=1024)
def read(question: str, title: str, passage: str) -> Read:
    """Judge whether a passage states what is asked.

    The same is asked again while a turn is decided, so answers are remembered.
    """
    return reader().read(question, title, passage)


def asked_rows(question: str) -> list[int]:
    """Give the rows of the vocabulary that a question is read by."""
    cut = encoder().pieces.places(question, QUESTION_PIECES)
    return [BEGIN, *(x + FIRST_PIECE for x in cut), END]


def told_rows(title: str, passage: str) -> list[tuple[int, int]]:
    """Give the rows that a passage is read by, each after the sentence it belongs to.

    Rows of the title and of signs belong to none, -1.
    """
    parts = [(-1, f"{title}.")] if title else []
    parts += enumerate(sentences(passage))
    rows = [
        (owner, x + FIRST_PIECE)
        for owner, text in parts
        for x in encoder().pieces.places(text, PASSAGE_PIECES)
    ]
    return [(-1, BEGIN), *rows[:PASSAGE_PIECES], (-1, END)]


@lru_cache(maxsize=_REMEMBERED)
def _told(title: str, passage: str) -> tuple[Array, tuple[int, ...]]:
    rows = told_rows(title, passage)
    return encoder().below([x for _, x in rows]), tuple(x for x, _ in rows)


def _sentence(passage: str, owners: Sequence[int], weight: Array) -> str:
    every = sentences(passage) or [passage]
    shares = np.zeros(len(every), np.float32)
    for owner, share in zip(owners, weight.tolist(), strict=True):
        if owner >= 0:
            shares[owner] += share
    return every[int(shares.argmax())]
