# ruff: noqa: INP001, T201 (a script: it prints)
"""Measure custom rules: what they find, and what else makes them fire.

python data/custom.py [--errors]
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from train import public_rows

from stepaside.core.ids import RuleId
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors import custom
from stepaside.models.multilingual import embed_all
from stepaside.models.ordinary import ordinary

HERE = Path(__file__).parent
SETS = ("rules", "held_out")


@dataclass(slots=True, kw_only=True)
class Rule:
    """A rule as an owner writes it, and messages that meet it or only come near."""

    name: str
    condition: str = ""
    examples: list[str] = field(default_factory=list)
    meets: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)

    def fires(self, text: str) -> bool:
        """Tell whether the detector takes a message to meet it."""
        turn = Turn(burst=(Line(author=Author.CONTACT, text=text),))
        rule_id = RuleId(self.name)
        return custom.detect(turn, self.condition, self.examples, rule_id).acts


def main() -> None:
    """Print a line per rule."""
    messages = unseen_messages(every=5)
    for name in SETS:
        total = np.zeros(6)
        for rule in rules(name):
            counts = counted(rule, messages)
            total += counts
            print(f"  {rule.name}: {_line(counts)}")
        print(f"{name}: {_line(total)}")


def counted(rule: Rule, messages: Sequence[str]) -> list[int]:
    """Count what fires and how many there are: meeting it, near it, ordinary ones."""
    found: list[int] = []
    kinds = (rule.meets, True), (rule.near, False), (messages, False)
    for texts, wanted in kinds:
        fired = [rule.fires(x) for x in texts]
        found += [sum(fired), len(fired)]
        if "--errors" in sys.argv:
            wrong = (x for x, y in zip(texts, fired, strict=True) if y != wanted)
            print(
                *(f"    {'missed' if wanted else 'false'}: {x}" for x in wrong),
                sep="\n",
            )
    return found


def _line(counts: Sequence[float]) -> str:
    met, of_met, near, of_near, plain, of_plain = (int(x) for x in counts)
    share = 100 * plain / max(1, of_plain)
    return f"found {met}/{of_met}, near {near}/{of_near}, ordinary {share:.2f} %"


def unseen_messages(every: int) -> list[str]:
    """Give public messages that are not among those the likeness is weighed against."""
    texts = [x["text"] for x in public_rows() if not x["label"]][::every]
    nearest = (embed_all(texts) @ ordinary().T).max(axis=1)
    return [x for x, like in zip(texts, nearest, strict=True) if like < 0.98]


def rules(name: str) -> Iterator[Rule]:
    """Read the rules of a file."""
    rule: Rule | None = None
    for line in (HERE / f"custom/{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("## "):
            if rule:
                yield rule
            rule = Rule(name=line[3:])
        elif rule and line.startswith("condition: "):
            rule.condition = line.removeprefix("condition: ")
        elif rule and line[:2] in {"= ", "+ ", "- "}:
            lists = {"=": rule.examples, "+": rule.meets, "-": rule.near}
            lists[line[0]].append(line[2:])
    if rule:
        yield rule


if __name__ == "__main__":
    main()
