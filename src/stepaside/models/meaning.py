"""Give English texts vectors that lie close where the texts mean the same.

A bag of word pieces and frequent pairs of them, distilled from a sentence encoder: some
twenty microseconds a message, no network of layers to run. It sees topics, not whether
a fact is stated; of other languages it knows only the words English borrowed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from stepaside.models.text import clip, words

Vector = npt.NDArray[np.float32]

SIZE: Final = 256
_PIECES: Final = 512
"""Word pieces read of one text."""
_LONGEST_WORD: Final = 40


class Vocabulary:
    """Cuts words into known pieces, longest first, and finds known pairs of pieces."""

    def __init__(self, pieces: Mapping[str, int], pairs: Mapping[tuple[int, int], int]):
        self._pieces = pieces
        self._pairs = pairs
        self._known: dict[str, tuple[int, ...]] = {}

    def places(self, text: str) -> list[int]:
        """Give the row numbers of a text's pieces and pairs; unknown ones are left."""
        found: list[int] = []
        for word in words(text):
            found += self._cut(word)
            if len(found) >= _PIECES:
                break
        pairs = (self._pairs.get(x) for x in pairwise(found[:_PIECES]))
        return found[:_PIECES] + [x for x in pairs if x is not None]

    def knows(self, found: Sequence[str]) -> bool:
        """Tell whether each of some folded words is a piece of its own, or a number."""
        return all(x in self._pieces or x.isdigit() for x in found)

    def contents(self) -> tuple[list[str], list[tuple[int, int]]]:
        """Give the pieces, and the pairs of them by place, in the order of the rows."""
        pieces = [""] * (max(self._pieces.values(), default=-1) + 1)
        for piece, place in self._pieces.items():
            pieces[place] = piece
        return pieces, sorted(self._pairs, key=lambda x: self._pairs[x])

    def _cut(self, word: str) -> tuple[int, ...]:
        known = self._known.get(word)
        if known is None:
            known = tuple(self._pieces_of(word[:_LONGEST_WORD]))
            if len(self._known) < 50_000:
                self._known[word] = known
        return known

    def _pieces_of(self, word: str) -> Iterator[int]:
        start = 0
        while start < len(word):
            ends = range(len(word), start, -1)
            mark = "##" if start else ""
            end = next((x for x in ends if mark + word[start:x] in self._pieces), 0)
            if not end:
                return
            yield self._pieces[mark + word[start:end]]
            start = end


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """The vocabulary and a row for each of its pieces and pairs, four bits a number."""

    vocabulary: Vocabulary
    rows: npt.NDArray[np.int8]
    scales: Vector

    def embed(self, text: str) -> Vector:
        """Give a vector of length 1 and shape (SIZE,); all 0 where no word is known."""
        places = self.vocabulary.places(clip(text))
        if not places:
            return np.zeros(SIZE, np.float32)
        total = self.scales[places] @ self.rows[places].astype(np.float32)
        length = float(np.sqrt(total @ total))
        return (total / (length or 1.0)).astype(np.float32)


@cache
def meaning() -> Meaning:
    """Load the vectors once; about a quarter of a second and 20 MB."""
    with (files("stepaside.models") / "meaning.npz").open("rb") as source:
        stored = np.load(source, allow_pickle=False)
        pieces = bytes(stored["vocabulary"]).decode("utf-8").split("\n")
        pairs = stored["pairs"].tolist()
        vocabulary = Vocabulary(
            {x: i for i, x in enumerate(pieces) if x},
            {(a, b): len(pieces) + i for i, (a, b) in enumerate(pairs)},
        )
        packed = stored["rows"]
        rows = np.empty((len(packed), SIZE), np.int8)
        rows[:, 0::2] = (packed & 15).astype(np.int8) - 8
        rows[:, 1::2] = (packed >> 4).astype(np.int8) - 8
        return Meaning(vocabulary, rows, stored["scales"].astype(np.float32))
