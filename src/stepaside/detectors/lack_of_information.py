"""Find out whether the knowledge answers what was asked."""

from collections.abc import Sequence
from typing import Final

from stepaside.core.signal import ACTS_AT, Signal, SignalName
from stepaside.models.asking import asks_nothing

VERSION: Final = "lack_of_information/2"


def detect(
    question: str,
    passages: Sequence[tuple[str, str, float]],
    *,
    near: float | None = None,
    sentence: str = "",
) -> Signal:
    """Score how surely the knowledge lacks an answer to the question.

    passages: title, text and how likely it answers (0 to 1) of what was found, best
        first; empty where nothing was found.
    near: how likely the first of them seemed to answer before it was read; None where
        it was not read. sentence: the one that was gone by.
    A greeting, thanks or a plain yes asks nothing, so nothing can be lacking.
    """
    if asks_nothing(question):
        return _signal(0.02, "", "The contact asked nothing that needs knowledge.")
    if not passages:
        return _signal(0.97, "", "Nothing in the knowledge matches the question.")
    title, _, likely = passages[0]
    score = min(0.97, max(0.0, 1 - likely))
    evidence = sentence or title
    named = f"article “{title}”" if title else "passage"
    if score < ACTS_AT:
        answers = "states" if near is not None else "seems to answer"
        return _signal(score, evidence, f"The {named} {answers} it.")
    if near is not None and near >= ACTS_AT:
        reason = f"The {named} speaks of it but does not state it."
        return _signal(score, evidence, reason)
    reason = f"The nearest {named} does not seem to answer it."
    if title:
        reason = f"The nearest article, “{title}”, does not seem to answer it."
    return _signal(score, evidence, reason)


def _signal(score: float, evidence: str, reason: str) -> Signal:
    return Signal(
        name=SignalName.LACK_OF_INFORMATION,
        score=score,
        evidence=evidence[:200],
        reason=reason,
        detector=VERSION,
    )
