"""Cut text into the pieces of words that the encoder knows, as it was taught them.

A unigram vocabulary: of all ways to cut a word, the likeliest. What the vocabulary does
not hold is cut smaller, at worst into single letters, and a letter it has never seen is
left out.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

SPACE: Final = "\u2581"
"""Stands before a piece that begins a word."""

_LONGEST_RUN: Final = 64
"""Letters looked at together: a longer run without spaces is cut into parts."""
_REMEMBERED: Final = 50_000
_UNSEEN: Final = 10.0
_SHOUTED: Final = 4
_CONTROL: Final = re.compile("[\u0000-\u0008\u000e-\u001f\u007f\u200b-\u200f\u2060]+")


class Pieces:
    """A vocabulary of pieces with the logarithm of how likely each one is."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        self._places: Mapping[str, int] = {x: i for i, x in enumerate(pieces) if x}
        self._scores = scores
        self._unseen = min(scores) - _UNSEEN
        self._longest = max(map(len, pieces))
        self._known: dict[str, tuple[int, ...]] = {}

    def places(self, text: str, most: int) -> list[int]:
        """Give the row numbers of a text's pieces in order, at most `most` of them."""
        found: list[int] = []
        for word in spell(text).split():
            for start in range(0, len(word), _LONGEST_RUN):
                run = word[start : start + _LONGEST_RUN]
                found += self._cut(run if start else SPACE + run)
            if len(found) >= most:
                return found[:most]
        return found

    def _cut(self, word: str) -> tuple[int, ...]:
        known = self._known.get(word)
        if known is None:
            known = self._likeliest(word)
            if len(self._known) < _REMEMBERED:
                self._known[word] = known
        return known

    def _likeliest(self, word: str) -> tuple[int, ...]:
        """Find the cut whose pieces are likeliest together, from left to right."""
        best = [0.0] + [-math.inf] * len(word)
        came: list[tuple[int, int | None]] = [(0, None)] * (len(word) + 1)
        for start in range(len(word)):
            for end in range(start + 1, min(len(word), start + self._longest) + 1):
                place = self._places.get(word[start:end])
                if place is None and end > start + 1:
                    continue
                score = self._unseen if place is None else self._scores[place]
                if best[start] + score > best[end]:
                    best[end], came[end] = best[start] + score, (start, place)
        found: list[int] = []
        at = len(word)
        while at:
            at, place = came[at]
            if place is not None:
                found.append(place)
        return tuple(reversed(found))


def spell(text: str) -> str:
    """Make spellings equal that mean the same: width, control signs, and shouting."""
    plain = _CONTROL.sub(" ", unicodedata.normalize("NFKC", text))
    letters = [x for x in plain if x.isalpha()]
    loud = sum(x.isupper() for x in letters)
    return plain.lower() if loud > _SHOUTED and 2 * loud > len(letters) else plain
