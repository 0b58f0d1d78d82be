"""How near questions lie to the examples of each article, in several views."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stepaside.bot.calibration import Numbers
from stepaside.bot.terms import terms

Places = npt.NDArray[np.intp]

_NONE: Final = np.float32(-1)
"""The likeness to what is not there."""
_NEAREST: Final = 3
_THE_SAME: Final = 0.95
"""Ordinary messages this near to an example are not about something else."""
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Vectors of examples, article by article.

    vectors: length 1, grouped by article. place: of each example among the vectors; -1
    where it was left out. starts, counts: the rows of each article. sums: of its rows.
    others: vectors of messages that are about something else.
    """

    vectors: Numbers
    place: Places
    starts: Places
    counts: Places
    sums: Numbers
    others: Numbers

    @classmethod
    def of(
        cls, vectors: Numbers, owners: Places, chosen: Places, ordinary: Numbers
    ) -> "View":
        """Group vectors by article.

        owners: the article of each example, ascending, from 0 without a gap.
        chosen: the examples that the vectors are of, some of every article.
        """
        place = np.full(len(owners), -1, np.intp)
        place[chosen] = np.arange(len(chosen))
        own = owners[chosen]
        counts = np.bincount(own)
        starts = np.cumsum(counts) - counts
        sums = np.add.reduceat(vectors, starts, axis=0)
        parts = range(0, len(ordinary), _AT_ONCE)
        near = [(ordinary[x : x + _AT_ONCE] @ vectors.T).max(axis=1) for x in parts]
        others = ordinary[np.concatenate(near) < _THE_SAME]
        return cls(vectors, place, starts, counts, sums, others)

    def see(self, asked: Numbers) -> Numbers:
        """Give what is seen of questions: shape (questions, articles, 5).

        The nearest example, the nearest three, the middle of the article, how much
        nearer it is than any other article, and how near something else is.
        """
        return self._seen(asked, np.full(len(asked), -1, np.intp), None)

    def see_again(self, own: Places, away: Places | None) -> Numbers:
        """Give the same for some of the examples, as if each were not there.

        away: the article of each one, to leave it out as a whole.
        """
        parts = range(0, len(own), _AT_ONCE)
        cut = [slice(x, x + _AT_ONCE) for x in parts]
        found = [
            self._seen(self.vectors[own[x]], own[x], None if away is None else away[x])
            for x in cut
        ]
        return np.concatenate(found)

    def _seen(self, asked: Numbers, own: Places, away: Places | None) -> Numbers:
        rows = np.arange(len(asked))
        held = own >= 0
        alike = _products(asked, self.vectors)
        alike[rows[held], own[held]] = _NONE
        article = np.searchsorted(self.starts, own, "right") - 1
        left = np.repeat(self.counts[None], len(asked), axis=0)
        left[rows[held], article[held]] -= 1
        one, three = _nearest(alike, self.starts, self.counts, left)
        middle = self._middle(asked, own, article)
        if away is not None:
            for x in (one, three, middle):
                x[rows, away] = _NONE
        views = (one, three, middle, _ahead(three), self._else(asked, three))
        found: Numbers = np.stack(views, axis=2).astype(np.float32)
        return found

    def _middle(self, asked: Numbers, own: Places, article: Places) -> Numbers:
        lengths = np.sqrt((self.sums * self.sums).sum(axis=1)) + 1e-6
        found: Numbers = _products(asked, self.sums) / lengths
        for row in np.flatnonzero(own >= 0):
            rest = self.sums[article[row]] - self.vectors[own[row]]
            length = float(np.sqrt(rest @ rest))
            known = length > 1e-4
            found[row, article[row]] = asked[row] @ rest / length if known else _NONE
        return found

    def _else(self, asked: Numbers, like: Numbers) -> Numbers:
        if len(self.others) < _NEAREST:
            return np.zeros_like(like)
        near = np.partition(_products(asked, self.others), -_NEAREST, axis=1)
        three = near[:, -_NEAREST:].mean(axis=1)[:, None]
        found: Numbers = np.broadcast_to(three, like.shape)
        return found


def _products(asked: Numbers, vectors: Numbers) -> Numbers:
    if len(asked) == 1:
        # einsum and not @: a threaded BLAS spins beside the other work of a server.
        found: Numbers = np.einsum("ij,j->i", vectors, asked[0])[None]
    else:
        found = asked @ vectors.T
    return found


def _nearest(
    alike: Numbers, starts: Places, counts: Places, left: Places
) -> tuple[Numbers, Numbers]:
    """The likeness of each article's nearest example, and the mean of three.

    left: how many there are, without the one held out. Examples as near as the nearest
    count once, so that a question that is said twice does not weigh twice.
    """
    rest = alike.copy()
    first = total = np.maximum.reduceat(rest, starts, axis=1)
    last = first
    for number in range(1, _NEAREST):
        rest = np.where(rest >= np.repeat(last, counts, axis=1), _NONE, rest)
        last = np.maximum.reduceat(rest, starts, axis=1)
        total = total + np.where((left > number) & (last > _NONE), last, first)
    mean: Numbers = (total / _NEAREST).astype(np.float32)
    return first.copy(), mean


def _ahead(three: Numbers) -> Numbers:
    """How much nearer each article is than the nearest of the others."""
    ordered = np.partition(three, -2, axis=1)
    second, top = ordered[:, -2:-1], ordered[:, -1:]
    return three - np.where(three >= top, second, top)


@dataclass(frozen=True, slots=True, eq=False)
class Covering:
    """How much of a question's words the examples of each article have, by rarity.

    held: for each term, how many examples of which article have it.
    """

    held: Mapping[str, Mapping[int, int]]
    articles: int

    @classmethod
    def of(cls, texts: Sequence[str], owners: Places) -> "Covering":
        """Count the terms of examples. owners: the article of each."""
        held: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for text, owner in zip(texts, owners.tolist(), strict=True):
            for term in set(terms(text)):
                held[term][owner] += 1
        return cls(dict(held), int(owners.max(initial=-1)) + 1)

    def see(
        self,
        asked: Sequence[str],
        own: Places | None = None,
        away: Places | None = None,
    ) -> Numbers:
        """Give the share of each question that is covered: (questions, articles, 1).

        own: the articles that each question is an example of and does not count for.
        away: those whose examples do not count at all.
        """
        found = np.zeros((len(asked), self.articles, 1), np.float32)
        for row, text in enumerate(asked):
            mine = -1 if own is None else int(own[row])
            found[row, :, 0] = self._covered(text, mine)
            if away is not None:
                found[row, away[row]] = 0
        return found

    def _covered(self, text: str, own: int) -> Numbers:
        total = np.zeros(self.articles, np.float32)
        whole = 0.0
        for term in set(terms(text)):
            counts = self.held.get(term, {})
            has = [x for x, n in counts.items() if n > (x == own)]
            rarity = float(np.log(1 + self.articles / (len(has) + 0.5)))
            whole += rarity
            total[has] += rarity
        return total / whole if whole else total
