# ruff: noqa: INP001, T201 (a script: it prints, and its chance must repeat)
"""Measure what ships on the development sets; see docs/model_card.md for the figures.

python data/evaluate.py
"""

import json
import resource
import time
from collections.abc import Sequence

import numpy as np
from train import SETS, public_rows

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.local import draft
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors import attempt_failed, human_requested, lack_of_information

PHRASES = (
    "I want to talk to a human",
    "Can someone real help me?",
    "Connect me to a person",
)


def main() -> None:
    """Print every figure."""
    human()
    attempts()
    together()


def turn(text: str, context: Sequence[dict[str, str]] = ()) -> Turn:
    """One message by the contact after the lines of a transcript."""
    history = tuple(
        Line(
            author=Author.BOT if x["role"] == "bot" else Author.CONTACT, text=x["text"]
        )
        for x in context
    )
    return Turn(burst=(Line(author=Author.CONTACT, text=text),), history=history)


def human() -> None:
    """Human requested: hard development cases, and ordinary messages."""
    source = SETS / "human_request_set.jsonl"
    rows = [json.loads(x) for x in source.read_text("utf-8").splitlines()]
    for name, own in (("hard development cases", rows), ("public", public_rows())):
        took: list[float] = []
        acts = {0: [0, 0], 1: [0, 0]}
        for row in own:
            asked = turn(row["text"], row.get("context") or ())
            began = time.perf_counter()
            found = human_requested.detect(asked, PHRASES).acts
            took.append(time.perf_counter() - began)
            acts[row["label"]][found] += 1
        p50, p95 = (1000 * x for x in np.quantile(took, (0.5, 0.95)))
        print(
            f"human requested, {name}: recall {acts[1][1]}/{sum(acts[1])},"
            f" false {acts[0][1]}/{sum(acts[0])}, {p50:.2f} ms, p95 {p95:.2f} ms"
        )


def attempts() -> None:
    """Failed attempts: turns of the development dialogues."""
    right = total = 0
    source = SETS / "resolution_set.jsonl"
    for row in map(json.loads, source.read_text("utf-8").splitlines()):
        for at, said in enumerate(row["turns"]):
            if said["role"] == "user":
                failed = attempt_failed.detect(turn(said["text"], row["turns"][:at]))
                total += 1
                right += failed[0].acts == bool(said["label"])
    print(f"attempt failed: {right}/{total} turns right")


def _article(name: str, title: str, text: Sequence[str]) -> KnowledgeItem:
    whole = " ".join(x if x[-1] in ".?!" else x + "." for x in text)
    title = title.replace("_", " ")
    return KnowledgeItem(id=KnowledgeItemId(name), title=title, text=whole)


def together() -> None:
    """All detectors and the bot on one message, with 40 articles."""
    rows = [x["text"] for x in public_rows()[::20]]
    index = KnowledgeIndex.build(
        _article(str(i), rows[i], rows[i : i + 5]) for i in range(0, 200, 5)
    )
    took = []
    said = [{"role": "user", "text": rows[0]}, {"role": "bot", "text": rows[1]}]
    for text in rows:
        began = time.perf_counter()
        asked = turn(text, said)
        human_requested.detect(asked, PHRASES)
        attempt_failed.detect(asked)
        drafted = draft(asked, index)
        found = [(x.item.title, x.text, x.score) for x in drafted.passages]
        lack_of_information.detect(text, found)
        took.append(time.perf_counter() - began)
    p50, p95 = (1000 * x for x in np.quantile(took, (0.5, 0.95)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"all together: {p50:.2f} ms, p95 {p95:.2f} ms; process {memory:.0f} MB")


if __name__ == "__main__":
    main()
