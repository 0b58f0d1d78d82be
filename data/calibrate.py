# ruff: noqa: INP001, T201 (a script: it prints)
"""Fit what each view of a question counts for, in knowledge made of examples.

Prints the numbers for `src/stepaside/bot/examples.py` and, beside, what they find in
each base where it and its kind were left out of the fit: the share of what is missing
that is found where 5 % of what is answered is handed over. Some minutes.

python data/calibrate.py [quick]
"""

import sys
from collections import Counter

import numpy as np
import numpy.typing as npt
from bases import Base, example_bases
from held import held_out
from train import public_rows
from weigh import regress

from stepaside.bot.examples import Examples, best
from stepaside.evaluation.figures import area
from stepaside.models.meaning import meaning
from stepaside.models.multilingual import embed_all
from stepaside.models.same import same

Numbers = npt.NDArray[np.float64]
ROUNDS = 2
SOURCES = {"banking": "banking77", "clinc": "clinc150", "nlupp": "nlupp"}


def main() -> None:
    """Fit, and print."""
    deep = "quick" not in sys.argv
    bases = list(example_bases())
    learnt = [_learn(x, deep=deep) for x in bases]
    start = learnt[0].weights
    asked = [
        (
            np.array([x.see(y) for y in base.answered]),
            np.array([x.see(y) for y in base.missing]),
        )
        for x, base in zip(learnt, bases, strict=True)
    ]
    for base, (known, gone) in zip(bases, asked, strict=True):
        others = [x for x, y in zip(asked, bases, strict=True) if y.kind != base.kind]
        kinds = [x.kind for x in bases if x.kind != base.kind]
        print(
            f"{base.name:34} before {_found(known, gone, start)}"
            f" fitted without it {_found(known, gone, _fit(others, kinds, start))}"
        )
    weights = _fit(asked, [x.kind for x in bases], start)
    print("weights", np.round(weights, 2).tolist())
    zeros = [np.quantile(x.scale(x.held_out[0]) @ weights, 0.05) for x in learnt]
    print("undecided", np.round(np.mean(zeros), 2), np.round(zeros, 2).tolist())


def _learn(base: Base, *, deep: bool) -> Examples:
    """Learn beside the messages of other sources alone, as a new trade would."""
    own = SOURCES.get(base.kind, "")
    texts = sorted(
        x["text"]
        for x in public_rows()
        if x["source"] != own and not x["label"] and not held_out(x["text"])
    )[::4]
    others = [np.array([meaning().embed(x) for x in texts])]
    if deep:
        half = embed_all(texts[::2])
        others += [half, same(others[0][::2], half)]
    found = Examples.learn(base.items, deep=deep, others=others)
    if found is None:
        raise ValueError(base.name)
    return found


def _fit(
    asked: list[tuple[Numbers, Numbers]], kinds: list[str], start: Numbers
) -> Numbers:
    """Weigh every kind alike, and in it what is answered like what is not."""
    often = Counter(kinds)
    weights = np.asarray(start, np.float64)
    for _ in range(ROUNDS):
        rows = [best(y, weights) for x in asked for y in x]
        wanted = np.repeat([1.0, 0.0] * len(asked), [len(x) for x in rows])
        share = [
            100 / often[kind] / len(y)
            for x, kind in zip(asked, kinds, strict=True)
            for y in x
        ]
        weight = np.repeat(share, [len(x) for x in rows])
        views = np.concatenate(rows)
        views = np.hstack([views, np.ones((len(views), 1))])
        weights = regress(views, wanted, weight)[:-1]
    return weights


def _found(known: Numbers, gone: Numbers, weights: Numbers) -> str:
    low, high = ((x @ weights).max(axis=1) for x in (known, gone))
    auc = area((-high).tolist(), (-low).tolist())
    strict = (high < np.quantile(low, 0.05)).mean()
    return f"area {auc or 0:.3f} found {strict:.2f}"


if __name__ == "__main__":
    main()
