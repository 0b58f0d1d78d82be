"""Answer from the knowledge by quoting it; no model, no network, nothing invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stepaside.bot.knowledge import KnowledgeIndex, Passage
from stepaside.bot.small_talk import small_talk
from stepaside.core.turn import Author, Turn
from stepaside.models.text import clip, fold

VERSION: Final = "local/1"
_LOOKED_AT: Final = 5
_FOLLOW_UP_WORDS: Final = 5
_RELEVANT: Final = 0.34


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the bot would say. text: None where it has nothing to say.

    passages: what was found, best first, also where nothing is said; empty for small
        talk. item_ids: the articles the text quotes.
    """

    text: str | None
    passages: tuple[Passage, ...] = ()
    item_ids: tuple[str, ...] = ()


def draft(turn: Turn, index: KnowledgeIndex) -> Draft:
    """Quote the passage that answers best, or say nothing.

    A passage the bot has already given is not given again: the next best one is, as
    long as it still has to do with the question.
    """
    text = clip(turn.text)
    if line := small_talk(text):
        return Draft(text=line)
    passages = index.search(_query(turn, text), _LOOKED_AT)
    fresh = [x for x in passages if not _given(x, turn)]
    relevant = [x for x in fresh if x.score >= _RELEVANT]
    if not relevant:
        return Draft(text=None, passages=passages)
    best = relevant[0]
    ordered = (best, *(x for x in passages if x is not best))
    return Draft(text=_quote(best), passages=ordered, item_ids=(best.item.id,))


def _query(turn: Turn, text: str) -> str:
    """The burst; a short follow-up also brings the contact's words before it."""
    if len(text.split()) > _FOLLOW_UP_WORDS and not turn.failed_attempts:
        return text
    return text


def _given(passage: Passage, turn: Turn) -> bool:
    said: Sequence[str] = [x.text for x in turn.history if x.author is Author.BOT]
    return any(fold(passage.text)[:200] in fold(clip(x)) for x in said)


def _quote(passage: Passage) -> str:
    item = passage.item
    lines = [item.title, passage.text]
    return "\n".join([*lines, item.url] if item.url else lines)
