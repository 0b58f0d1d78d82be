"""Ask the detectors every question of a labelled file, as a real turn is decided."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.policy import Cause, DecisionKind
from stepaside.core.turn import Author
from stepaside.evaluation.cases import Case, Dialogue, UnreadableCase, lines_of
from stepaside.pipeline.decide_once import decide_transcript

Indexes = Mapping[str, KnowledgeIndex]


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


def read_indexes(path: Path) -> Indexes:
    """Index each line of a knowledge file, by its id; `.gz` is unpacked.

    A line is `{"knowledge_id", "items": [{"title", "text"}]}`, or `{"kb_id",
    "passages": ["…"]}` for texts without titles.

    Raises:
        UnreadableCase: a line is neither.
    """
    found: dict[str, KnowledgeIndex] = {}
    for place, line in lines_of(path):
        try:
            row = json.loads(line)
            name = row["knowledge_id"] if "items" in row else row["kb_id"]
            found[str(name)] = KnowledgeIndex.build(_items(row))
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableCase(f"{place}: {error!r}") from error
    return found


def _items(row: Mapping[str, Any]) -> Sequence[KnowledgeItem]:
    plain = [{"title": "", "text": x} for x in row.get("passages", ())]
    return [
        KnowledgeItem(
            id=KnowledgeItemId(str(number)),
            title=item["title"],
            text=item["text"],
            question=item.get("question"),
        )
        for number, item in enumerate(row.get("items", plain))
    ]


def score(cases: Iterable[Case | Dialogue], indexes: Indexes) -> list[Scored | Played]:
    """Decide about every case in order.

    Raises:
        UnreadableCase: a question names knowledge that is not there.
    """
    return [_play(x) if isinstance(x, Dialogue) else _score(x, indexes) for x in cases]


def _score(case: Case, indexes: Indexes) -> Scored:
    index = None
    if case.knowledge_id is not None:
        index = indexes.get(case.knowledge_id)
        if index is None:
            raise UnreadableCase(f"{case.id}: no knowledge is {case.knowledge_id!r}")
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
