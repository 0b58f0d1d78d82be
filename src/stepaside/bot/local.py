"""Answer from the knowledge by quoting it; no model, no network, nothing invented."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final

from stepaside.bot.across import language_of
from stepaside.bot.draft import Draft
from stepaside.bot.finding import find
from stepaside.bot.further import (
    SURE,
    further_passages,
    has_failed,
    says_nothing_new,
)
from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.passage import Passage
from stepaside.bot.small_talk import asks_about_bot, small_talk
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.turn import Author, Line, Turn
from stepaside.models.concepts import lexicon
from stepaside.models.encoder import encoder
from stepaside.models.linear import models
from stepaside.models.repetition import repeated
from stepaside.models.text import clip, common_words, fold
from stepaside.models.tongue import spoken

VERSION: Final = "local/1"
RELEVANT: Final = 0.35
"""The likeness below which a passage is not worth saying."""
_LOOKED_AT: Final = 5
_NEXT_BEST: Final = 0.5
_COMPARED: Final = 200


def draft(turn: Turn, index: KnowledgeIndex) -> Draft:
    """Quote the passage that answers best, make small talk, or say nothing.

    Small talk needs no knowledge; but what the owner wrote about the bot, as what it
    can do, is said rather than the fixed line.
    """
    line = small_talk(turn)
    if line is None:
        return _quoted(turn, index)
    if asks_about_bot(turn):
        found = _quoted(replace(turn, history=()), index)
        if found.text and found.passages[0].score >= SURE:
            return found
    return Draft(text=line)


def _quoted(turn: Turn, index: KnowledgeIndex) -> Draft:
    """Quote the passage that answers best, or say nothing.

    A passage the bot has already given is given again only to who asks the same again
    without saying that it did not help, as after a person spoke. After an answer that
    did not help, the rest of its article comes next, then one that surely answers the
    same question, then nothing.
    """
    text = clip(turn.text)
    failed = has_failed(turn)
    if failed and says_nothing_new(turn):
        passages = further_passages(turn, index)
    else:
        passages = find(turn, index, _LOOKED_AT)
    chosen = _choose(passages, turn.history, SURE if failed else RELEVANT)
    if chosen is None and not failed and repeated(text, turn.history) >= 1:
        chosen = _choose(passages, (), RELEVANT)
    if chosen is None:
        return Draft(text=None, passages=passages)
    ordered = (chosen, *(x for x in passages if x is not chosen))
    said = f"{_lead_in(text, chosen.item)}{_quote(chosen)}"
    return Draft(text=said, passages=ordered, item_ids=(chosen.item.id,))


def warm_up() -> None:
    """Load everything the detectors and the bot need, so that nobody waits for it.

    Takes about a second the first time and nothing after that; safe to call
    from any thread.
    """
    lexicon()
    models()
    encoder().log_odds("outcome", ("hello",))
    common_words()
    item = KnowledgeItem(id=KnowledgeItemId("warm-up"), title="Opening", text="At 9.")
    asked = Line(author=Author.CONTACT, text="hello, when do you open?")
    draft(Turn(burst=(asked,)), KnowledgeIndex.build([item]))


def _choose(
    passages: Sequence[Passage], history: Sequence[Line], least: float
) -> Passage | None:
    if not passages:
        return None
    least = max(least, _NEXT_BEST * passages[0].score)
    answers = [fold(clip(x.text)) for x in history if x.author is Author.BOT]
    fresh = (x for x in passages if not _given(x, answers))
    return next((x for x in fresh if x.score >= least), None)


def _given(passage: Passage, answers: Sequence[str]) -> bool:
    beginning = fold(passage.text)[:_COMPARED]
    return any(beginning in answer for answer in answers)


def _lead_in(text: str, item: KnowledgeItem) -> str:
    """Say so before an article that is not in the contact's language, in theirs.

    Empty where it is in the same one, or where theirs cannot be told.
    """
    asked = spoken(text)
    if asked.same(language_of(item)):
        return ""
    line = _elsewhere().get(asked.language, "")
    return f"{line}\n\n" if line else ""


@cache
def _elsewhere() -> Mapping[str, str]:
    source = (files("stepaside.bot") / "elsewhere.txt").read_text("utf-8")
    rows = (x.partition(" ") for x in source.splitlines() if x.strip())
    return {language: line for language, _, line in rows}


def _quote(passage: Passage) -> str:
    lines = [passage.item.title, passage.text, passage.item.url or ""]
    return "\n".join(x for x in lines if x)
