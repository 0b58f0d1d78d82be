"""Read the likeliest passages, and tell what states an answer from what is near it."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from stepaside.bot.passage import Passage
from stepaside.core.knowledge import KnowledgeItem
from stepaside.models.linear import probability
from stepaside.models.reader import read, ships
from stepaside.models.text import clip

MOST: Final = 3
"""So many passages are read; each costs some ten milliseconds."""
_LEAST: Final = 0.15
"""A passage on so foreign a topic is not read."""
_NEAR, _STATED, _FOUND, _DOUBT = 0.5, 0.7, 0.3, 0.0
"""What the topic and the reader count for; fitted by `data/reader/fit.py`."""
_SURE: Final = 0.9
"""A passage that answers so likely ends the reading."""
_LISTED: Final = re.compile(r"\s[|•]\s|\n\s*[-*•]\s+|\n+")
"""What stands between the examples of a list."""
_LISTS: Final = 4


def read_again(
    question: str, context: str, found: Sequence[Passage]
) -> tuple[Passage, ...]:
    """Weigh what the likeliest passages state; give the best of each article.

    found: likeliest first; several may be of one article.
    context: what the contact asked before, where the question hangs on it.
    """
    asked = clip(f"{context} {question}" if context else question)
    judged: list[Passage] = []
    left = MOST
    best = 0.0
    for one in found:
        if not _worth_reading(one):
            judged.append(one)
        elif left and best < _SURE:
            judged.append(_read(asked, one))
            left, best = left - 1, max(best, judged[-1].score)
        else:
            # What seemed less likely than all that was read does not outdo it unread.
            judged.append(replace(one, score=min(one.score, best)))
    return _best_of_each(judged)


def listed(item: KnowledgeItem) -> list[str]:
    """Give the examples of an article that only lists some; empty for any other."""
    found = [x for x in _LISTED.split(item.text) if x.strip()]
    return found if len(found) >= _LISTS else []


def _worth_reading(one: Passage) -> bool:
    return ships() and one.score >= _LEAST and not listed(one.item)


def _read(asked: str, one: Passage) -> Passage:
    made = read(asked, one.item.title, one.text)
    odds = _NEAR * _log_odds(one.score) + _STATED * made.stated
    odds += _FOUND * made.found + _DOUBT
    return replace(one, score=probability(odds), near=one.score, sentence=made.sentence)


def _log_odds(share: float) -> float:
    kept = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))


def _best_of_each(found: Iterable[Passage]) -> tuple[Passage, ...]:
    best: dict[str, Passage] = {}
    for one in sorted(found, key=lambda x: -x.score):
        best.setdefault(one.item.id, one)
    return tuple(best.values())
