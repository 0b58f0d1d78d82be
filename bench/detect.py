"""How long detecting takes on one core, and how much memory it holds.

    PYTHONPATH=src python bench/detect.py

Times are of the processor, so that a busy machine tells the same as a quiet one; the
p95 on the wall is printed beside them.
"""

import gzip
import json
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.local import draft, warm_up
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.turn import Author, Line, Turn
from stepaside.detectors import attempt_failed, human_requested, lack_of_information

ROOT = Path(__file__).parents[1]
PHRASES = ("I want to talk to a human", "Can someone real help me?")


def messages() -> list[str]:
    """Give ordinary messages of customers."""
    path = ROOT / "data/public/human_request_public_train.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(x)["text"] for x in lines][::40]


def hard() -> list[str]:
    """Give hard cases about asking for a person."""
    path = ROOT / "src/stepaside/evaluation/sets/human_request_set.jsonl"
    return [json.loads(x)["text"] for x in path.read_text("utf-8").splitlines()]


def turn(text: str, *before: Line) -> Turn:
    """Give a turn of one message."""
    return Turn(burst=(Line(author=Author.CONTACT, text=text),), history=before)


def before(every: Sequence[str], number: int) -> tuple[Line, Line]:
    """Give what was said before a message, other words each time."""
    asked, answer = every[number - 1], every[(number * 7 + 3) % len(every)]
    return (
        Line(author=Author.CONTACT, text=asked),
        Line(author=Author.BOT, text=f"Here is what we say of it: {answer}"),
    )


def measure(name: str, turns: Sequence[Turn], act: Callable[[Turn], object]) -> None:
    """Print how long an act takes for each turn."""
    own, wall = [], []
    for one in turns:
        began, started = time.process_time(), time.perf_counter()
        act(one)
        own.append(1000 * (time.process_time() - began))
        wall.append(1000 * (time.perf_counter() - started))
    own.sort()
    wall.sort()
    last = int(0.95 * (len(own) - 1))
    mean = sum(own) / len(own)
    print(
        f"{name:44} p50 {own[len(own) // 2]:6.2f} p95 {own[last]:6.2f}"
        f" mean {mean:6.2f} ms; on the wall p95 {wall[last]:7.2f} ms;"
        f" {1000 / mean:6.0f} a second"
    )


def main() -> None:
    """Print every figure."""
    began = time.process_time()
    warm_up()
    print(f"loading {time.process_time() - began:.2f} s")
    plain = messages()
    ordinary = [turn(x) for x in plain]

    def asked(one: Turn) -> object:
        return human_requested.detect(one, PHRASES)

    measure("human requested, ordinary messages", ordinary, asked)
    measure("human requested, hard cases", [turn(x) for x in hard()], asked)
    index = KnowledgeIndex.build(
        KnowledgeItem(id=KnowledgeItemId(str(i)), title=plain[i], text=plain[i + 1])
        for i in range(0, 80, 2)
    )

    def everything(one: Turn) -> None:
        human_requested.detect(one, PHRASES)
        attempt_failed.detect(one)
        found = [(x.item.title, x.text, x.score) for x in draft(one, index).passages]
        lack_of_information.detect(one.text, found)

    measure(
        "all detectors and the answer, first message",
        [turn(x) for x in plain],
        everything,
    )
    measure(
        "all detectors and the answer, after an answer",
        [turn(x, *before(plain, i)) for i, x in enumerate(plain)],
        everything,
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
