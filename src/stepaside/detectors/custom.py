"""Judge a custom rule: a condition in plain language, with the owner's examples."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from stepaside.core.ids import RuleId
from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.core.turn import Turn
from stepaside.detectors.phrases import best_phrase
from stepaside.models.features import read
from stepaside.models.text import clip, sentences, words

VERSION: Final = "custom/1"
_SAME: Final = 0.62
"""Likeness to an example from which it counts; looser than for asking for a person."""
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


def detect(
    turn: Turn, condition: str, phrases: Sequence[str], rule_id: RuleId
) -> Signal:
    """Score how surely the burst meets the condition of one custom rule.

    The examples decide; the telling words of the condition help. Without a language
    model this sees likeness of words, not of meaning: more examples make it better.
    """
    parts = [x for line in turn.burst for x in _parts(clip(line.text))]
    phrase, score, evidence = max(
        ((*best_phrase(read(x), phrases, _SAME), x) for x in parts), key=lambda x: x[1]
    )
    reason = f"The message is like the example “{phrase}”."
    named = _named(condition, turn.text)
    if named > score:
        score, evidence = named, max(parts, key=lambda x: _named(condition, x))
        reason = "The message names what the condition speaks of."
    if score < ACTS_AT:
        evidence, reason = "", "The message is not like the examples or the condition."
    return Signal(
        name=SignalName.CUSTOM,
        score=score,
        evidence=evidence[:200],
        reason=reason,
        detector=VERSION,
        rule_id=rule_id,
    )


def _parts(text: str) -> Iterator[str]:
    yield text
    yield from sentences(text)[:24]


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
