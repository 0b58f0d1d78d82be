"""Measure reading on what was not written for it: IBM MTRAG, human subset.

A question with the passages that answer it, among those nearest to it up to ten; and
the same question with the nearest ten that are not said to answer it.
    PYTHONPATH=src:data:data/reader python data/reader/mtrag.py [EVERY]
"""

import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.passage import Passage
from stepaside.bot.reading import read_again
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.evaluation.figures import area

PUBLIC = Path(__file__).parents[1] / "public"
SUPPLIED = 10


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Give the lines of a public file."""
    with gzip.open(PUBLIC / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def index(passages: Sequence[str]) -> KnowledgeIndex:
    """Hold texts without titles."""
    return KnowledgeIndex.build(
        KnowledgeItem(id=KnowledgeItemId(str(at)), title="", text=text)
        for at, text in enumerate(passages)
    )


def main() -> None:
    """Print the areas: by topic alone, and after reading."""
    every = {x["kb_id"]: x["passages"] for x in rows("answerability_dev_kb")}
    whole = {x: index(y) for x, y in every.items() if x.startswith("mtrag")}
    asked = [x for x in rows("answerability_dev") if x["source"] == "mtrag"]
    asked = [x for x in asked if x["answerable"] and x["gold_pids"]]
    topic: tuple[list[float], list[float]] = ([], [])
    read: tuple[list[float], list[float]] = ([], [])
    for one in asked[:: int(sys.argv[1]) if sys.argv[1:] else 1]:
        said = [x["text"] for x in one["history"] if x["role"] == "user"]
        before, texts = (said[-1] if said else ""), every[one["kb_id"]]
        near = whole[one["kb_id"]].near(one["question"], 30, before)
        gold = set(one["gold_pids"])
        others = [int(x.item.id) for x in near if int(x.item.id) not in gold]
        others = list(dict.fromkeys(others))
        with_it = [*gold, *others][:SUPPLIED]
        for at, chosen in enumerate((with_it, others[:SUPPLIED])):
            own = index([texts[x] for x in chosen])
            found = own.near(one["question"], 5, before)
            topic[at].append(_best(found))
            read[at].append(
                _best(read_again(one["question"], before, found, picked=True))
            )
    print(f"{len(topic[0])} questions, with an answer and without")
    print(f"topic {area(*topic):.3f}, after reading {area(*read):.3f}")


def _best(found: Sequence[Passage]) -> float:
    return max((x.score for x in found), default=0.0)


if __name__ == "__main__":
    main()
