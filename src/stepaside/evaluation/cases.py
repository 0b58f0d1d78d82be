"""Read labelled files: what was said, and what a detector should find in it.

A line of a file is one of three kinds, told by its fields:

- `text` and `label` (and `context`, what was said before): is a person asked for?
- `turns`, each with `role`, `text` and the contact's with `label`: did the answer
  before it fail? `handover_turn_k3` is the place of the third failure in a row, where
  the default rule hands over; null where it never should.
- `question`, `answerable` and `kb_id` (and `history`): can that knowledge answer it?

`lang` and `category` (or `source`) group the figures; "(none)" where there is none.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stepaside.core.signal import SignalName
from stepaside.core.turn import Author, Line
from stepaside.evaluation.lines import UnreadableLine, lines_of

_BOT: Final = frozenset({"bot", "assistant"})
_NONE: Final = "(none)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question to a detector, and the right answer.

    transcript: ends in the contact's words that are asked about.
    knowledge_id: of the knowledge to answer from; None where none is needed.
    """

    id: str
    signal: SignalName
    transcript: tuple[Line, ...]
    expected: bool
    language: str
    category: str
    knowledge_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A whole conversation. hands_over_at: the place of the turn; None for never."""

    id: str
    transcript: tuple[Line, ...]
    hands_over_at: int | None


def read_cases(path: Path) -> Iterator[Case | Dialogue]:
    """Give what a file asks, in order; `.gz` is unpacked. Raises: UnreadableLine."""
    for place, line in lines_of(path):
        yield from _cases(line, place)


def _cases(line: str, place: str) -> Iterator[Case | Dialogue]:
    try:
        row = json.loads(line)
        if "turns" in row:
            yield from _dialogue(row, place)
        elif "question" in row:
            if row["answerable"] is not None:
                yield _question(row, place)
        else:
            yield _message(row, place)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableLine(f"{place}: {error!r}") from error


def _message(row: Mapping[str, Any], place: str) -> Case:
    said = Line(author=Author.CONTACT, text=row["text"])
    return Case(
        id=str(row.get("id", place)),
        signal=SignalName.HUMAN_REQUESTED,
        transcript=(*_lines(row.get("context") or ()), said),
        expected=bool(row["label"]),
        language=_language(row),
        category=_category(row),
    )


def _question(row: Mapping[str, Any], place: str) -> Case:
    said = Line(author=Author.CONTACT, text=row["question"])
    return Case(
        id=str(row.get("id", place)),
        signal=SignalName.LACK_OF_INFORMATION,
        transcript=(*_lines(row.get("history") or ()), said),
        expected=not row["answerable"],
        language=_language(row),
        category=str(row.get("category") or row["kb_id"]),
        knowledge_id=str(row["kb_id"]),
    )


def _dialogue(row: Mapping[str, Any], place: str) -> Iterator[Case | Dialogue]:
    lines = _lines(row["turns"])
    name = str(row.get("id", place))
    for at, turn in enumerate(row["turns"]):
        if lines[at].author is Author.CONTACT and at:
            yield Case(
                id=f"{name}/{at}",
                signal=SignalName.ATTEMPT_FAILED,
                transcript=lines[: at + 1],
                expected=bool(turn["label"]),
                language=_language(row),
                category=str(row.get("note") or _NONE),
            )
    if "handover_turn_k3" in row:
        yield Dialogue(id=name, transcript=lines, hands_over_at=row["handover_turn_k3"])


def _lines(said: Sequence[Mapping[str, str]]) -> tuple[Line, ...]:
    return tuple(Line(author=_author(x["role"]), text=x["text"]) for x in said)


def _author(role: str) -> Author:
    return Author.BOT if role in _BOT else Author.CONTACT


def _language(row: Mapping[str, Any]) -> str:
    return str(row.get("lang") or _NONE)


def _category(row: Mapping[str, Any]) -> str:
    return str(row.get("category") or row.get("source") or _NONE)
