"""Ask the detectors every question of a labelled file, as a real turn is decided."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from stepaside.core.policy import Cause, DecisionKind
from stepaside.core.turn import Author
from stepaside.evaluation.cases import Case, Dialogue
from stepaside.evaluation.knowledge import Indexes
from stepaside.evaluation.lines import UnreadableLine
from stepaside.pipeline.decide_once import decide_transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a detector said. seconds: for the whole turn, all detectors together."""

    case: Case
    score: float
    evidence: str
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The place of the first turn that was handed over, and why; None for never."""

    dialogue: Dialogue
    handed_over_at: int | None = None
    cause: Cause | None = None

    @property
    def right(self) -> bool:
        """Whether people came for failures at the very turn, or rightly never."""
        due = self.dialogue.hands_over_at
        in_time = self.handed_over_at == due
        return in_time and (due is None or self.cause is Cause.FAILED_TO_RESOLVE)


def score(cases: Iterable[Case | Dialogue], indexes: Indexes) -> list[Scored | Played]:
    """Decide about every case in order.

    Raises:
        UnreadableLine: a question names knowledge that is not there.
    """
    return [_play(x) if isinstance(x, Dialogue) else _score(x, indexes) for x in cases]


def _score(case: Case, indexes: Indexes) -> Scored:
    index = None
    if case.knowledge_id is not None:
        index = indexes.get(case.knowledge_id)
        if index is None:
            raise UnreadableLine(f"{case.id}: no knowledge is {case.knowledge_id!r}")
    began = time.perf_counter()
    verdict = decide_transcript(case.transcript, index=index)
    seconds = time.perf_counter() - began
    own = [x for x in verdict.signals if x.name is case.signal]
    best = max(own, key=lambda x: x.score, default=None)
    return Scored(
        case=case,
        score=best.score if best else 0.0,
        evidence=best.evidence if best else "",
        reason=best.reason if best else "",
        seconds=seconds,
    )


def _play(dialogue: Dialogue) -> Played:
    lines = dialogue.transcript
    for at in (i for i, x in enumerate(lines) if x.author is Author.CONTACT):
        decision = decide_transcript(lines[: at + 1]).decision
        if decision.kind is DecisionKind.HAND_OVER:
            return Played(dialogue=dialogue, handed_over_at=at, cause=decision.cause)
    return Played(dialogue=dialogue)
