"""Fit what topic and reader count for, and say how well they tell what is stated.

Asks the questions of blocks never taught of their own passages, as the bot would, and
fits four numbers for `src/stepaside/bot/reading.py`. Every figure is of folds that the
numbers were not fitted on.
    PYTHONPATH=src:data:data/reader python data/reader/fit.py [EVERY]
EVERY: take one block of so many; 1 for all.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from blocks import Block, Question, blocks

from stepaside.bot import reading
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.passage import Passage
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.evaluation.figures import area
from stepaside.models import reader

FOLDS = 5
Seen = tuple[Block, Question, list[list[float]]]


def main() -> None:
    """Print the figures and the numbers."""
    held = [x for x in blocks() if x.held][:: int(sys.argv[1]) if sys.argv[1:] else 1]
    every = [(x, y, seen) for x in held for y, seen in _seen(x, x.questions)]
    foreign = [
        (x, replace(y, answer=""), seen)
        for x, other in pairwise(held)
        for y, seen in _seen(x, other.questions[:3])
    ]
    guesses = [0.0] * len(every)
    for fold in range(FOLDS):
        own = [x for at, x in enumerate(every) if at // 40 % FOLDS != fold]
        numbers = fit([*own, *foreign])
        for at, one in enumerate(every):
            if at // 40 % FOLDS == fold:
                guesses[at] = odds(numbers, one[2])
    topic = [max((y[0] for y in x[2]), default=-9.0) for x in every]
    read = [max((y[1] + y[2] for y in x[2]), default=-9.0) for x in every]
    for name, made in (("topic", topic), ("reader", read), ("both", guesses)):
        print(name, _areas(every, made))
    wrong = [(x > 0) != bool(y[1].answer) for x, y in zip(guesses, every, strict=True)]
    print(f"right at 0.5: {1 - sum(wrong) / len(wrong):.3f} of {len(wrong)}")
    numbers = fit([*every, *foreign])
    alarms = [odds(numbers, x[2]) > 0 for x in foreign if x[2]]
    print(f"foreign questions answered: {sum(alarms)} of {len(foreign)}")
    print("near, stated, found, doubt:", np.round(numbers, 3).tolist())


def _seen(
    block: Block, every: Sequence[Question]
) -> list[tuple[Question, list[list[float]]]]:
    """What is known of the passages that would be read for each question."""
    index = KnowledgeIndex.build(
        KnowledgeItem(id=KnowledgeItemId(str(at)), title=title, text=text)
        for at, (title, text) in enumerate(block.passages)
    )
    found = []
    for asked in every:
        before = asked.before[-2] if len(asked.before) > 1 else ""
        near = index.near(asked.text, 5, before)
        near = [x for x in near if x.score >= 0.004][: reading.MOST]
        found.append((asked, [_numbers(asked, x) for x in near]))
    return found


def _numbers(asked: Question, one: Passage) -> list[float]:
    made = reader.read(asked.asked, one.item.title, one.text)
    return [math.log(one.score / (1 - one.score)), made.stated, made.found, 1.0]


def fit(every: Sequence[Seen], rounds: int = 3) -> np.ndarray:
    """Fit by the passage that seems to answer best, again as that changes."""
    numbers = np.array([0.3, 0.5, 0.5, 0.0])
    wanted = np.array([bool(x[1].answer) for x in every if x[2]], float)
    for _ in range(rounds):
        seen = np.array([max(x[2], key=lambda y: numbers @ y) for x in every if x[2]])
        for _ in range(30):
            made = 1 / (1 + np.exp(-seen @ numbers))
            slope = seen.T @ (made - wanted) + 0.5 * numbers * [1, 1, 1, 0]
            bend = (seen * (made * (1 - made))[:, None]).T @ seen + 0.5 * np.eye(4)
            numbers = numbers - np.linalg.solve(bend, slope)
    return numbers


def odds(numbers: np.ndarray, seen: Sequence[Sequence[float]]) -> float:
    """Give the log-odds that one of the passages answers."""
    return max((float(numbers @ x) for x in seen), default=-9.0)


def _areas(every: Sequence[Seen], made: Sequence[float]) -> str:
    groups: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for (block, asked, _), one in zip(every, made, strict=True):
        for name in ("all", block.file):
            groups[name][not asked.answer].append(one)
    return ", ".join(f"{x} {area(*y) or 0:.3f}" for x, y in groups.items())


if __name__ == "__main__":
    main()
