"""Try once more after an answer that did not help, without leaving what was asked."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.passage import Passage
from stepaside.bot.terms import terms
from stepaside.core.signal import ACTS_AT, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.models.courtesy import courtesy, is_reference
from stepaside.models.features import read
from stepaside.models.outcome import outcome
from stepaside.models.repetition import repeated
from stepaside.models.text import clip, fold, sentence_spans

SURE: Final = ACTS_AT
"""How likely another article must answer to be worth a further attempt."""
_SENTENCES: Final = 3
_LOOKED_AT: Final = 5
_ABOUT_THE_ANSWER: Final = frozenset(
    {"FAIL", "WRONG", "TRIED", "AGAIN", "ANGRY", "SOLVED", "THX", "HELP", "NO", "YES"}
)


def has_failed(turn: Turn) -> bool:
    """Whether the contact shows that the bot's last answer did not help."""
    return outcome(turn)[SignalName.ATTEMPT_FAILED] >= ACTS_AT


def telling(text: str) -> frozenset[str]:
    """The terms of a text to look for: not those that speak about the answer."""
    bare = (x for x in read(text) if not _tags(x.tags) & _ABOUT_THE_ANSWER)
    return frozenset(y for x in bare for y in terms(x.text))


def earlier_question(history: Sequence[Line]) -> str:
    """The contact's last message that named something to look for; empty if none."""
    said = [clip(x.text) for x in history if x.author is Author.CONTACT]
    asked = [x for x in said if not is_reference(x) and courtesy(x).rest and telling(x)]
    whole = (x for x in reversed(asked) if len(telling(x)) > 1)
    return next(whole, asked[-1] if asked else "")


def says_nothing_new(turn: Turn) -> bool:
    """Whether a burst names nothing to look for that was not asked already."""
    text = clip(turn.text)
    return len(telling(text)) <= 1 or repeated(text, turn.history) >= 1


def further_passages(turn: Turn, index: KnowledgeIndex) -> tuple[Passage, ...]:
    """What to say next to the same question: more of its article, then surely others.

    What was said already comes last, so that who asks sees that the knowledge has it.
    """
    asked = earlier_question(turn.history)
    found = index.search(asked, _LOOKED_AT) if asked else ()
    answers = [fold(clip(x.text)) for x in turn.history if x.author is Author.BOT]
    more = (y for x in found for y in _more_of(x, answers))
    others = (x for x in found if x.score >= SURE and not _quoted(x, answers))
    given = (x for x in found if _quoted(x, answers))
    return (*more, *others, *given)


def _more_of(passage: Passage, answers: Sequence[str]) -> Iterator[Passage]:
    """The sentences of an article already quoted that have not been given."""
    if not _quoted(passage, answers):
        return
    text = passage.item.text
    run: list[tuple[int, int]] = []
    for start, end in sentence_spans(text):
        if not _said(text[start:end], answers):
            run.append((start, end))
        elif run:
            break
    if run:
        last = run[:_SENTENCES][-1][1]
        yield replace(passage, text=text[run[0][0] : last])


def _quoted(passage: Passage, answers: Sequence[str]) -> bool:
    text = passage.item.text
    return any(_said(text[a:b], answers) for a, b in sentence_spans(text))


def _said(sentence: str, answers: Sequence[str]) -> bool:
    return any(fold(sentence) in x for x in answers)


def _tags(tags: Sequence[str]) -> set[str]:
    return {x.lstrip("!") for x in tags}
