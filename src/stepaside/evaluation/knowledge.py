"""Knowledge out of a file, to measure and to decide with."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.evaluation.lines import lines_of, parse

Indexes = Mapping[str, KnowledgeIndex]
"""What is known, by its id; an id that is a number stands as it is written."""


class Article(msgspec.Struct, frozen=True):
    """Something to answer from."""

    title: str
    text: str
    question: str | None = None


class _Articles(msgspec.Struct):
    knowledge_id: str | int
    items: tuple[Article, ...]


class _Texts(msgspec.Struct):
    kb_id: str | int
    passages: tuple[str, ...]


def read_indexes(path: Path) -> Indexes:
    """Index each line of a knowledge file, by its id; `.gz` is unpacked.

    A line is `{"knowledge_id", "items": [{"title", "text"}]}`, or `{"kb_id",
    "passages": ["…"]}` for texts without titles.

    Raises:
        UnreadableLine: a line is neither.
    """
    found: dict[str, KnowledgeIndex] = {}
    for place, line in lines_of(path):
        if "kb_id" in parse(line, dict[str, msgspec.Raw], place):
            texts = parse(line, _Texts, place)
            articles = tuple(Article(title="", text=x) for x in texts.passages)
            found[str(texts.kb_id)] = index(articles)
        else:
            one = parse(line, _Articles, place)
            found[str(one.knowledge_id)] = index(one.items)
    return found


@lru_cache(maxsize=64)
def index(articles: tuple[Article, ...]) -> KnowledgeIndex:
    """Index articles; lines that bring the same ones share it."""
    return KnowledgeIndex.build(
        KnowledgeItem(
            id=KnowledgeItemId(str(number)),
            title=article.title,
            text=article.text,
            question=article.question,
        )
        for number, article in enumerate(articles)
    )
