"""What the reader is taught from: `data/reading/`, passages with questions.

A block is some passages found together (`P title :: text`), then questions that they
answer (`+ question => the words that answer it`) and that they do not (`- question`).
What was said before a question stands in square brackets.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stepaside.bot.knowledge import passages_of

READING = Path(__file__).parents[1] / "reading"
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
    """Passages, each with its title, and what is asked of them. file: its name."""

    file: str
    passages: tuple[tuple[str, str], ...]
    questions: tuple[Question, ...]

    @property
    def held(self) -> bool:
        """Whether nothing is ever taught from it."""
        name = hashlib.sha256(self.passages[0][0].encode()).hexdigest()
        return int(name, 16) % FOLDS == 0


@dataclass(slots=True, kw_only=True)
class Lesson:
    """A question about one window. answer: the words to point at, if it has any."""

    asked: str
    answer: str
    weight: float = 1.0


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
    told = [x[2:].partition(" :: ") for x in lines if x.startswith("P ")]
    asked = [_question(x[2:]) for x in lines if x[:2] in ("+ ", "- ")]
    passages = tuple((title.strip(), text.strip()) for title, _, text in told)
    if not passages or not asked:
        return None
    return Block(file=file, passages=passages, questions=tuple(asked))


def _question(line: str) -> Question:
    whole, _, answer = line.partition(" => ")
    found = _BEFORE.match(whole)
    before, text = found.groups() if found else ("", whole)
    said = [x.partition(":")[2].strip() for x in before.split(" / ")] if before else []
    return Question(text=text.strip(), before=tuple(said), answer=answer.strip())


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
    for one in block.questions:
        near = sorted(every, key=lambda x: -_shared(one.text, f"{x.title} {x.text}"))
        told = [x for x in near if one.answer and one.answer in x.text]
        if told:
            told[0].lessons.append(Lesson(asked=one.asked, answer=one.answer))
            near = [x for x in near if one.answer not in x.text]
        if near and (told or not one.answer):
            weight = BESIDE if told else 1.0
            near[0].lessons.append(Lesson(asked=one.asked, answer="", weight=weight))
    return [x for x in every if x.lessons]


def _shared(first: str, second: str) -> int:
    return len(_words(first) & _words(second))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
