"""Count how often scores are right: with how sure that is, and at every threshold."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_Z: Final = 1.96
"""Standard deviations to each side that hold 95 % of a normal distribution."""
_DRAWS: Final = 400
_SEED: Final = 20261122
_BINS: Final = 10

Pairs = Sequence[tuple[float, bool]]
"""Scores, 0 to 1, each with whether it should have been high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of a whole, and between what two shares it lies with 95 % certainty.

    share: 0 to 1; None where there is nothing to count.
    """

    count: int
    of: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one threshold gets right.

    f1: its interval comes from drawing the cases again, seeded.
    auc: how often a case that should be high scores above one that should not; None
        where one kind is missing. Its interval is that of Hanley and McNeil.
    calibration: the mean distance of scores from what came true, 0 to 1.
    """

    threshold: float
    recall: Share
    false: Share
    precision: Share
    f1: float
    f1_low: float
    f1_high: float
    auc: float | None
    auc_low: float | None
    auc_high: float | None
    calibration: float


def measure(pairs: Pairs, threshold: float) -> Figures:
    """Measure scores against what they should say, at one threshold."""
    positive = [x for x, wanted in pairs if wanted]
    negative = [x for x, wanted in pairs if not wanted]
    hits = sum(x >= threshold for x in positive)
    alarms = sum(x >= threshold for x in negative)
    f1_low, f1_high = _f1_interval(pairs, threshold)
    auc = area(positive, negative)
    spread = _spread(auc, len(positive), len(negative))
    return Figures(
        threshold=threshold,
        recall=share(hits, len(positive)),
        false=share(alarms, len(negative)),
        precision=share(hits, hits + alarms),
        f1=f1(pairs, threshold),
        f1_low=f1_low,
        f1_high=f1_high,
        auc=auc,
        auc_low=None if auc is None else max(0.0, auc - spread),
        auc_high=None if auc is None else min(1.0, auc + spread),
        calibration=calibration(pairs),
    )


def share(count: int, of: int) -> Share:
    """Give a share with its 95 % interval. Source: Wilson's score interval."""
    if not of:
        return Share(count=count, of=of, share=None, low=0.0, high=1.0)
    part, z = count / of, _Z
    middle = (part + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * math.sqrt(part * (1 - part) / of + z * z / (4 * of * of))
    reach /= 1 + z * z / of
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Share(count=count, of=of, share=part, low=low, high=high)


def f1(pairs: Pairs, threshold: float) -> float:
    """Give the harmonic mean of precision and recall; 0 where nothing was found."""
    hits = sum(x >= threshold for x, wanted in pairs if wanted)
    wrong = sum((x >= threshold) != wanted for x, wanted in pairs)
    return 2 * hits / (2 * hits + wrong) if hits else 0.0


def area(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Give the area under the curve of recall against false alarms; ties count half."""
    if not positive or not negative:
        return None
    ranks: dict[float, float] = {}
    ordered = sorted((*positive, *negative))
    start = 0
    while start < len(ordered):
        end = start
        while end < len(ordered) and ordered[end] == ordered[start]:
            end += 1
        ranks[ordered[start]] = (start + end + 1) / 2
        start = end
    total = sum(ranks[x] for x in positive)
    least = len(positive) * (len(positive) + 1) / 2
    return (total - least) / (len(positive) * len(negative))


def calibration(pairs: Pairs) -> float:
    """Give the mean distance between scores and what came true, over ten bins."""
    return math.fsum(
        x.of / len(pairs) * abs(mean - (x.share or 0.0))
        for mean, x in reliability(pairs)
    )


def reliability(pairs: Pairs) -> list[tuple[float, Share]]:
    """Give each filled tenth of the scores: its mean score, and what share was true."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for score, wanted in pairs:
        bins[min(_BINS - 1, int(score * _BINS))].append((score, wanted))
    return [
        (
            math.fsum(score for score, _ in own) / len(own),
            share(sum(wanted for _, wanted in own), len(own)),
        )
        for own in bins
        if own
    ]


def sweep(pairs: Pairs) -> list[tuple[float, Share, Share]]:
    """Give recall and false alarms at each twentieth of the scale."""
    positive = [x for x, wanted in pairs if wanted]
    negative = [x for x, wanted in pairs if not wanted]
    return [
        (
            at / 20,
            share(sum(x >= at / 20 for x in positive), len(positive)),
            share(sum(x >= at / 20 for x in negative), len(negative)),
        )
        for at in range(1, 20)
    ]


def _f1_interval(pairs: Pairs, threshold: float) -> tuple[float, float]:
    if not pairs:
        return 0.0, 0.0
    chance = random.Random(_SEED)  # noqa: S311 - drawn again the same every time
    found = sorted(
        f1(chance.choices(pairs, k=len(pairs)), threshold) for _ in range(_DRAWS)
    )
    return found[int(0.025 * _DRAWS)], found[int(0.975 * _DRAWS)]


def _spread(auc: float | None, positive: int, negative: int) -> float:
    """Source: Hanley and McNeil, 1982."""
    if auc is None:
        return 0.0
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    square = auc * (1 - auc) + (positive - 1) * (q1 - auc * auc)
    square += (negative - 1) * (q2 - auc * auc)
    return _Z * math.sqrt(max(0.0, square) / (positive * negative))
