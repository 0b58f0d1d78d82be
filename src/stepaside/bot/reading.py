"""Read the likeliest passages, and tell what states an answer from what is near it."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stepaside.bot.passage import Passage
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.signal import ACTS_AT
from stepaside.models.linear import probability
from stepaside.models.reader import Read, read
from stepaside.models.text import clip

MOST: Final = 2
"""So many passages are read; each costs some tens of milliseconds."""
FEW: Final = 10
"""So few texts without titles were picked for the question, not written as help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    """What the topic and the two views of the reader count for.

    least: a passage whose topic seems less likely to answer is not read.
    """

    near: float
    stated: float
    found: float
    doubt: float
    least: float

    def score(self, near: float, made: Read) -> float:
        odds = self.near * _log_odds(near) + self.stated * made.stated
        return probability(odds + self.found * made.found + self.doubt)


_ARTICLES: Final = _Weights(near=0.5, stated=0.4, found=0.05, doubt=0.3, least=0.2)
"""For articles with titles, which say what they are about."""
_PASSAGES: Final = _Weights(near=0.35, stated=0.5, found=0.05, doubt=0.1, least=0.2)
_PICKED: Final = _Weights(near=0.1, stated=0.6, found=0.1, doubt=-0.1, least=0.0)
"""For passages that were picked for the question: their topic says little."""
_SURE: Final = 0.8
"""A passage that answers so likely ends the reading."""
_LISTED: Final = re.compile(r"\s[|•]\s|\n\s*[-*•]\s+|\n+")
"""What stands between the examples of a list."""
_LISTS: Final = 4


def read_again(
    question: str, context: str, found: Sequence[Passage], *, picked: bool = False
) -> tuple[Passage, ...]:
    """Weigh what the likeliest passages state; give the best of each article.

    found: likeliest first; several may be of one article.
    context: what the contact asked before, where the question hangs on it.
    picked: whether the passages were picked for this question.
    """
    asked = [clip(question)]
    if context:
        asked.append(clip(f"{context} {question}"))
    judged: list[Passage] = []
    left = MOST
    best = 0.0
    for one in found:
        weights = _PICKED if picked else _ARTICLES if one.item.title else _PASSAGES
        if one.score < weights.least or listed(one.item):
            judged.append(one)
        elif left and best < _SURE:
            judged.append(_read(asked, one, weights))
            left, best = left - 1, max(best, judged[-1].score)
        else:
            # What seemed less likely than all that was read does not outdo it unread.
            judged.append(replace(one, score=min(one.score, best)))
    return _best_of_each(judged)


def listed(item: KnowledgeItem) -> list[str]:
    """Give the examples of an article that only lists some; empty for any other."""
    found = [x for x in _LISTED.split(item.text) if x.strip()]
    return found if len(found) >= _LISTS else []


def _read(asked: Iterable[str], one: Passage, weights: _Weights) -> Passage:
    """Read with the question alone, and where that is refused with what led to it.

    What was asked before may be another matter altogether.
    """
    best = replace(one, score=-1.0)
    for question in asked:
        made = read(question, one.item.title, one.text)
        score = weights.score(one.score, made)
        if score > best.score:
            best = replace(one, score=score, near=one.score, sentence=made.sentence)
        if score >= ACTS_AT:
            break
    return best


def _log_odds(share: float) -> float:
    kept = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


def _best_of_each(found: Iterable[Passage]) -> tuple[Passage, ...]:
    best: dict[str, Passage] = {}
    for one in sorted(found, key=lambda x: -x.score):
        best.setdefault(one.item.id, one)
    return tuple(best.values())
