"""What the reader is taught from: `data/reading/`, passages with questions.

A block is some passages found together (`P title :: text`, or `P @collection number` of
`data/public/`), then questions that they answer (`+ question => the words that answer
it`) and that they do not (`- question`).
What was said before a question stands in square brackets.
"""

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from stepaside.bot.knowledge import passages_of

READING = Path(__file__).parents[1] / "reading"
PUBLIC = READING.with_name("public") / "answerability_dev_kb.jsonl.gz"
FOLDS = 7
"""One of these many parts of the blocks is never taught, and measures the rest."""
BESIDE = 0.4
"""What a lesson counts for whose passage only stands beside the one that decides."""
_BEFORE = re.compile(r"\[(.*?)\]\s*(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question. before: what was said before it, contact and bot in turns.

    answer: the words of a passage that answer it; empty where none does.
    """

    text: str
    before: tuple[str, ...]
    answer: str

    @property
    def asked(self) -> str:
        """What the reader gets to see: the contact's last words before come first."""
        return f"{self.before[-2]} {self.text}" if len(self.before) > 1 else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Passages, each with its title, and what is asked of them.

    file: its name. places: where the public ones of them stand, collection and number.
    """

    file: str
    places: tuple[tuple[str, int], ...]
    passages: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]

    @property
    def held(self) -> bool:
        """Whether nothing is ever taught from it."""
        title, text = self.passages[0]
        name = hashlib.sha256((title or text).encode()).hexdigest()
        return int(name, 16) % FOLDS == 0


@dataclass(slots=True, kw_only=True)
class Lesson:
    """A question about one window. answer: the words to point at, if it has any.

    near: windows of other blocks that seem to be about it, see `learn.py`.
    """

    asked: str
    answer: str
    weight: float = 1.0
    near: list["Window"] = field(default_factory=list, repr=False)


@dataclass(slots=True, kw_only=True)
class Window:
    """Some sentences of a passage, as they are found, and what is asked of them."""

    block: Block
    title: str
    text: str
    lessons: list[Lesson] = field(default_factory=list)
    lower: Any = field(default=None, repr=False)


def blocks() -> Iterator[Block]:
    """Give every block of every file."""
    for path in sorted(READING.glob("*.txt")):
        for part in re.split(r"\n\s*\n", path.read_text("utf-8")):
            if block := _block(path.stem, part.splitlines()):
                yield block


def _block(file: str, lines: list[str]) -> Block | None:
    told = [x[2:] for x in lines if x.startswith("P ")]
    asked = [_question(x[2:]) for x in lines if x[:2] in ("+ ", "- ")]
    if not told or not asked:
        return None
    return Block(
        file=file,
        places=tuple(x for y in told for x in _place(y)),
        passages=tuple(_passage(x) for x in told),
        questions=tuple(asked),
    )


def _passage(line: str) -> tuple[str, str]:
    for name, number in _place(line):
        return "", _collections()[name][number]
    title, _, text = line.partition(" :: ")
    return title.strip(), text.strip()


def _place(line: str) -> Iterator[tuple[str, int]]:
    if line.startswith("@"):
        name, number = line[1:].split()
        yield name, int(number)


@cache
def _collections() -> dict[str, list[str]]:
    with gzip.open(PUBLIC, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        found = {x["kb_id"]: x["passages"] for x in rows}
    return {x: [" ".join(z.split()) for z in y] for x, y in found.items()}


def _question(line: str) -> Question:
    whole, _, answer = line.partition(" => ")
    found = _BEFORE.match(whole)
    before, text = found.groups() if found else ("", whole)
    said = [x.partition(":")[2].strip() for x in before.split(" / ")] if before else []
    answer = " ".join(answer.split())
    return Question(text=text.strip(), before=tuple(said), answer=answer)


def windows(block: Block) -> list[Window]:
    """Give the windows that are asked about, each with its lessons.

    A question that is answered is asked where the answer stands, and where it nearly
    might; one that is not, where it most nearly might.
    """
    every = [
        Window(block=block, title=title, text=text)
        for title, whole in block.passages
        for text in passages_of(whole)
    ]
    answers: defaultdict[str, list[str]] = defaultdict(list)
    for one in block.questions:
        if one.answer:
            answers[one.asked].append(one.answer)
    for one in block.questions:
        near = sorted(every, key=lambda x: -_shared(one.text, f"{x.title} {x.text}"))
        told = [x for x in near if one.answer and one.answer in x.text]
        if told:
            told[0].lessons.append(Lesson(asked=one.asked, answer=one.answer))
            near = [x for x in near if not any(y in x.text for y in answers[one.asked])]
        if near and (told or not one.answer):
            weight = BESIDE if told else 1.0
            near[0].lessons.append(Lesson(asked=one.asked, answer="", weight=weight))
    return [x for x in every if x.lessons]


def _shared(first: str, second: str) -> int:
    return len(_words(first) & _words(second))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
