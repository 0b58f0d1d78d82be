"""Deciding about transcripts in bulk, for measuring: what `POST /v1/decide` does."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from stepaside.api.rule_wire import NewRule, rule_fields
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.errors import Refusal
from stepaside.core.ids import KnowledgeItemId, RuleId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.rules import HandoverRule, check_rule, default_rule
from stepaside.core.turn import Author, Line
from stepaside.pipeline.decide_once import DEFAULT_RULES, decide_transcript

T = TypeVar("T")


class UnreadableLine(Refusal):
    """A line of a file is not what it should be; the message names it."""


class Message(msgspec.Struct):
    """Something said."""

    author: Author
    text: str


class Article(msgspec.Struct, frozen=True):
    """Something to answer from."""

    title: str
    text: str
    question: str | None = None


class Conversation(msgspec.Struct):
    """A line to decide about. Rules left out: the built-in ones with their defaults."""

    id: str | int
    messages: list[Message]
    rules: list[NewRule] | None = None
    knowledge: tuple[Article, ...] | None = None
    knowledge_id: str | int | None = None


class Knowledge(msgspec.Struct):
    """A line of the knowledge file."""

    knowledge_id: str | int
    items: tuple[Article, ...]


Indexes = Mapping[str | int, KnowledgeIndex]


def detect(file: str, knowledge: Path | None = None) -> None:
    """Print one line for each line of a file, in order.

    file: a path, or `-` for standard input.
    Raises:
        UnreadableLine: what came before it is decided and printed.
    """
    indexes = read_knowledge(knowledge) if knowledge else {}
    if file == "-":
        _write(decide_lines(sys.stdin, "standard input", indexes))
        return
    with Path(file).open(encoding="utf-8") as lines:
        _write(decide_lines(lines, file, indexes))


def read_knowledge(file: Path) -> Indexes:
    """Index each line of a knowledge file, once. Raises: UnreadableLine."""
    found: dict[str | int, KnowledgeIndex] = {}
    with file.open(encoding="utf-8") as lines:
        for place, line in _numbered(lines, str(file)):
            one = _read(line, Knowledge, place)
            found[one.knowledge_id] = _index(one.items)
    return found


def decide_lines(
    lines: Iterable[str], name: str, indexes: Indexes
) -> Iterator[dict[str, Any]]:
    """Yield what is decided about the last words of the contact in each line.

    name: of the file, for messages about it.
    Raises:
        UnreadableLine: when its turn comes.
    """
    for place, line in _numbered(lines, name):
        conversation = _read(line, Conversation, place)
        try:
            yield _decide(conversation, indexes)
        except (Refusal, ValueError) as error:
            raise UnreadableLine(f"{place}: {error}") from error


def _decide(conversation: Conversation, indexes: Indexes) -> dict[str, Any]:
    verdict = decide_transcript(
        [Line(author=m.author, text=m.text) for m in conversation.messages],
        rules=_rules(conversation.rules),
        index=_knowledge(conversation, indexes),
    )
    decision = verdict.decision
    return {
        "id": conversation.id,
        "decision": decision.kind,
        "scenario": decision.cause,
        "signals": dict(verdict.scores),
        "failed_attempts": decision.failed_attempts,
    }


def _rules(given: Sequence[NewRule] | None) -> tuple[HandoverRule, ...]:
    if given is None:
        return DEFAULT_RULES
    return tuple(_rule(number, rule) for number, rule in enumerate(given, 1))


def _rule(number: int, given: NewRule) -> HandoverRule:
    """A rule that is given is meant, unless it says that it is off."""
    rule = default_rule(RuleId(f"rule-{number}"), given.scenario)
    return check_rule(replace(rule, **{"enabled": True, **rule_fields(given)}))


def _knowledge(conversation: Conversation, indexes: Indexes) -> KnowledgeIndex | None:
    if conversation.knowledge is not None:
        return _index(conversation.knowledge)
    if conversation.knowledge_id is None:
        return None
    if conversation.knowledge_id not in indexes:
        raise ValueError(f"there is no knowledge {conversation.knowledge_id}")
    return indexes[conversation.knowledge_id]


@lru_cache(maxsize=64)
def _index(articles: tuple[Article, ...]) -> KnowledgeIndex:
    return KnowledgeIndex.build(
        KnowledgeItem(
            id=KnowledgeItemId(str(number)),
            title=article.title,
            text=article.text,
            question=article.question,
        )
        for number, article in enumerate(articles)
    )


def _numbered(lines: Iterable[str], name: str) -> Iterator[tuple[str, str]]:
    """Each line that is not blank, and how to name it."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield f"{name}, line {number}", line


def _read(line: str, kind: type[T], place: str) -> T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UnreadableLine(f"{place}: {error}") from error


def _write(decided: Iterable[dict[str, Any]]) -> None:
    for one in decided:
        sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")
    sys.stdout.flush()
