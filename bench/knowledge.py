"""How long knowledge made of examples takes to learn and to search, on one core.

    PYTHONPATH=src python bench/knowledge.py

Times are of the processor, so that a busy machine tells the same as a quiet one.
"""

import gzip
import json
import time
from collections.abc import Sequence
from pathlib import Path

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.local import warm_up
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem

PUBLIC = Path(__file__).parents[1] / "data/public"


def messages() -> list[str]:
    """Give different messages of customers."""
    path = PUBLIC / "human_request_public_train.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(dict.fromkeys(json.loads(x)["text"] for x in lines))


def articles(said: Sequence[str], count: int, each: int) -> list[KnowledgeItem]:
    """Give articles that list so many examples."""
    return [
        KnowledgeItem(
            id=KnowledgeItemId(str(i)),
            title=f"Article {i}",
            text=" | ".join(said[i * each : (i + 1) * each]),
        )
        for i in range(count)
    ]


def main() -> None:
    """Print every figure."""
    warm_up()
    said = messages()
    for count, each in ((150, 100), (1000, 10), (20, 20)):
        items = articles(said, count, each)
        for deep in (False, True):
            began = time.process_time()
            index = KnowledgeIndex.build(items, deep=deep)
            built = time.process_time() - began
            took = []
            for text in said[-300:]:
                began = time.process_time()
                index.search(text, 3)
                took.append(1000 * (time.process_time() - began))
            took.sort()
            print(
                f"{count:5} articles of {each:3} examples,"
                f" {'deep' if deep else 'quick'}:"
                f" built {built:5.1f} s; search p50 {took[150]:5.1f}"
                f" p95 {took[285]:5.1f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
