"""Find out whether the knowledge answers what was asked."""

from collections.abc import Sequence
from typing import Final

from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.models.features import read
from stepaside.models.linear import probability
from stepaside.models.text import clip

VERSION: Final = "lack_of_information/1"
_ASKS_NOTHING: Final = frozenset(
    {"GREET", "THX", "YES", "NO", "SOLVED", "PLS", "ME", "YOU"}
)
_CENTRE: Final = 0.33
_STEEPNESS: Final = 14.0


def detect(question: str, passages: Sequence[tuple[str, str, float]]) -> Signal:
    """Score how surely the knowledge lacks an answer to the question.

    passages: title, text and likeness (0 to 1) of what was found, best first; empty
        where nothing was found.
    A greeting, thanks or a plain yes asks nothing, so nothing can be lacking.
    """
    if _asks_nothing(question):
        return _signal(0.02, "", "The contact asked nothing that needs knowledge.")
    if not passages:
        return _signal(0.95, "", "Nothing in the knowledge matches the question.")
    title, _, likeness = passages[0]
    score = probability(_STEEPNESS * (_CENTRE - likeness))
    if score >= ACTS_AT:
        return _signal(
            score, title, f"The nearest article, “{title}”, does not answer it."
        )
    return _signal(score, title, f"The article “{title}” answers it.")


def _asks_nothing(question: str) -> bool:
    tokens = read(clip(question))
    told = [x for x in tokens if x.tags and set(x.tags) <= _ASKS_NOTHING]
    return len(tokens) == len(told) or not any(x.text.strip() for x in tokens)


def _signal(score: float, evidence: str, reason: str) -> Signal:
    return Signal(
        name=SignalName.LACK_OF_INFORMATION,
        score=score,
        evidence=evidence[:200],
        reason=reason,
        detector=VERSION,
    )
