"""Compare a question with the examples that articles give of how contacts ask.

Where articles list examples, more is known than their words: how near questions about
the same lie to one another, and how near questions about something else come. Both are
learnt when the index is built, by holding examples out, and put every such knowledge on
one scale (`bot.calibration`).
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from stepaside.bot.calibration import Numbers, Scale, undecided
from stepaside.bot.nearness import Covering, Places, View
from stepaside.core.knowledge import KnowledgeItem
from stepaside.models import multilingual
from stepaside.models.meaning import meaning
from stepaside.models.ordinary import ordinary, ordinary_english
from stepaside.models.same import asked_elsewhere, same
from stepaside.models.text import clip
from stepaside.models.tongue import UNKNOWN, tongue

_BETWEEN: Final = re.compile(r"\s\|\s")
_NAMED: Final = re.compile(r"^[^:|?.!]{1,60}:\s")
"""What an article of examples may be called, before the first of them."""
_LISTS, _READ = 3, 200
"""Examples from which an article lists some, and those read of one article."""
_LEAST_ARTICLES, _LEAST_EXAMPLES = 3, 20
_HELD_OUT: Final = 500
"""Examples held out, one after another, to learn how near they lie."""
_DEEP: Final = 3000
"""Examples also compared by the multilingual vectors: two milliseconds each to make."""
_CONTEXT_COUNTS: Final = 0.4

WEIGHTS: Final = (
    np.array([0.3, 0.5, 0.9, 0.4, -0.4, 0.3], np.float32),
    np.array(
        [
            *(0.48, 0.14, 0.22, 0.11, -0.26),
            *(0.11, 0.11, 0.15, 0.08, 0.0),
            *(1.61, 0.29, 0.16, 0.0, -0.96),
            0.1,
        ],
        np.float32,
    ),
)
"""What each view counts for: the English vectors' five, the multilingual ones', those
of both as learnt to ask the same, and the words. Without the multilingual vectors only
the first and the last. Fitted."""
USUAL: Final = (-1.1, -2.2)
"""Where other knowledge is undecided."""


def examples_of(item: KnowledgeItem) -> list[str]:
    """Give the examples of how contacts ask for an article; empty where it has few.

    They are the lines of its questions, or a text that is a list: `one | other | …`.
    """
    found = (item.question or "").splitlines()
    if is_list(item):
        first, *rest = _BETWEEN.split(item.text)
        found += [_NAMED.sub("", first), *rest]
    found = [x.strip() for x in found if x.strip()]
    return found[:_READ] if len(found) >= _LISTS else []


def is_list(item: KnowledgeItem) -> bool:
    """Whether an article is nothing but examples, so that its text tells no more."""
    return len(_BETWEEN.findall(item.text)) >= _LISTS - 1


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """The examples of some articles, learnt: see `learn`.

    items: the place of each article among those given, in order.
    tongues: the languages that examples are in, as far as they are told.
    held_out: how questions score that can be answered, shape (questions, views), and
        how those do whose article is away.
    """

    items: Places
    tongues: frozenset[str]
    views: Sequence[View]
    covering: Covering
    scale: Scale
    weights: Numbers
    undecided: float
    held_out: tuple[Numbers, Numbers]

    @classmethod
    def learn(
        cls,
        items: Sequence[KnowledgeItem],
        *,
        deep: bool = True,
        others: Sequence[Numbers] = (),
    ) -> "Examples | None":
        """Learn from the articles that list examples; None where too few do.

        deep: whether to compare by the multilingual vectors too, which takes some two
            milliseconds an example.
        others: vectors of messages about something else, for each view; empty for
            those that ship.
        """
        others = others or (
            ordinary_english(),
            *((ordinary(), asked_elsewhere()) if deep else ()),
        )
        listed = [(at, x) for at, item in enumerate(items) if (x := examples_of(item))]
        texts = [y for _, x in listed for y in x]
        if len(listed) < _LEAST_ARTICLES or len(texts) < _LEAST_EXAMPLES:
            return None
        owners = np.repeat(np.arange(len(listed)), [len(x) for _, x in listed])
        quick = np.array([meaning().embed(x) for x in texts], np.float32)
        views = [View.of(quick, owners, np.arange(len(texts)), others[0])]
        if deep:
            views += _deep(texts, quick, owners, others[1:])
        covering = Covering.of(texts, owners)
        answered, missing = _hold_out(views, covering, texts, owners)
        scale = Scale.of(np.concatenate([answered, missing]))
        weights = WEIGHTS[deep]
        zero = undecided(scale(answered) @ weights, USUAL[deep])
        places = np.array([at for at, _ in listed], np.intp)
        held_out = (answered, missing)
        spoken = _tongues(texts)
        return cls(places, spoken, views, covering, scale, weights, zero, held_out)

    def see(self, question: str, context: str = "") -> Numbers:
        """Give all views of a question, scaled: shape (articles, views).

        context: what the contact said before; it counts less.
        """
        text, before = clip(question), clip(context)
        asked = [_together(meaning().embed, text, before)[None]]
        if len(self.views) > 1:
            asked.append(_together(multilingual.embed, text, before)[None])
            asked.append(same(*asked))
        seen = [x.see(y) for x, y in zip(self.views, asked, strict=True)]
        seen.append(self.covering.see([f"{before} {text}"]))
        return self.scale(np.concatenate(seen, axis=2)[0])

    def understands(self, question: str) -> bool:
        """Tell whether a question may be in a language that examples are in."""
        return (tongue(question) or UNKNOWN) in {UNKNOWN, "en", *self.tongues}

    def log_odds(self, question: str, context: str = "") -> Numbers:
        """Say how likely each article answers; 0 is where it is undecided."""
        found: Numbers = self.see(question, context) @ self.weights - self.undecided
        return found


def _tongues(texts: Sequence[str]) -> frozenset[str]:
    """The languages of which there is more than one example among some hundreds."""
    often = Counter(tongue(x) for x in texts[:: 1 + len(texts) // _HELD_OUT])
    return frozenset(x for x, count in often.items() if count > 1)


def best(seen: Numbers, weights: Numbers) -> Numbers:
    """Give the views of the likeliest article: (questions, articles, views) before."""
    first = (seen @ weights).argmax(axis=1)
    found: Numbers = seen[np.arange(len(seen)), first]
    return found


def _hold_out(
    views: Sequence[View], covering: Covering, texts: Sequence[str], owners: Places
) -> tuple[Numbers, Numbers]:
    """Ask with examples as if they were not there, and as if their articles were not.

    Only examples that every view has, evenly over all articles.
    """
    known = np.flatnonzero(views[-1].place >= 0)
    several = np.bincount(owners)[owners[known]] > 1
    chosen = known[several]
    chosen = chosen[_evenly(len(chosen), _HELD_OUT)]
    said = [texts[x] for x in chosen]
    weights = WEIGHTS[len(views) > 1]
    found = []
    for away in (None, owners[chosen]):
        seen = [x.see_again(x.place[chosen], away) for x in views]
        seen.append(covering.see(said, owners[chosen], away))
        whole = np.concatenate(seen, axis=2)
        scale = Scale.of(whole.reshape(-1, whole.shape[2]))
        found.append(whole[np.arange(len(said)), (scale(whole) @ weights).argmax(1)])
    return found[0], found[1]


def _deep(
    texts: Sequence[str],
    quick: Numbers,
    owners: Places,
    others: Sequence[Numbers],
) -> list[View]:
    chosen = _spread(owners)
    vectors = multilingual.embed_all([texts[x] for x in chosen])
    alike = same(quick[chosen], vectors)
    return [
        View.of(vectors, owners, chosen, others[0]),
        View.of(alike, owners, chosen, others[1]),
    ]


def _spread(owners: Places) -> Places:
    """Choose at most `_DEEP` examples, as many of each article as of any."""
    counts = np.bincount(owners)
    each = max(_LISTS, _DEEP // len(counts))
    if counts.sum() <= _DEEP:
        return np.arange(len(owners))
    starts = np.cumsum(counts) - counts
    own = (_evenly(int(n), each) for n in counts)
    return np.concatenate([x + start for x, start in zip(own, starts, strict=True)])


def _together(embed: Callable[[str], Numbers], text: str, before: str) -> Numbers:
    asked = embed(text)
    if not before.strip():
        return asked
    both = asked + _CONTEXT_COUNTS * embed(before)
    found: Numbers = (both / (np.sqrt(both @ both) or 1.0)).astype(np.float32)
    return found


def _evenly(count: int, most: int) -> Places:
    """Give at most some of the numbers below a count, evenly from first to last."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.intp)
