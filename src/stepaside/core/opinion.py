"""A language model's second opinion on what the detectors found.

A model reads meaning better than the detectors, and can be talked into anything. So it
may confirm a doubt and never more: it cannot silence a detector, and it cannot raise
an alarm where the detector sees nothing at all or where the contact did not say it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from stepaside.core.signal import Signal, SignalName

DOUBT: Final = 0.1
"""From this score of the detector on, a model's second opinion counts."""
CONFIRMED: Final = 0.75
"""The score of a doubt that a model confirms."""
_HEARD: Final = (SignalName.HUMAN_REQUESTED, SignalName.ATTEMPT_FAILED)


def second_opinions(
    found: Sequence[Signal], opinions: Sequence[Signal]
) -> tuple[Signal, ...]:
    """What the detectors found, with the doubts that a model confirms.

    opinions: of the model, each with evidence from the contact's own words; one
        without evidence counts for nothing. A custom rule's condition, which is plain
        language, is the model's to judge, so there it needs no doubt to confirm.
    """
    heard = [x for x in opinions if x.acts and x.evidence]
    return tuple(_confirmed(signal, heard) for signal in found)


def _confirmed(signal: Signal, opinions: Sequence[Signal]) -> Signal:
    same = (
        x for x in opinions if x.name is signal.name and x.rule_id == signal.rule_id
    )
    opinion = next(same, None)
    if opinion is None or signal.acts or not _may_be_confirmed(signal):
        return signal
    return replace(
        signal,
        score=CONFIRMED,
        evidence=opinion.evidence,
        reason=opinion.reason,
        detector=f"{signal.detector}+{opinion.detector}",
        details={**signal.details, "before": signal.score},
    )


def _may_be_confirmed(signal: Signal) -> bool:
    if signal.name is SignalName.CUSTOM:
        return True
    return signal.name in _HEARD and signal.score >= DOUBT
