"""Deciding about transcripts in bulk, for measuring: what `POST /v1/decide` does."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from stepaside.api.rule_wire import TriedRule, rule_fields
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.core.errors import Refusal
from stepaside.core.ids import RuleId
from stepaside.core.rules import HandoverRule, check_rule, default_rule
from stepaside.core.turn import Author, Line
from stepaside.evaluation.knowledge import Article, Indexes, index, read_indexes
from stepaside.evaluation.lines import UnreadableLine, lines_of, numbered, parse
from stepaside.pipeline.decide_once import DEFAULT_RULES, decide_transcript


class Message(msgspec.Struct):
    """Something said."""

    author: Author
    text: str


class Conversation(msgspec.Struct):
    """A line to decide about. Rules left out: the built-in ones with their defaults."""

    id: str | int
    messages: list[Message]
    rules: list[TriedRule] | None = None
    knowledge: tuple[Article, ...] | None = None
    knowledge_id: str | int | None = None


def detect(file: str, knowledge: Path | None = None) -> None:
    """Print one line for each line of a file, in order.

    file: a path, or `-` for standard input; `.gz` is unpacked.
    Raises:
        UnreadableLine: what came before it is decided and printed.
    """
    indexes = read_indexes(knowledge) if knowledge else {}
    given = numbered(sys.stdin, "standard input") if file == "-" else None
    _write(decide_lines(given or lines_of(Path(file)), indexes))


def decide_lines(
    lines: Iterable[tuple[str, str]], indexes: Indexes
) -> Iterator[dict[str, Any]]:
    """Yield what is decided about the last words of the contact in each line.

    lines: each with its place, for messages about it.
    Raises:
        UnreadableLine: when its turn comes.
    """
    for place, line in lines:
        conversation = parse(line, Conversation, place)
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


def _rules(given: Sequence[TriedRule] | None) -> tuple[HandoverRule, ...]:
    if given is None:
        return DEFAULT_RULES
    return tuple(_rule(number, rule) for number, rule in enumerate(given, 1))


def _rule(number: int, given: TriedRule) -> HandoverRule:
    """A rule that is given is meant, unless it says that it is off."""
    rule = default_rule(RuleId(f"rule-{number}"), given.scenario)
    return check_rule(replace(rule, **{"enabled": True, **rule_fields(given)}))


def _knowledge(conversation: Conversation, indexes: Indexes) -> KnowledgeIndex | None:
    if conversation.knowledge is not None:
        return index(conversation.knowledge)
    if conversation.knowledge_id is None:
        return None
    known = indexes.get(str(conversation.knowledge_id))
    if known is None:
        raise ValueError(f"there is no knowledge {conversation.knowledge_id}")
    return known


def _write(decided: Iterable[dict[str, Any]]) -> None:
    for one in decided:
        sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")
    sys.stdout.flush()
