"""Say how good the detectors are, by language and category, and what is wrong."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from stepaside.core.signal import ACTS_AT, SignalName
from stepaside.evaluation.figures import (
    Figures,
    Share,
    measure,
    reliability,
    share,
    sweep,
)
from stepaside.evaluation.scoring import Played, Scored

Wanted = Mapping[str, Mapping[str, Any]]
"""Limits by detector; see `shortfalls`."""
_EACH: Final = "each_language"
_ENOUGH: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Everything about one detector.

    slowest: the 95th percentile of a turn, in seconds.
    """

    signal: SignalName
    whole: Figures
    by_language: Mapping[str, Figures]
    by_category: Mapping[str, Figures]
    wrong: Sequence[Scored]
    sweep: Sequence[tuple[float, Share, Share]]
    reliability: Sequence[tuple[float, Share]]
    median: float
    slowest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All detectors that were asked.

    exact: dialogues handed over for failures at the right turn or, rightly, never for
        any cause; None where no dialogue was played.
    """

    detectors: Sequence[Answered]
    exact: Share | None
    missed: Sequence[Played]


def report(results: Sequence[Scored | Played], threshold: float = ACTS_AT) -> Report:
    """Measure what was scored, by detector in the order they were asked."""
    asked: dict[SignalName, list[Scored]] = {}
    for one in results:
        if isinstance(one, Scored):
            asked.setdefault(one.case.signal, []).append(one)
    played = [x for x in results if isinstance(x, Played)]
    missed = [x for x in played if not x.right]
    exact = share(len(played) - len(missed), len(played)) if played else None
    return Report(
        detectors=[_answered(x, own, threshold) for x, own in asked.items()],
        exact=exact,
        missed=missed,
    )


def _answered(name: SignalName, own: Sequence[Scored], threshold: float) -> Answered:
    seconds = sorted(x.seconds for x in own)
    wrong = [x for x in own if (x.score >= threshold) != x.case.expected]
    return Answered(
        signal=name,
        whole=measure(_pairs(own), threshold),
        by_language=_grouped(own, lambda x: x.case.language, threshold),
        by_category=_grouped(own, lambda x: x.case.category, threshold),
        wrong=sorted(wrong, key=lambda x: x.score),
        sweep=sweep(_pairs(own)),
        reliability=reliability(_pairs(own)),
        median=seconds[len(seconds) // 2],
        slowest=seconds[int(0.95 * (len(seconds) - 1))],
    )


def _grouped(
    own: Sequence[Scored], key: Callable[[Scored], str], threshold: float
) -> Mapping[str, Figures]:
    groups: dict[str, list[Scored]] = {}
    for one in own:
        groups.setdefault(key(one), []).append(one)
    return {x: measure(_pairs(groups[x]), threshold) for x in sorted(groups)}


def _pairs(own: Sequence[Scored]) -> list[tuple[float, bool]]:
    return [(x.score, x.case.expected) for x in own]


def as_json(made: Report) -> dict[str, Any]:
    """Give the report for programs; shares from 0 to 1, times in milliseconds."""
    return {
        "detectors": {x.signal.value: _detector_json(x) for x in made.detectors},
        "handed_over_at_the_right_turn": asdict(made.exact) if made.exact else None,
        "dialogues_wrong": [
            {
                "id": x.dialogue.id,
                "expected": x.dialogue.hands_over_at,
                "handed_over_at": x.handed_over_at,
                "cause": x.cause,
            }
            for x in made.missed
        ],
    }


def _detector_json(one: Answered) -> dict[str, Any]:
    return {
        **asdict(one.whole),
        "by_language": {x: asdict(y) for x, y in one.by_language.items()},
        "by_category": {x: asdict(y) for x, y in one.by_category.items()},
        "sweep": [
            {"threshold": at, "recall": x.share, "false": y.share}
            for at, x, y in one.sweep
        ],
        "reliability": [
            {"mean_score": round(mean, 4), "true": x.share, "of": x.of}
            for mean, x in one.reliability
        ],
        "wrong": [_wrong_json(x) for x in one.wrong],
        "median_ms": round(1000 * one.median, 3),
        "p95_ms": round(1000 * one.slowest, 3),
    }


def _wrong_json(one: Scored) -> dict[str, Any]:
    return {
        "id": one.case.id,
        "expected": one.case.expected,
        "score": round(one.score, 4),
        "language": one.case.language,
        "category": one.case.category,
        "text": one.case.transcript[-1].text,
        "reason": one.reason,
    }


def shortfalls(made: Report, wanted: Wanted) -> list[str]:
    """Say in a line each what is worse than wanted; empty where all is well.

    wanted: by detector, or by `detector/category`, the least `recall`, `precision`,
        `f1` and `auc`, the most `false`; for a detector, under `each_language`, the
        same for every language that has ten cases of a kind; and under `dialogues`
        the least `exact`. A limit for what was never measured is not kept.
    """
    found: list[str] = []
    for name, limits in wanted.items():
        for figure, limit in limits.items():
            if figure == _EACH:
                found += _languages_short(made, name, limit)
            else:
                found += _short(name, figure, _measured(made, name, figure), limit)
    return found


def _measured(made: Report, name: str, figure: str) -> object:
    """Give the figure that a limit is about; None where nothing was asked."""
    if name == "dialogues":
        return made.exact if figure == "exact" else None
    detector, _, category = name.partition("/")
    one = _detector(made, detector)
    own = one and (one.by_category.get(category) if category else one.whole)
    return getattr(own, figure, None)


def _detector(made: Report, name: str) -> Answered | None:
    return next((x for x in made.detectors if x.signal == name), None)


def _languages_short(
    made: Report, name: str, wanted: Mapping[str, float]
) -> Iterator[str]:
    one = _detector(made, name)
    languages = one.by_language if one else {}
    for figure, limit in wanted.items():
        asked = [x for x, own in languages.items() if _cases(own, figure) >= _ENOUGH]
        if not asked:
            yield f"{name}: {figure} was measured in no language, wanted {limit}"
        for language in asked:
            value = getattr(languages[language], figure, None)
            yield from _short(f"{name}, {language}", figure, value, limit)


def _cases(own: Figures, figure: str) -> int:
    """The cases a figure stands on; one about both kinds needs enough of each."""
    kinds = {"recall": own.recall.of, "false": own.false.of}
    return kinds.get(figure, min(kinds.values()))


def _short(name: str, figure: str, value: object, limit: float) -> Iterator[str]:
    value = value.share if isinstance(value, Share) else value
    if not isinstance(value, float):
        yield f"{name}: {figure} was not measured, wanted {limit}"
    elif value > limit if figure == "false" else value < limit:
        yield f"{name}: {figure} is {value}, wanted {limit}"


def read_wanted(path: Path) -> Wanted:
    """Read what `shortfalls` compares with."""
    found: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found
