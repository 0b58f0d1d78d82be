"""Knowledge out of a file, to measure and to decide with."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.evaluation.lines import UnreadableLine, lines_of, parse

Indexes = Mapping[str, KnowledgeIndex]
"""What is known, by its id; an id that is a number stands as it is written."""


class Article(msgspec.Struct, frozen=True):
    """Something to answer from."""

    title: str
    text: str
    question: str | None = None


class _Line(msgspec.Struct):
    """A line of a file: articles, or texts that have no title."""

    knowledge_id: str | int | None = None
    items: tuple[Article, ...] = ()
    kb_id: str | int | None = None
    passages: tuple[str, ...] = ()


def read_indexes(path: Path) -> Indexes:
    """Index each line of a knowledge file, by its id; `.gz` is unpacked.

    A line is `{"knowledge_id", "items": [{"title", "text"}]}`, or `{"kb_id",
    "passages": ["…"]}` for texts without titles.

    Raises:
        UnreadableLine: a line is neither.
    """
    found: dict[str, KnowledgeIndex] = {}
    for place, line in lines_of(path):
        one = parse(line, _Line, place)
        name = one.kb_id if one.knowledge_id is None else one.knowledge_id
        if name is None:
            raise UnreadableLine(f"{place}: `knowledge_id` or `kb_id` is missing")
        texts = (Article(title="", text=x) for x in one.passages)
        found[str(name)] = index((*one.items, *texts))
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
