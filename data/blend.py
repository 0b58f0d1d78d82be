# ruff: noqa: INP001, T201 (a script: it prints)
"""Fit how linear model and encoder are weighed together, on what neither learnt.

    python data/blend.py HELD_OUT.json
HELD_OUT.json: what `encoder/teach.py` wrote. The linear model is trained again without
these lines. Prints the numbers for `src/stepaside/models/second_look.py`, and the
figures by language and category.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from train import fit, human_examples

from stepaside.evaluation.figures import measure
from stepaside.models.features import features
from stepaside.models.linear import probability

Numbers = npt.NDArray[np.float64]


def main() -> None:
    """Fit on everything held out, and print."""
    rows = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    rows = [x for x in rows if not isinstance(x["wanted"], list)]
    gone = {x["parts"][0] for x in rows}
    linear = fit([x for x in human_examples() if x.group not in gone])
    seen = [
        (linear.log_odds(features(x["parts"][0])), float(x["odds"][0])) for x in rows
    ]
    views = np.array([(*x, 1.0) for x in seen])
    wanted = np.array([float(x["wanted"]) for x in rows])
    weight = np.array([0.05 if "public" in x["kind"] else 1.0 for x in rows])
    found = regress(views, wanted, weight)
    print("linear {:.3f}, encoder {:.3f}, bias {:.3f}".format(*found))
    for name, odds in (
        ("linear", views[:, 0]),
        ("encoder", views[:, 1]),
        ("both", views @ found),
    ):
        hard = [not x["kind"].startswith("public") for x in rows]
        print(name, figures(odds[hard], wanted[hard]))
        print(name, "public", figures(odds[~np.array(hard)], wanted[~np.array(hard)]))
    for part in (0, 1):
        by(rows, views @ found, wanted, lambda x, part=part: x["kind"].split()[part])
    in_doubt(views[:, 0], wanted, [x["kind"].startswith("public") for x in rows])


def regress(views: Numbers, wanted: Numbers, weight: Numbers) -> Numbers:
    """Fit log-odds by Newton's method, with a little restraint."""
    found = np.zeros(views.shape[1])
    for _ in range(30):
        share = 1 / (1 + np.exp(-views @ found))
        slope = views.T @ (weight * (share - wanted)) + 0.1 * found
        curve = (views * (weight * share * (1 - share))[:, None]).T @ views
        found -= np.linalg.solve(curve + 0.1 * np.eye(len(found)), slope)
    return found


def figures(odds: Numbers, wanted: Numbers) -> str:
    """Give recall, false alarms and area in a line."""
    pairs = [
        (probability(x), bool(y)) for x, y in zip(odds.tolist(), wanted, strict=True)
    ]
    made = measure(pairs, 0.5)
    return (
        f"recall {made.recall.count}/{made.recall.of} {made.recall.share or 0:.3f}"
        f" false {made.false.count}/{made.false.of} {made.false.share or 0:.4f}"
        f" AUC {made.auc or 0:.4f}"
    )


def by(
    rows: Sequence[dict[str, str]],
    odds: Numbers,
    wanted: Numbers,
    key: Callable[[dict[str, str]], str],
) -> None:
    """Print the figures of each group."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[key(row)].append(number)
    for name in sorted(groups):
        print(f"  {name:16}", figures(odds[groups[name]], wanted[groups[name]]))


def in_doubt(linear: Numbers, wanted: Numbers, public: Sequence[bool]) -> None:
    """Print how many would be looked at again, and who would be sure and wrong."""
    ordinary = np.array(public)
    for low in (-6.0, -5.0, -4.0, -3.0, -2.0):
        missed = ((linear <= low) & (wanted == 1)).sum()
        again = (linear[ordinary] > low).mean()
        print(f"  below {low}: {missed} requests; {again:.3f} of ordinary looked at")
    for high in (2.0, 3.0, 4.0, 5.0):
        print(f"  above {high}: {((linear >= high) & (wanted == 0)).sum()} false")


if __name__ == "__main__":
    main()
