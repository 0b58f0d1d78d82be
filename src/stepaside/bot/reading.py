"""Read the likeliest passages, and tell what states an answer from what is near it."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stepaside.bot.across import language_of
from stepaside.bot.passage import Passage
from stepaside.core.knowledge import KnowledgeItem
from stepaside.models.linear import probability
from stepaside.models.reader import Read, read
from stepaside.models.text import clip
from stepaside.models.tongue import spoken

MOST: Final = 2
"""So many passages that were picked for a question are read; of others the likeliest
alone: each takes some tens of milliseconds, and a second one told nothing more."""
FEW: Final = 10
"""So few texts without titles were picked for the question, not written as help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    """What the topic and the two views of the reader count for.

    least: a passage whose topic seems less likely to answer is not read.
    after: what a question after others gets back: the words before it, by which it is
        looked for as well, make every passage seem farther away.
    """

    near: float
    stated: float
    found: float
    doubt: float
    least: float
    after: float = 0.0

    def score(self, near: float, made: Read, *, after: bool) -> float:
        odds = self.near * _log_odds(near) + self.stated * made.stated
        odds += self.found * made.found + self.doubt
        return probability(odds + self.after if after else odds)


_ARTICLES: Final = _Weights(near=0.5, stated=0.4, found=0.05, doubt=0.45, least=0.3)
"""For articles with titles, which say what they are about."""
_ABROAD: Final = _Weights(near=0.6, stated=0.25, found=0.05, doubt=0.4, least=0.3)
"""For articles in another language: the reader knows less of two languages at once."""
_PASSAGES: Final = _Weights(
    near=0.35, stated=0.5, found=0.05, doubt=0.1, least=0.3, after=1.3
)
_PICKED: Final = _Weights(near=0.05, stated=0.6, found=0.1, doubt=0.3, least=0.0)
"""For passages that were picked for the question: their topic says little."""
_LISTED: Final = re.compile(r"\s[|•]\s|\n\s*[-*•]\s+|\n+")
"""What stands between the examples of a list."""
_LISTS: Final = 4


def read_again(
    question: str, context: str, found: Sequence[Passage], *, picked: bool = False
) -> tuple[Passage, ...]:
    """Weigh what the likeliest passages state; give the best of each article.

    found: likeliest first; several may be of one article.
    context: what the contact asked before, where the question hangs on it. Texts that
        were picked are read with it as well.
    picked: whether the passages were picked for this question.
    """
    alone, whole = clip(question), clip(f"{context} {question}") if context else ""
    judged: list[Passage] = []
    left, best = MOST if picked else 1, 0.0
    for one in found:
        weights = _PICKED if picked else _weights(question, one.item)
        if one.score < weights.least or listed(one.item):
            judged.append(one)
        elif left:
            made = _read(alone, one, weights, after=bool(whole))
            if picked and whole:
                made = _between(made, _read(whole, one, weights, after=True))
            judged.append(made)
            left, best = left - 1, max(best, made.score)
        else:
            # What seemed less likely than all that was read does not outdo it unread.
            judged.append(replace(one, score=min(one.score, best)))
    return _best_of_each(judged)


def _weights(question: str, item: KnowledgeItem) -> _Weights:
    if not item.title:
        return _PASSAGES
    return _ARTICLES if spoken(question).same(language_of(item)) else _ABROAD


def listed(item: KnowledgeItem) -> list[str]:
    """Give the examples of an article that only lists some; empty for any other."""
    found = [x for x in _LISTED.split(item.text) if x.strip()]
    return found if len(found) >= _LISTS else []


def _read(question: str, one: Passage, weights: _Weights, *, after: bool) -> Passage:
    made = read(question, one.item.title, one.text)
    score = weights.score(one.score, made, after=after)
    return replace(one, score=score, near=one.score, sentence=made.sentence)


def _between(first: Passage, second: Passage) -> Passage:
    """The mean of two readings of a passage that was picked, by the better of them."""
    odds = (_log_odds(first.score) + _log_odds(second.score)) / 2
    better = max(first, second, key=lambda x: x.score)
    return replace(better, score=probability(odds))


def _log_odds(share: float) -> float:
    kept = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


def _best_of_each(found: Iterable[Passage]) -> tuple[Passage, ...]:
    best: dict[str, Passage] = {}
    for one in sorted(found, key=lambda x: -x.score):
        best.setdefault(one.item.id, one)
    return tuple(best.values())
