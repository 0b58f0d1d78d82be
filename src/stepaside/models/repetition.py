"""See a burst in its conversation: a repetition, or an answer to what the bot asked."""

from collections.abc import Iterator, Sequence
from typing import Final

from stepaside.core.turn import Author, Line
from stepaside.models.features import read
from stepaside.models.meaning import meaning
from stepaside.models.text import clip, common_words, is_question, unspaced, words

_LOOKED_BACK: Final = 12
"""Messages of the history that are compared."""
_STEM: Final = 5
"""Letters that tell a word from others; a run without spaces is taken whole, since it
is as much as a clause."""


def context_features(text: str, history: Sequence[Line]) -> Iterator[str]:
    """Name what the burst repeats and what it answers.

    history: the messages before the burst, oldest first, with a bot's answer in it.
    """
    recent = history[-_LOOKED_BACK:]
    said = [clip(x.text) for x in recent if x.author is Author.CONTACT]
    answers = [clip(x.text) for x in history if x.author is Author.BOT][-2:]
    now = _stems(text)
    alike = max((_alike(now, _stems(x)) for x in said), default=0.0)
    near = max((_near(text, x) for x in said), default=0.0)
    asking = "asks" if _asks(text) else "says"
    yield from _answered(now, text, answers[-1])
    yield f"x said {_grade(alike)}"
    yield f"x said {asking} {_grade(alike)}"
    yield f"x near {_grade(near)}"
    yield f"x near {asking} {_grade(near)}"
    if len(answers) > 1 and _alike(_stems(answers[-1]), _stems(answers[-2])) > 0.8:
        yield "x bot repeats itself"


def repeated(text: str, history: Sequence[Line]) -> float:
    """Give the largest share of the text's telling words in one earlier message.

    0 for a text of fewer than two telling words: `yes` may be said twice.
    """
    now, own = _stems(text), words(text)
    said = [clip(x.text) for x in history[-_LOOKED_BACK:] if x.author is Author.CONTACT]
    if len(own) > 2 and any(own == words(x) for x in said):
        return 1.0
    if len(now) < 2:
        return 0.0
    return max((len(now & _stems(x)) / len(now) for x in said), default=0.0)


def _answered(now: frozenset[str], text: str, answer: str) -> Iterator[str]:
    kind = "asks" if _asks(answer) else "tells"
    asking = "q" if _asks(text) else "s"
    size = "one" if len(now) < 2 else "few" if len(now) < 5 else "many"
    shared = "same" if now & _stems(answer) else "other"
    yield f"x bot {kind}"
    yield f"x bot {kind} {asking} {size} {shared}"
    yield f"x bot {kind} {asking}"
    yield f"x {asking} {shared}"
    for tag in {tag for token in read(text)[:20] for tag in token.tags}:
        yield f"x bot {kind} {tag}"


def _asks(text: str) -> bool:
    """Whether a text ends in a question mark or begins as a question does."""
    if is_question(text):
        return True
    first = {tag for token in read(text)[:3] for tag in token.tags}
    return bool(first & {"HOW", "WH", "CAN"})


def _near(a: str, b: str) -> float:
    """The likeness in meaning of two English texts, 0 to 1; 0 where unknown."""
    return max(0.0, float(meaning().embed(a) @ meaning().embed(b)))


def _stems(text: str) -> frozenset[str]:
    telling = (x for x in words(text)[:200] if x not in common_words())
    return frozenset(x if unspaced(x) else x[:_STEM] for x in telling)


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    """The share of the shorter text's words that the longer one has, 0 to 1."""
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def _grade(share: float) -> str:
    return f"{int(share * 4)}/4"
