"""Hold a bot's articles in memory and find the passage that answers a question."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from stepaside.core.knowledge import KnowledgeItem
from stepaside.models.text import (
    clip,
    common_words,
    sentences,
    unspaced,
    words,
)

VERSION: Final = "knowledge/1"
_PASSAGE_SENTENCES: Final = 3
_SATURATION: Final = 1.2
_LENGTH_EFFECT: Final = 0.5
_TITLE_COUNTS: Final = 2
_QUERY_TERMS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Some sentences of an article, verbatim, and how well they fit: 0 to 1."""

    item: KnowledgeItem
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class _Entry:
    item: KnowledgeItem
    text: str
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class KnowledgeIndex:
    """An immutable full-text index; build a new one when an article changes."""

    _entries: Sequence[_Entry]
    _postings: Mapping[str, Sequence[tuple[int, float]]]
    _mean_size: float

    @classmethod
    def build(cls, items: Iterable[KnowledgeItem]) -> "KnowledgeIndex":
        """Index every article by its passages, its title and its questions."""
        entries: list[_Entry] = []
        postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for item in items:
            for text in _passages(item.text):
                counts = _weigh(item, text)
                for term, count in counts.items():
                    postings[term].append((len(entries), count))
                entries.append(_Entry(item, text, sum(map(int, counts.values()))))
        mean = sum(x.size for x in entries) / len(entries) if entries else 1.0
        return cls(entries, dict(postings), mean or 1.0)

    def __len__(self) -> int:
        return len(self._entries)

    def search(self, query: str, limit: int) -> tuple[Passage, ...]:
        """Give the best passage of each of the `limit` best articles, best first.

        Raises:
            ValueError: limit is below 1.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        wanted = terms(clip(query))[:_QUERY_TERMS]
        idf = {x: self._rarity(x) for x in set(wanted)}
        scores = self._scores(idf)
        best = self._best_of_each_article(scores)[:limit]
        whole = math.fsum(idf.values()) or 1.0
        return tuple(self._passage(entry, idf, whole) for entry in best)

    def _rarity(self, term: str) -> float:
        held = len(self._postings.get(term, ()))
        return math.log(1 + (len(self._entries) - held + 0.5) / (held + 0.5))

    def _scores(self, idf: Mapping[str, float]) -> dict[int, float]:
        scores: defaultdict[int, float] = defaultdict(float)
        for term, rarity in idf.items():
            for at, count in self._postings.get(term, ()):
                size = self._entries[at].size / self._mean_size
                damp = _SATURATION * (1 - _LENGTH_EFFECT + _LENGTH_EFFECT * size)
                scores[at] += rarity * count * (_SATURATION + 1) / (count + damp)
        return scores

    def _best_of_each_article(self, scores: Mapping[int, float]) -> list[_Entry]:
        best: dict[str, _Entry] = {}
        for at in sorted(scores, key=lambda x: (-scores[x], x)):
            best.setdefault(self._entries[at].item.id, self._entries[at])
        return list(best.values())

    def _passage(
        self, entry: _Entry, idf: Mapping[str, float], whole: float
    ) -> Passage:
        held = _weigh(entry.item, entry.text)
        covered = math.fsum(rarity for term, rarity in idf.items() if term in held)
        return Passage(
            item=entry.item, text=entry.text, score=min(1.0, covered / whole)
        )


def terms(text: str) -> list[str]:
    """Give the terms a text is found by: stems of words, pairs of unspaced letters."""
    found: list[str] = []
    for word in words(text):
        if unspaced(word):
            found += [a + b for a, b in pairwise(word)] or [word]
        elif word not in common_words():
            found.append(_stem(word))
    return found


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    """Cut what inflection adds; six letters tell words apart in most languages."""
    for ending in ("ings", "ing", "edly", "ies", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:6].rstrip("e")


def _passages(text: str) -> list[str]:
    """Cut an article into runs of sentences that overlap by one; at least one run."""
    parts = sentences(text)
    if len(parts) <= _PASSAGE_SENTENCES:
        return [text.strip()]
    step = _PASSAGE_SENTENCES - 1
    starts = range(0, len(parts) - 1, step)
    return [" ".join(parts[at : at + _PASSAGE_SENTENCES]) for at in starts]


def _weigh(item: KnowledgeItem, text: str) -> dict[str, float]:
    counts: Counter[str] = Counter(terms(text))
    for term in terms(item.title):
        counts[term] += _TITLE_COUNTS
    for term in terms(item.question or ""):
        counts[term] += _TITLE_COUNTS
    return dict(counts)
