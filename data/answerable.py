# ruff: noqa: INP001, T201 (a script: it prints)
"""Measure, over knowledge of every kind, whether a question is known to be answerable.

For each base: the right article first; the area; what is found of what is missing
where 5 % of what is answered is handed over; and at the one threshold of all bases,
0.5, the F1 of handing over, what is answered and handed over (false) and what is
missing and found. Then the mean and the worst. Some minutes; with a word, only the
bases whose names have it. `quick` leaves the multilingual vectors away.

python data/answerable.py [quick] [WORD]
"""

import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from bases import Base, all_bases

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.local import draft, warm_up
from stepaside.bot.passage import Passage
from stepaside.core.turn import Author, Line, Turn
from stepaside.evaluation.figures import area

Numbers = npt.NDArray[np.float64]


def main() -> None:
    """Print a line for each base, and one for all."""
    wanted = [x for x in sys.argv[1:] if x != "quick"]
    warm_up()
    figures = [
        _measured(base, deep="quick" not in sys.argv)
        for base in all_bases()
        if all(x.lower() in base.name.lower() for x in wanted)
    ]
    f1 = [x for x, _ in figures]
    false = [x for _, x in figures]
    print(
        f"{len(figures)} bases: mean F1 {np.mean(f1):.3f}, worst {min(f1):.3f};"
        f" false mean {np.mean(false):.3f}, worst {max(false):.3f}"
    )


def _measured(base: Base, *, deep: bool) -> tuple[float, float]:
    began = time.process_time()
    index = KnowledgeIndex.build(base.items, deep=deep)
    built = time.process_time() - began
    began = time.process_time()
    first = [_find(x, base, index) for x in base.answered]
    low = _scores(first)
    high = _scores([_find(x, base, index) for x in base.missing])
    took = (time.process_time() - began) / (len(low) + len(high))
    found, false = (high < 0.5).sum(), (low < 0.5).sum()
    f1 = 2 * found / (found + false + len(high))
    auc = area((-high).tolist(), (-low).tolist()) or 0
    strict = (high < np.quantile(low, 0.05)).mean()
    print(
        f"{base.name:32} {len(base.items):4} articles, {len(low):4} + {len(high):3}"
        f" asked; {_right(base, first)} area {auc:.3f}, at 5 % {strict:.2f};"
        f" at 0.5 F1 {f1:.2f}, false {false / len(low):.3f},"
        f" found {found / len(high):.2f};"
        f" built {built:.1f} s, {1000 * took:.1f} ms each",
        flush=True,
    )
    return f1, false / len(low)


def _find(text: str, base: Base, index: KnowledgeIndex) -> Sequence[Passage]:
    """Give what the bot would answer from, the turns before it known."""
    asked = Line(author=Author.CONTACT, text=text)
    turn = Turn(burst=(asked,), history=tuple(base.before.get(text, ())))
    return draft(turn, index).passages


def _scores(found: Sequence[Sequence[Any]]) -> Numbers:
    return np.array([x[0].score if x else 0.0 for x in found])


def _right(base: Base, first: Sequence[Sequence[Any]]) -> str:
    if not base.right:
        return "          "
    pairs = zip(first, base.right, strict=True)
    right = [bool(x) and x[0].item.id == base.items[y].id for x, y in pairs]
    return f"right {np.mean(right):.3f}"


if __name__ == "__main__":
    main()
