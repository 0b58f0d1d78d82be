"""Believing a language model only as far as it can be checked."""

from collections.abc import Iterator, Sequence
from typing import Final

from stepaside.bot.draft import Draft
from stepaside.bot.llm.answer import Answer
from stepaside.bot.llm.figures import first_beyond
from stepaside.bot.llm.prompt import ABOUT_US, Prompt
from stepaside.bot.passage import Passage
from stepaside.bot.small_talk import small_talk
from stepaside.core.ids import RuleId
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Author, Turn
from stepaside.models.courtesy import courtesy
from stepaside.models.text import is_question, letters, sentences, words

VERSION: Final = "llm/1"
_SAYS_MUCH: Final = 300
"""Characters; what is longer than that is no small talk."""


def draft_from(answer: Answer, turn: Turn, prompt: Prompt) -> Draft:
    """Turn a model's answer into a draft; what cannot be checked is not said.

    An answer stands only on sources it was given, and every figure, address and link
    in it stands there too. Findings count only with the contact's own words.
    """
    passages = tuple(prompt.sources.values())
    heard = tuple(_heard(answer, turn, prompt))
    cited = _cited(answer, prompt)
    doubt = _doubt(answer, turn, prompt)
    if doubt:
        return Draft(text=None, passages=passages, signals=(*heard, _lacking(doubt)))
    if not cited and answer.kind in {"small_talk", "question"}:
        return Draft(text=answer.text.strip(), signals=heard)
    titles = ", ".join(dict.fromkeys(f"“{x.item.title}”" for x in cited))
    return Draft(
        text=answer.text.strip(),
        passages=(*cited, *(x for x in passages if x not in cited)),
        item_ids=tuple(dict.fromkeys(x.item.id for x in cited)),
        signals=(*heard, _grounded(titles, cited[0].text if cited else "")),
    )


def _cited(answer: Answer, prompt: Prompt) -> list[Passage]:
    return [prompt.sources[x] for x in answer.sources if x in prompt.sources]


def _doubt(answer: Answer, turn: Turn, prompt: Prompt) -> str:
    """Why the answer must not be said, in words for staff; empty when it may."""
    text = answer.text.strip()
    told = turn.bot.additional_information.strip() if turn.bot else ""
    about_us = bool(told) and ABOUT_US in answer.sources
    cited = _cited(answer, prompt)
    if answer.kind == "no_information" or not text:
        return "The language model found no answer in the knowledge."
    if not cited and not about_us and not _needs_no_article(answer.kind, text, turn):
        return "The language model's answer named no article it stands in."
    if answer.kind != "answer" and len(text) > _SAYS_MUCH:
        return "The language model said more than small talk without an article."
    if figure := first_beyond(text, _known(turn, cited), _said(turn)):
        return f"The language model's answer said “{figure}”, which no article says."
    return ""


def _known(turn: Turn, cited: Sequence[Passage]) -> Iterator[str]:
    """What an answer may repeat: what it cites, the business, what we said before.

    How contacts ask for an article is no part of it: they suppose things.
    """
    for x in cited:
        yield from (x.text, x.item.title, x.item.url or "")
    yield turn.bot.additional_information if turn.bot else ""
    yield from (x.text for x in turn.history if x.author is not Author.CONTACT)


def _said(turn: Turn) -> list[str]:
    every = (*turn.history, *turn.burst)
    return [x.text for x in every if x.author is Author.CONTACT]


def _needs_no_article(kind: str, text: str, turn: Turn) -> bool:
    """Whether nothing is stated, so that nothing needs to stand anywhere.

    The model's word for it is not enough: it may be led to call an answer small talk,
    and nobody would see that the knowledge lacks it.
    """
    if kind == "question" and _only_asks_back(text, turn):
        return True
    return kind != "answer" and _is_asked_nothing(turn)


def _is_asked_nothing(turn: Turn) -> bool:
    return small_talk(turn) is not None or not courtesy(turn.text).rest


def _only_asks_back(text: str, turn: Turn) -> bool:
    """Whether a text is one question, and the last answer was not one already."""
    last = turn.previous_answer
    asked = last is not None and is_question(last.text)
    return not asked and is_question(text) and len(sentences(text)) == 1


def _heard(answer: Answer, turn: Turn, prompt: Prompt) -> Iterator[Signal]:
    asked = (
        (SignalName.HUMAN_REQUESTED, answer.wants_person, "asks for a person"),
        (SignalName.ATTEMPT_FAILED, answer.last_answer_failed, "was not helped"),
    )
    for name, quote, what in asked:
        if _is_quoted(quote, turn):
            yield _finding(name, quote, f"The language model reads that {_WHO} {what}.")
    for one in answer.conditions:
        rule = prompt.conditions.get(one.id)
        # A greeting or thanks meets no condition, whatever an article says of it.
        if rule and _is_quoted(one.words, turn) and courtesy(one.words).rest:
            reason = "The language model reads that the rule's condition holds."
            yield _finding(SignalName.CUSTOM, one.words, reason, rule)


_WHO: Final = "the contact"


def _is_quoted(quote: str, turn: Turn) -> bool:
    """Whether words are the contact's own: whole ones, two or more or all of a line."""
    wanted = letters(" ".join(words(quote)))
    for line in (letters(" ".join(words(x.text))) for x in turn.burst):
        runs = (line[i : i + len(wanted)] for i in range(len(line)))
        if wanted and (wanted == line or (len(wanted) > 1 and wanted in runs)):
            return True
    return False


def _finding(
    name: SignalName, words: str, reason: str, rule: RuleId | None = None
) -> Signal:
    return Signal(
        name=name,
        score=1.0,
        evidence=words.strip(),
        reason=reason,
        detector=VERSION,
        rule_id=rule,
    )


def _lacking(reason: str) -> Signal:
    return Signal(
        name=SignalName.LACK_OF_INFORMATION, score=0.9, reason=reason, detector=VERSION
    )


def _grounded(titles: str, evidence: str) -> Signal:
    return Signal(
        name=SignalName.LACK_OF_INFORMATION,
        score=0.1,
        evidence=evidence,
        reason=f"The answer stands in {titles or 'what the bot is told'}.",
        detector=VERSION,
    )
