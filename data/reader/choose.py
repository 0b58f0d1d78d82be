"""Write the reading questions that `stepaside eval` asks: blocks never taught.

PYTHONPATH=src:data/reader python data/reader/choose.py
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from blocks import Block, blocks

from stepaside.models.tongue import tongue

SETS = Path(__file__).parents[2] / "src/stepaside/evaluation/sets"
OF_EACH = 3
"""Blocks of each file; each has some eight questions."""


def chosen() -> list[Block]:
    """Give the first blocks of each file that are held out."""
    found: dict[str, list[Block]] = {}
    for one in blocks():
        if one.held:
            found.setdefault(one.file, []).append(one)
    step = {x: len(own) // OF_EACH for x, own in found.items()}
    return [y for x, own in found.items() for y in own[:: step[x]][:OF_EACH]]


def _lines(every: Sequence[Block]) -> Iterator[tuple[dict[str, object], str]]:
    for number, block in enumerate(every):
        name = f"reading-{number}"
        texts = [f"{x}. {y}" for x, y in block.passages]
        yield {"kb_id": name, "passages": texts}, "knowledge"
        for asked in block.questions:
            roles = ("user", "bot")
            said = [
                {"role": roles[x % 2], "text": y} for x, y in enumerate(asked.before)
            ]
            yield (
                {
                    "id": f"{name} {asked.text}",
                    "question": asked.text,
                    "history": said,
                    "kb_id": name,
                    "answerable": int(bool(asked.answer)),
                    "category": "reading",
                    "lang": tongue(asked.text),
                },
                "set",
            )


def main() -> None:
    """Write the questions, and the knowledge they are asked of."""
    lines = list(_lines(chosen()))
    for kind in ("knowledge", "set"):
        own = [json.dumps(x, ensure_ascii=False) for x, y in lines if y == kind]
        (SETS / f"reading_{kind}.jsonl").write_text("\n".join(own) + "\n", "utf-8")
        print(len(own), kind)


if __name__ == "__main__":
    main()
