"""Find out whether the knowledge answers what was asked."""

from collections.abc import Sequence
from typing import Final

from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.detectors.asking import asks_nothing

VERSION: Final = "lack_of_information/1"


def detect(question: str, passages: Sequence[tuple[str, str, float]]) -> Signal:
    """Score how surely the knowledge lacks an answer to the question.

    passages: title, text and how likely it answers (0 to 1) of what was found, best
        first; empty where nothing was found.
    A greeting, thanks or a plain yes asks nothing, so nothing can be lacking.
    """
    if asks_nothing(question):
        return _signal(0.02, "", "The contact asked nothing that needs knowledge.")
    if not passages:
        return _signal(0.97, "", "Nothing in the knowledge matches the question.")
    title, _, likely = passages[0]
    score = min(0.97, max(0.0, 1 - likely))
    if score < ACTS_AT:
        return _signal(score, title, f"The article “{title}” seems to answer it.")
    reason = f"The nearest article, “{title}”, does not seem to answer it."
    return _signal(score, title, reason)


def _signal(score: float, evidence: str, reason: str) -> Signal:
    return Signal(
        name=SignalName.LACK_OF_INFORMATION,
        score=score,
        evidence=evidence[:200],
        reason=reason,
        detector=VERSION,
    )
