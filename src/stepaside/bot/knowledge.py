"""Hold a bot's articles in memory and find the passage that answers a question."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from stepaside.bot.across import Across
from stepaside.bot.examples import Examples, is_list
from stepaside.bot.passage import Passage
from stepaside.bot.reading import FEW, MOST, listed, read_again
from stepaside.bot.synonyms import in_its_words
from stepaside.bot.terms import terms
from stepaside.core.knowledge import KnowledgeItem
from stepaside.models.linear import probability
from stepaside.models.meaning import SIZE, Vector, meaning
from stepaside.models.multilingual import LANGUAGES
from stepaside.models.text import (
    clip,
    sentence_spans,
)
from stepaside.models.tongue import UNKNOWN, seems_english, tongue

VERSION: Final = "knowledge/3"
_PASSAGE_SENTENCES: Final = 3
_SATURATION: Final = 1.2
_LENGTH_EFFECT: Final = 0.5
_TITLE_COUNTS: Final = 2
_QUERY_TERMS: Final = 64
_CONTEXT_COUNTS: Final = 0.4
_WORDS_BESIDE_MEANING: Final = 0.3
_EXAMPLES: Final = 200
_SPARE: Final = 3
"""Articles looked at beyond those wanted: ranks differ a little from scores."""
_LIKENESS, _WORDS, _DOUBT = 9.5, 5.6, 5.9
"""What likeness and words count for, and what they have to make up for; fitted."""


@dataclass(frozen=True, slots=True)
class _Entry:
    item: KnowledgeItem
    text: str
    terms: Mapping[str, float]
    size: float


@dataclass(frozen=True, slots=True)
class _Query:
    """Weighted terms of a question, and its vector; None for a language without.

    outside: whether it is in a language of which no vectors are known at all.
    """

    weights: Mapping[str, float]
    vector: Vector | None
    outside: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class KnowledgeIndex:
    """An immutable index by words and by meaning; build a new one after a change."""

    _entries: Sequence[_Entry]
    _postings: Mapping[str, Sequence[tuple[int, float]]]
    _vectors: Vector
    _vector_entry: npt.NDArray[np.intp]
    _mean_size: float
    _across: Across
    _learnt: "_Learnt | None"

    @classmethod
    def build(
        cls, items: Iterable[KnowledgeItem], *, bridge: bool = True, deep: bool = True
    ) -> "KnowledgeIndex":
        """Index every article by its passages, its title and its questions.

        bridge: whether an article answers a question in another language.
        deep: see `Examples.learn`; it takes seconds where there are thousands.
        """
        items = tuple(items)
        examples = Examples.learn(items, deep=deep)
        by_examples = set(examples.items.tolist()) if examples else set()
        entries: list[_Entry] = []
        vectors: list[Vector] = []
        owners: list[int] = []
        first: list[int] = []
        for place, item in enumerate(items):
            first.append(len(entries))
            asked = [*map(meaning().embed, _questions(item))]
            if place not in by_examples:
                asked += _examples(item)
            owners += [len(entries)] * len(asked)
            vectors += asked
            for text in passages_of(item.text):
                owners.append(len(entries))
                vectors.append(meaning().embed(f"{item.title}. {text}"))
                entries.append(_entry(item, text))
        postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, entry in enumerate(entries):
            for term, count in entry.terms.items():
                postings[term].append((at, count))
        mean = sum(x.size for x in entries) / max(1, len(entries))
        matrix = np.array(vectors, np.float32).reshape(-1, SIZE)
        owner = np.array(owners, np.intp)
        across = Across([(x.item, x.text) for x in entries], bridge=bridge)
        learnt = _Learnt.of(examples, items, [*first, len(entries)])
        return cls(entries, dict(postings), matrix, owner, mean or 1.0, across, learnt)

    def __len__(self) -> int:
        """Give the number of passages."""
        return len(self._entries)

    @property
    def deep(self) -> bool:
        """Whether examples, if there are any, are compared by all vectors."""
        return self._learnt is None or len(self._learnt.examples.views) > 1

    @property
    def compared_across(self) -> bool:
        """Whether a question has needed the vectors for other languages yet."""
        return self._across.ready

    def search(
        self, query: str, limit: int, context: str = "", answered: str = ""
    ) -> tuple[Passage, ...]:
        """Give the best passage of each of the `limit` best articles, best first.

        The likeliest are read, to tell what states an answer from what is near it.
        context: what the contact said before; it counts less than the query.
        answered: what the bot said to that: a passage is looked for by it, not read.

        Raises:
            ValueError: limit is below 1.
        """
        found = self.near(query, limit, f"{context} {answered}".strip())
        return read_again(query, context, found, picked=self._picked)[:limit]

    @property
    def titled(self) -> bool:
        """Whether articles have titles that say what they are about."""
        return any(x.item.title for x in self._entries)

    @property
    def _picked(self) -> bool:
        """Whether this is no help centre, but a few texts picked for one question."""
        own = {x.item.id: x.item.title for x in self._entries[: 50 * FEW]}
        return len(own) <= FEW and not any(own.values())

    def near(self, query: str, limit: int, context: str = "") -> tuple[Passage, ...]:
        """Give what is alike in words and meaning, and has not been read, best first.

        At least `MOST` passages, if there are; some may be of the same article.

        Raises:
            ValueError: limit is below 1.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        if not self._entries:
            return ()
        asked = _query(in_its_words(clip(query), self._postings, terms), context)
        learnt = self._learnt.log_odds(query, context) if self._learnt else None
        likely = _Likely(self._alike(asked), learnt, None)
        if learnt is None or np.isnan(learnt).any():
            likely = replace(likely, across=self._across.log_odds(query, context))
        worded = self._worded(asked)
        best = worded.max(initial=0.0) or 1.0
        total = likely.ranked() + _WORDS_BESIDE_MEANING * worded / best
        passages = (
            self._passage(at, asked, likely) for at in self._best(total, limit + _SPARE)
        )
        return tuple(sorted(passages, key=lambda x: -x.score))

    def _best(self, total: Vector, limit: int) -> Sequence[int]:
        """The best entry of each of the best articles, and those to read beside."""
        order = np.argsort(-total, kind="stable")[: limit * 8 + 32].tolist()
        found: dict[str, int] = {}
        beside: list[int] = []
        for at in (x for x in order if total[x] > 0):
            if len(found) < limit and self._entries[at].item.id not in found:
                found[self._entries[at].item.id] = at
            elif len(found) + len(beside) < MOST:
                beside.append(at)
        return [*found.values(), *beside]

    def _alike(self, asked: _Query) -> Vector:
        """The likeness in meaning of every entry; 0 where there is no vector."""
        found = np.zeros(len(self._entries), np.float32)
        if asked.vector is not None:
            # einsum and not @: a threaded BLAS spins beside the other work of a server.
            alike = np.einsum("ij,j->i", self._vectors, asked.vector)
            np.maximum.at(found, self._vector_entry, alike)
        return found

    def _worded(self, asked: _Query) -> Vector:
        """The likeness in words of every entry, by Okapi BM25."""
        found = np.zeros(len(self._entries), np.float32)
        for term, weight in asked.weights.items():
            rarity = weight * self._rarity(term)
            for at, count in self._postings.get(term, ()):
                size = self._entries[at].size / self._mean_size
                damp = _SATURATION * (1 - _LENGTH_EFFECT + _LENGTH_EFFECT * size)
                found[at] += rarity * count * (_SATURATION + 1) / (count + damp)
        return found

    def _rarity(self, term: str) -> float:
        held = len(self._postings.get(term, ()))
        return math.log(1 + (len(self._entries) - held + 0.5) / (held + 0.5))

    def _passage(self, at: int, asked: _Query, likely: "_Likely") -> Passage:
        entry = self._entries[at]
        learnt = likely.by_examples(at)
        if learnt is not None and is_list(entry.item):
            return Passage(item=entry.item, text=entry.text, score=learnt)
        rarity = {x: w * self._rarity(x) for x, w in asked.weights.items()}
        held = math.fsum(y for x, y in rarity.items() if x in entry.terms)
        covered = held / (math.fsum(rarity.values()) or 1.0)
        known = float(likely.alike[at]) if asked.vector is not None else None
        score = _likely(covered, known)
        across = likely.over_the_border(at)
        if across is not None:
            score = max(
                score if asked.outside else 0.0, _likely_across(covered, across)
            )
        score = max(score, learnt or 0.0)
        return Passage(item=entry.item, text=entry.text, score=score)


@dataclass(frozen=True, slots=True, eq=False)
class _Likely:
    """How near each entry is: in English, by its article's examples, over a border.

    learnt, across: log-odds, NaN where an entry was not compared so; None for none.
    """

    alike: Vector
    learnt: Vector | None
    across: Vector | None

    def ranked(self) -> Vector:
        """Give it on one scale, to rank by."""
        found = self.alike
        if self.across is not None:
            found = np.where(np.isnan(self.across), found, _as_likeness(self.across))
        if self.learnt is not None:
            found = np.where(np.isnan(self.learnt), found, _as_likeness(self.learnt))
        return found

    def by_examples(self, at: int) -> float | None:
        """How likely an entry answers by the examples of its article."""
        if self.learnt is None or math.isnan(self.learnt[at]):
            return None
        return probability(float(self.learnt[at]))

    def over_the_border(self, at: int) -> float | None:
        """The log-odds of an entry in another language."""
        if self.across is None or math.isnan(self.across[at]):
            return None
        return float(self.across[at])


@dataclass(frozen=True, slots=True, eq=False)
class _Learnt:
    """What was learnt from examples, and the article of each entry among them.

    article: -1 for an entry of an article that lists none.
    """

    examples: Examples
    article: npt.NDArray[np.intp]

    @classmethod
    def of(
        cls,
        examples: Examples | None,
        items: Sequence[KnowledgeItem],
        first: Sequence[int],
    ) -> "_Learnt | None":
        """first: the first entry of each article, and the number of all."""
        if examples is None:
            return None
        number = np.full(len(items), -1, np.intp)
        number[examples.items] = np.arange(len(examples.items))
        return cls(examples, np.repeat(number, np.diff(first)))

    def log_odds(self, query: str, context: str) -> Vector | None:
        """Give how likely each entry answers, NaN for an article without examples.

        None where the question is in a language that no example is in.
        """
        if not self.examples.understands(query):
            return None
        found = self.examples.log_odds(query, context)
        return np.where(self.article >= 0, found[self.article], np.nan)


def _likely(covered: float, alike: float | None) -> float:
    """How likely a passage answers: fitted, see docs/adr/0006."""
    if alike is None:
        return probability(8.0 * (covered - 0.42))
    return probability(_LIKENESS * alike + _WORDS * covered - _DOUBT)


def _likely_across(covered: float, across: float) -> float:
    """How likely a passage in another language answers: see docs/adr/0018."""
    return probability(across + _WORDS * covered)


def _as_likeness(across: Vector) -> Vector:
    """Put log-odds on the scale of the English vectors, to rank beside those."""
    found: Vector = ((across + _DOUBT) / _LIKENESS).astype(np.float32)
    return found


def _query(text: str, context: str) -> _Query:
    weights = dict.fromkeys(terms(clip(text))[:_QUERY_TERMS], 1.0)
    for term in terms(clip(context))[:_QUERY_TERMS]:
        weights.setdefault(term, _CONTEXT_COUNTS)
    if not seems_english(text):
        spoken = tongue(text)
        return _Query(weights, None, spoken != UNKNOWN and spoken not in LANGUAGES)
    vector = meaning().embed(text)
    if context:
        vector = vector + _CONTEXT_COUNTS * meaning().embed(context)
        vector /= np.linalg.norm(vector) or 1.0
    return _Query(weights, vector)


def _entry(item: KnowledgeItem, text: str) -> _Entry:
    counts: Counter[str] = Counter(terms(text))
    for beside in (item.title, item.question or ""):
        for term in terms(beside):
            counts[term] += _TITLE_COUNTS
    return _Entry(item, text, dict(counts), float(counts.total()))


def _questions(item: KnowledgeItem) -> list[str]:
    asked = (item.question or "").splitlines()
    return [x for x in (item.title, *asked) if x.strip()]


def _examples(item: KnowledgeItem) -> list[Vector]:
    """Give a vector for each example in an article that lists some.

    Each lies halfway between the example and the list as a whole: one example may be
    odd, and all of them together say little of any one.
    """
    examples = listed(item)[:_EXAMPLES]
    if not examples:
        return []
    whole = meaning().embed(item.text)
    near = (meaning().embed(x) + whole for x in examples)
    return [(x / 2).astype(np.float32) for x in near]


def passages_of(text: str) -> list[str]:
    """Cut an article into runs of sentences that overlap by one; at least one run."""
    spans = sentence_spans(text)
    if len(spans) <= _PASSAGE_SENTENCES:
        return [text.strip()]
    starts = range(0, len(spans) - 1, _PASSAGE_SENTENCES - 1)
    runs = (spans[at : at + _PASSAGE_SENTENCES] for at in starts)
    return [text[run[0][0] : run[-1][1]] for run in runs]
