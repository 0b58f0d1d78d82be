"""Judge a custom rule: a condition in plain language, with the owner's examples."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stepaside.core.ids import RuleId
from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.core.turn import Turn
from stepaside.detectors.alike import Pattern, together
from stepaside.detectors.phrases import best_phrase
from stepaside.models.features import read
from stepaside.models.linear import probability
from stepaside.models.multilingual import LANGUAGES, embed
from stepaside.models.text import clip, ends, sentences, words
from stepaside.models.tongue import UNKNOWN, tongue

VERSION: Final = "custom/2"
_SAME: Final = 0.62
"""Likeness in words to an example from which it counts; for whole sentences alike."""
_WORDS_ALONE: Final = 0.9
"""Words so like an example are believed whatever they seem to mean."""
_DOUBT: Final = -1.5
"""Log-odds of the meaning from which words and condition may tip the balance."""
_MESSAGES, _PARTS = 24, 12
"""Messages of a burst, and sentences of a message, that are looked at one by one."""
_ALTERNATIVES = re.compile(r"[,;.]|\bor\b|\boder\b|\bou\b|\bo\b|\bof\b|\beller\b")
_TELLING: Final = 5
_ABOUT_NOBODY: Final = frozenset(
    {
        *("about", "asked", "asking", "client", "contact", "contacts", "customer"),
        *("customers", "every", "message", "messages", "mention", "mentioned"),
        *("mentions", "people", "person", "problem", "question", "questions"),
        *("saying", "something", "someone", "speaks", "talks", "tells", "things"),
        *("wants", "wanting", "while", "whose", "write", "writes"),
    }
)
"""Words of a condition that say who does it or that it is said, not what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    score: float
    evidence: str
    reason: str


def detect(
    turn: Turn, condition: str, phrases: Sequence[str], rule_id: RuleId
) -> Signal:
    """Score how surely the burst meets the condition of one custom rule.

    The examples decide by what they mean, in any of sixteen languages; words like
    theirs and the words of the condition tip the balance where that is in doubt, and
    decide alone in other languages. Denial is not seen: an example of what must not
    meet the condition cannot be given, so examples that say much help most.
    Milliseconds for a short message: not for an event loop.
    """
    parts = [x for line in ends(turn.burst, _MESSAGES) for x in _parts(clip(line.text))]
    asked = together(tuple(phrases), condition)
    found = (_judge(x, condition, phrases, asked) for x in parts)
    best = max(found, key=lambda x: x.score)
    acts = best.score >= ACTS_AT
    return Signal(
        name=SignalName.CUSTOM,
        score=best.score,
        evidence=best.evidence[:200] if acts else "",
        reason=best.reason if acts else _UNLIKE,
        detector=VERSION,
        rule_id=rule_id,
    )


_UNLIKE: Final = "The message is not like the examples or the condition."
_NAMES: Final = "The message names what the condition speaks of."


def _judge(
    text: str, condition: str, phrases: Sequence[str], asked: Pattern | None
) -> _Found:
    phrase, worded = best_phrase(read(text), phrases, _SAME)
    named = _named(condition, text)
    odds = asked.log_odds(text) if asked else _DOUBT - 1
    believed = odds > _DOUBT or tongue(text) not in _VECTORS_KNOW
    if odds >= 0 and probability(odds) >= worded:
        nearest = _nearest(text, phrases)
        reason = f"The message means much the same as the example “{nearest}”."
        return _Found(score=probability(odds), evidence=text, reason=reason)
    if worded >= ACTS_AT and (believed or worded >= _WORDS_ALONE):
        reason = f"The message is like the example “{phrase}”."
        return _Found(score=worded, evidence=text, reason=reason)
    if named >= ACTS_AT and believed:
        return _Found(score=named, evidence=text, reason=_NAMES)
    score = min(max(probability(odds), worded), _JUST_BELOW)
    return _Found(score=score, evidence=text, reason=_UNLIKE)


_JUST_BELOW: Final = 0.49
_VECTORS_KNOW: Final = LANGUAGES | {UNKNOWN}


def _nearest(text: str, phrases: Sequence[str]) -> str:
    said = embed(text)
    return max(phrases, key=lambda x: float(embed(x) @ said), default="")


def _parts(text: str) -> Iterator[str]:
    """The message, and its sentences: the first and the last of too many."""
    yield text
    found = sentences(text)
    if len(found) > 1:
        yield from ends(found, _PARTS)


def _named(condition: str, text: str) -> float:
    """The best covered alternative of the condition, 0 to 0.7."""
    said = {x[:_TELLING] for x in words(clip(text))}
    wanted = (set(_telling(x)) for x in _ALTERNATIVES.split(condition[:1000]))
    covered = [len(x & said) / len(x) for x in wanted if x]
    return 0.7 * max(covered, default=0.0)


def _telling(text: str) -> Iterator[str]:
    for word in words(text):
        if len(word) >= _TELLING and word not in _ABOUT_NOBODY:
            yield word[:_TELLING]
