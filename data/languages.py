# ruff: noqa: INP001, T201 (a script: it prints)
"""Measure knowledge across languages: by language, and by what the questions are like.

python data/languages.py [--errors]
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem

HERE = Path(__file__).parent
SOURCE = HERE.parent / "src/stepaside"
SETS = ("northwind", "lamps", "fahrradverleih", "gimnasio", "ryokan")
_KINDS = {"+": "answered", "-": "same field", "0": "off topic"}


def main() -> None:
    """Print how many of the questions would be answered."""
    for name in SETS:
        index = KnowledgeIndex.build(articles(name))
        answered: dict[tuple[str, str], list[bool]] = defaultdict(list)
        first: list[bool] = []
        for language, kind, wanted, text in questions(name):
            found = index.search(text, 3)
            would = bool(found) and found[0].score >= 0.5
            answered[kind, language].append(would)
            answered[kind, "all"].append(would)
            if wanted:
                first.append(bool(found) and found[0].item.id == wanted)
            if "--errors" in sys.argv and would != (kind == "+"):
                top = f"{found[0].score:.2f} {found[0].item.title}" if found else ""
                print(f"  {name} {language} {kind} {text} -> {top}")
        if first:
            print(f"{name}: right article first {sum(first)} of {len(first)}")
        for kind, meant in _KINDS.items():
            own = {x: y for (k, x), y in answered.items() if k == kind}
            shares = (f"{x} {sum(y)}/{len(y)}" for x, y in own.items())
            print(f"{name}, {meant}, would be answered: {', '.join(shares)}")


def articles(name: str) -> Iterator[KnowledgeItem]:
    """Give the knowledge of a business."""
    if name == "northwind":
        rows = json.loads((SOURCE / "demo/northwind/knowledge.json").read_text("utf-8"))
        found = [(x["key"], x["title"], x["text"]) for x in rows["articles"]]
    elif name == "lamps":
        known = (SOURCE / "evaluation/sets/knowledge.jsonl").read_text("utf-8")
        rows = json.loads(known.splitlines()[0])["items"]
        found = [(x["title"], x["title"], x["text"]) for x in rows]
    else:
        lines = (HERE / f"languages/{name}.txt").read_text("utf-8").splitlines()
        split = (x[2:].split(": ", 1) for x in lines if x.startswith("= "))
        found = [(title, title, text) for title, text in split]
    for key, title, text in found:
        yield KnowledgeItem(id=KnowledgeItemId(key), title=title, text=text)


def questions(name: str) -> Iterator[tuple[str, str, str, str]]:
    """Give language, kind, the article that answers (often not said), and question."""
    language = ""
    lines = (HERE / f"languages/{name}.txt").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("## "):
            language = line[3:]
        elif line[:2] in {"+ ", "- ", "0 "}:
            kind, text = line[0], line[2:]
            wanted = ""
            if name == "northwind" and kind == "+":
                wanted, text = text.split(" ", 1)
            yield language, kind, wanted, text


if __name__ == "__main__":
    main()
