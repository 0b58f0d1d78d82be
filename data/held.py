# ruff: noqa: INP001 (beside the scripts that share it)
"""Say which public messages nothing may learn from, so that they can measure.

A quarter of them, by their own bytes, and every question of the development sets.
"""

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path

PUBLIC = Path(__file__).parent / "public"


def held_out(text: str) -> bool:
    """Whether a message is kept for measuring."""
    by_itself = hashlib.md5(text.encode(), usedforsecurity=False).digest()[0] % 4 == 0
    return by_itself or text in _asked()


@cache
def _asked() -> frozenset[str]:
    path = PUBLIC / "answerability_dev.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        return frozenset(json.loads(x)["question"] for x in rows)
