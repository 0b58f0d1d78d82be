# ruff: noqa: INP001, T201 (a script: it prints)
"""Fit how linear model and encoder are weighed together, on what neither learnt.

    PYTHONPATH=src:data:data/encoder python data/blend.py HELD_OUT.json
HELD_OUT.json: what `encoder/teach.py` wrote. The linear model is trained again without
these lines. Prints the numbers for `src/stepaside/models/second_look.py`, and the
figures by language and category.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from lessons import SEED, lessons
from train import attempt_examples, fit, human_examples
from weigh import regress

from stepaside.evaluation.figures import measure
from stepaside.models.features import features
from stepaside.models.linear import probability
from stepaside.models.second_look import HUMAN_REQUESTED

Numbers = npt.NDArray[np.float64]
Row = dict[str, Any]


def main() -> None:
    """Fit on everything held out, and print."""
    rows = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    asking = [x for x in rows if not isinstance(x["wanted"], list)]
    asked([x for x in asking if len(x["parts"]) == 1])
    replies([x for x in asking if x["kind"].startswith("context")])
    outcomes([x for x in rows if isinstance(x["wanted"], list)])


def asked(rows: Sequence[Row]) -> None:
    """Weigh the views of messages on their own."""
    gone = {x["parts"][0] for x in rows}
    linear = fit([x for x in human_examples() if x.group not in gone])
    first = [linear.log_odds(features(x["parts"][0])) for x in rows]
    seen = zip(first, rows, strict=True)
    views = np.array([(x, float(y["odds"][0]), 1.0) for x, y in seen])
    wanted = np.array([float(x["wanted"]) for x in rows])
    public = np.array([x["kind"].startswith("public") for x in rows])
    between = np.array([x["kind"].startswith("between") for x in rows])
    begun = np.array([x["kind"].startswith("begun") for x in rows])
    hard = ~public & ~between & ~begun
    found = regress(views, wanted, np.where(public, 0.05, 1.0))
    print("asks: linear {:.3f}, encoder {:.3f}, bias {:.3f}".format(*found))
    both = views @ found
    for name, odds in (
        ("linear", views[:, 0]),
        ("encoder", views[:, 1]),
        ("both", both),
        ("as shipped", np.array([_shipped(*x) for x in views[:, :2]])),
    ):
        print(name, figures(odds[hard], wanted[hard]))
        print(name, "public", figures(odds[public], wanted[public]))
        print(name, "out of dialogues", figures(odds[between], wanted[between]))
        print(name, "first messages", figures(odds[begun], wanted[begun]))
    for shift in np.arange(-1.0, 1.01, 0.25):
        kinds = [
            figures(both[x] + shift, wanted[x]) for x in (hard, public, between, begun)
        ]
        print(f"  {shift:+.2f}", *kinds)
    for part in (0, 1):
        by(rows, both, wanted, lambda x, part=part: x["kind"].split()[part])
    in_doubt(views[:, 0], wanted, public)


def _shipped(linear: float, encoder: float) -> float:
    doubt = HUMAN_REQUESTED.in_doubt(linear)
    return HUMAN_REQUESTED.odds(linear, encoder) if doubt else linear


def replies(rows: Sequence[Row]) -> None:
    """Print what replies to the bot get from the encoder, by what they do."""
    kinds: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        kinds[f"{row['wanted']} {row['kind']}"].append(row["odds"][0])
    for name, odds in sorted(kinds.items()):
        print(f"  {name:34}", " ".join(f"{x:.1f}" for x in sorted(odds)))


def outcomes(rows: Sequence[Row]) -> None:
    """Weigh the views of what became of an answer."""
    held = [x.held for x in lessons(SEED) if x.shows and x.written]
    for place, (name, every) in enumerate(attempt_examples().items()):
        linear = fit([x for x, gone in zip(every, held, strict=True) if not gone])
        own = [x for x, gone in zip(every, held, strict=True) if gone]
        views = np.array(
            [
                (linear.log_odds(x.features), row["odds"][place], 1.0)
                for x, row in zip(own, rows, strict=True)
            ]
        )
        wanted = np.array([float(x["wanted"][place]) for x in rows])
        found = regress(views, wanted, np.ones(len(wanted)))
        print("{}: linear {:.3f}, encoder {:.3f}, bias {:.3f}".format(name, *found))
        for view, odds in (
            ("linear", views[:, 0]),
            ("encoder", views[:, 1]),
            ("both", views @ found),
        ):
            print(" ", view, figures(odds, wanted))


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
    rows: Sequence[Row],
    odds: Numbers,
    wanted: Numbers,
    key: Callable[[Row], str],
) -> None:
    """Print the figures of each group."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[key(row)].append(number)
    for name in sorted(groups):
        print(f"  {name:16}", figures(odds[groups[name]], wanted[groups[name]]))


def in_doubt(linear: Numbers, wanted: Numbers, public: npt.NDArray[np.bool_]) -> None:
    """Print how many would be looked at again, and who would be sure and wrong."""
    for low in (-6.0, -5.0, -4.0, -3.5, -3.0, -2.5, -2.0):
        missed = ((linear <= low) & (wanted == 1)).sum()
        again = (linear[public] > low).mean()
        print(f"  below {low}: {missed} requests; {again:.3f} of ordinary looked at")
    for high in (2.0, 3.0, 4.0, 5.0, 6.0):
        print(f"  above {high}: {((linear >= high) & (wanted == 0)).sum()} false")


if __name__ == "__main__":
    main()
