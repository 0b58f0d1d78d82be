"""Find articles by their meaning where the English vectors cannot: in other languages.

A question in German finds an English article, one in English a German article, and a
Japanese one a Japanese article that says it in other words. Only who needs that pays
for it: the vectors of the articles are made at the first such question, and kept.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from stepaside.core.knowledge import KnowledgeItem
from stepaside.models.multilingual import Matrix, Vector, embed, embed_all
from stepaside.models.ordinary import ordinary
from stepaside.models.text import sentences
from stepaside.models.tongue import UNKNOWN, Spoken, spoken

Part = tuple[KnowledgeItem, str]
"""An article, and the passage of it that can be found."""

_STEEP: Final = 20.0
_LEAST: Final = 0.1
_CHANCE_COUNTS: Final = 0.75
"""Log-odds are `_STEEP` times what a likeness is above `_LEAST` and this share of the
likeness that an ordinary message of any customer has to the knowledge."""
_MANY: Final = 600
"""Passages from which articles are compared by their titles and questions alone."""
_ORDINARY: Final = 600
_CONTEXT_COUNTS: Final = 0.4
_NEVER: Final = np.float32(30)
_NEAR: Final = 4
"""Log-odds."""


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One side of the passages: their titles, themselves, or their sentences.

    vectors: of each different text once. row: which of them, passage by passage.
    owners: the passages that have any, ascending; starts: where each one's rows begin.
    """

    vectors: npt.NDArray[np.float16]
    row: npt.NDArray[np.intp]
    owners: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]

    def best(self, asked: Matrix) -> Matrix:
        """Give the most that each owner is like each question."""
        alike = (self.vectors.astype(np.float32) @ asked.T)[self.row]
        found: Matrix = np.maximum.reduceat(alike, self.starts, axis=0)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """chance: the middle one of the likenesses that ordinary messages have."""

    sides: Sequence[_Side]
    size: int
    chance: float = 0.0

    def alike(self, asked: Matrix) -> Matrix:
        """Give the mean over all sides of each passage: shape (passages, questions)."""
        total = np.zeros((self.size, len(asked)), np.float32)
        count = np.zeros((self.size, 1), np.float32)
        for side in self.sides:
            total[side.owners] += side.best(asked)
            count[side.owners] += 1
        total /= np.maximum(count, 1)
        return total


class Across:
    """Compares questions with passages over the borders of languages."""

    def __init__(self, parts: Sequence[Part], *, bridge: bool = True) -> None:
        """bridge: whether an article answers a question in another language."""
        self._parts = parts
        self._bridge = bridge
        self._spoken: Sequence[Spoken] = ()
        self._view: _View | None = None
        self._making = threading.Lock()

    @property
    def ready(self) -> bool:
        """Whether the vectors of the passages are made."""
        return self._view is not None

    def log_odds(self, question: str, context: str) -> Vector | None:
        """Say how likely each passage answers; 0 is where it is undecided.

        NaN for a passage that the English vectors compare; None where they compare
        all. context: what the contact said before; it counts less.
        """
        asked = spoken(question)
        english = np.array([_readable(x) for x in self.spoken()], np.bool_)
        if asked.english and english.all():
            return None
        view = self._seen()
        alike = view.alike(_asked(question, context)[None, :])[:, 0]
        odds = _STEEP * (alike - _LEAST - _CHANCE_COUNTS * view.chance)
        odds[self._other(asked)] -= self._border(odds, asked)
        return np.where(english, np.nan, odds) if asked.english else odds

    def _border(self, odds: Vector, asked: Spoken) -> np.float32:
        """What an article in another language has to make up for.

        All, where one in the language of the question answers and is about as near.
        """
        told = asked.language
        same = np.array([told and x.language == told for x in self.spoken()], np.bool_)
        own = odds[same].max(initial=-_NEVER)
        own_answers = own > 0 and own > odds.max(initial=-_NEVER) - _NEAR
        return _NEVER if own_answers or not self._bridge else np.float32(0)

    def _other(self, asked: Spoken) -> npt.NDArray[np.bool_]:
        return np.array([not x.same(asked) for x in self.spoken()], np.bool_)

    def spoken(self) -> Sequence[Spoken]:
        """Give the language of each passage, which is that of its article."""
        if len(self._spoken) < len(self._parts):
            items = {x.id: x for x, _ in self._parts}
            known = {i: language_of(x) for i, x in items.items()}
            self._spoken = [known[x.id] for x, _ in self._parts]
        return self._spoken

    def _seen(self) -> _View:
        if self._view is None:
            with self._making:
                if self._view is None:
                    self._view = _make(self._parts)
        return self._view


def _readable(article: Spoken) -> bool:
    """Whether the English vectors read an article: unless it is clearly not English."""
    return article.english or article.language == UNKNOWN


def language_of(item: KnowledgeItem) -> Spoken:
    """Tell the language of an article."""
    return spoken(f"{item.title}. {item.text}")


def _asked(question: str, context: str) -> Vector:
    asked = embed(question)
    if not context:
        return asked
    both = asked + _CONTEXT_COUNTS * embed(context)
    length = float(np.sqrt(both @ both))
    found: Vector = (both / (length or 1.0)).astype(np.float32)
    return found


def _make(parts: Sequence[Part]) -> _View:
    texts = [list(x) for x in (_titled(parts), _whole(parts), _said(parts))]
    view = _View([_side(x) for x in texts if x], len(parts))
    usual = view.alike(ordinary()[:_ORDINARY]).max(axis=0)
    return replace(view, chance=float(np.median(usual)))


def _side(texts: Sequence[tuple[int, str]]) -> _Side:
    places = {text: i for i, text in enumerate(dict.fromkeys(x for _, x in texts))}
    owners, starts = np.unique([at for at, _ in texts], return_index=True)
    return _Side(
        vectors=embed_all(list(places)).astype(np.float16),
        row=np.array([places[x] for _, x in texts], np.intp),
        owners=owners,
        starts=starts,
    )


def _titled(parts: Sequence[Part]) -> Iterator[tuple[int, str]]:
    for at, (item, _) in enumerate(parts):
        for text in (item.title, *(item.question or "").splitlines()):
            if text.strip():
                yield at, text


def _whole(parts: Sequence[Part]) -> Iterator[tuple[int, str]]:
    if len(parts) <= _MANY:
        for at, (item, text) in enumerate(parts):
            yield at, f"{item.title}. {text}"


def _said(parts: Sequence[Part]) -> Iterator[tuple[int, str]]:
    if len(parts) <= _MANY:
        for at, (item, text) in enumerate(parts):
            for sentence in sentences(text):
                yield at, f"{item.title}. {sentence}"
