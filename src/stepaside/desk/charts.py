"""Figures as drawings: where each bar stands. The templates draw them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Final

WIDTH: Final = 1000
"""Of every drawing, in its own units; the page stretches it."""
LEFT: Final = 44
"""Room for the numbers of the scale."""
RIGHT: Final = 22
"""Room for half of the last word below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of a drawing, in its units from the top left.

    x, width: of the bar. slot: where its column begins, and how wide it is.
    tops, heights: of each layer, from the ground up.
    """

    x: float
    width: float
    middle: float
    tops: tuple[float, ...]
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Columns over a scale.

    lines: the scale, as pairs of a height and the number that stands there.
    """

    width: int
    height: int
    ground: float
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, float], ...]


def draw_bars(
    columns: Sequence[Sequence[float]],
    *,
    height: int = 220,
    foot: int = 28,
    most: float | None = None,
    whole: bool = True,
) -> Bars:
    """Columns, each of one or more layers upon another.

    foot: room for words below the ground.
    most: where the scale ends; None for a round number above the highest column.
    whole: the scale has whole numbers only.
    """
    highest = max((sum(column) for column in columns), default=0)
    step, steps = (most / 2, 2) if most else _scale(highest, whole=whole)
    end, ground, head = step * steps, height - foot, 34 if foot < 10 else 10
    slot = (WIDTH - LEFT - RIGHT) / max(len(columns), 1)
    width = max(min(slot * 0.68, 56), min(slot, 1.0))

    def y(value: float) -> float:
        return round(ground - (ground - head) * value / end, 2)

    bars = []
    for n, column in enumerate(columns):
        at = [sum(column[: i + 1]) for i in range(len(column))]
        tops = tuple(y(value) for value in at)
        heights = tuple(
            round(y(below) - top, 2) for below, top in zip([0, *at], tops, strict=False)
        )
        middle = LEFT + slot * (n + 0.5)
        bars.append(
            Bar(
                x=round(middle - width / 2, 2),
                width=round(width, 2),
                middle=round(middle, 2),
                tops=tops,
                heights=heights,
            )
        )
    lines = tuple((y(step * n), step * n) for n in range(steps + 1))
    return Bars(
        width=WIDTH, height=height, ground=ground, bars=tuple(bars), lines=lines
    )


def _scale(highest: float, *, whole: bool) -> tuple[float, int]:
    """A round step, and how many of them hold the highest value: 2 to 5."""
    if highest <= 0:
        return (1, 2)
    rough = highest / 4
    size = 10.0 ** int(log10(rough) // 1)
    step = next(size * n for n in (1, 2, 2.5, 5, 10) if size * n >= rough)
    step = max(1, ceil(step)) if whole else step
    return step, max(2, ceil(highest / step))


def marked(count: int, most: int = 8) -> set[int]:
    """Which of so many columns get a word below: few enough to be read."""
    if count <= most:
        return set(range(count))
    step = ceil(count / most)
    return set(range(count - 1, -1, -step))
