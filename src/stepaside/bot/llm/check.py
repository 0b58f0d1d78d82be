"""Believing a language model only as far as it can be checked."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from stepaside.bot.draft import Draft
from stepaside.bot.llm.answer import Answer
from stepaside.bot.llm.prompt import ABOUT_US, Prompt
from stepaside.core.ids import RuleId
from stepaside.core.signal import Signal, SignalName
from stepaside.core.turn import Turn
from stepaside.models.text import fold

VERSION: Final = "llm/1"
_SAYS_MUCH: Final = 300
"""Characters; what is longer than that is no small talk."""
_FIGURES: Final = re.compile(
    r"https?://\S+|\S+@\S+\.\w+|\d[\d.,:/\- ]*\d|\d", re.IGNORECASE
)


def draft_from(answer: Answer, turn: Turn, prompt: Prompt) -> Draft:
    """Turn a model's answer into a draft; what cannot be checked is not said.

    An answer stands only on sources it was given, and every figure, address and link
    in it stands there too. Findings count only with the contact's own words.
    """
    passages = tuple(prompt.sources.values())
    heard = tuple(_heard(answer, turn, prompt))
    cited = [prompt.sources[x] for x in answer.sources if x in prompt.sources]
    doubt = _doubt(answer, turn, prompt)
    if doubt:
        return Draft(text=None, passages=passages, signals=(*heard, _lacking(doubt)))
    if answer.kind in {"small_talk", "question"}:
        return Draft(text=answer.text.strip(), signals=heard)
    titles = ", ".join(dict.fromkeys(f"“{x.item.title}”" for x in cited))
    return Draft(
        text=answer.text.strip(),
        passages=(*cited, *(x for x in passages if x not in cited)),
        item_ids=tuple(dict.fromkeys(x.item.id for x in cited)),
        signals=(*heard, _grounded(titles, cited[0].text if cited else "")),
    )


def _doubt(answer: Answer, turn: Turn, prompt: Prompt) -> str:
    """Why the answer must not be said, in words for staff; empty when it may."""
    text = answer.text.strip()
    about_us = ABOUT_US in answer.sources
    cited = [prompt.sources[x].text for x in answer.sources if x in prompt.sources]
    if answer.kind == "no_information" or not text:
        return "The language model found no answer in the knowledge."
    if answer.kind == "answer" and not cited and not about_us:
        return "The language model's answer named no article it stands in."
    if answer.kind != "answer" and len(text) > _SAYS_MUCH:
        return "The language model said more than small talk without an article."
    info = turn.bot.additional_information if turn.bot else ""
    said = [line.text for line in (*turn.history, *turn.burst)]
    known = [*cited, *(x.item.url or "" for x in prompt.sources.values()), info, *said]
    if figure := next(_figures_beyond(text, known), None):
        return f"The language model's answer said “{figure}”, which no article says."
    return ""


def _figures_beyond(text: str, known: Iterable[str]) -> Iterator[str]:
    """Figures, addresses and links of a text that stand in none of the others."""
    everything = _plain(" ".join(known))
    for found in _FIGURES.findall(text):
        if _plain(found).strip() not in everything:
            yield found.strip()


def _plain(text: str) -> str:
    return re.sub(r"[\s.,:;!?/()\-]+", "", text.lower())


def _heard(answer: Answer, turn: Turn, prompt: Prompt) -> Iterator[Signal]:
    said = _words(turn.text)
    asked = (
        (SignalName.HUMAN_REQUESTED, answer.wants_person, "asks for a person"),
        (SignalName.ATTEMPT_FAILED, answer.last_answer_failed, "was not helped"),
    )
    for name, words, what in asked:
        if _words(words) and _words(words) in said:
            yield _finding(name, words, f"The language model reads that {_WHO} {what}.")
    for one in answer.conditions:
        rule = prompt.conditions.get(one.id)
        if rule and _words(one.words) and _words(one.words) in said:
            reason = "The language model reads that the rule's condition holds."
            yield _finding(SignalName.CUSTOM, one.words, reason, rule)


_WHO: Final = "the contact"


def _words(text: str) -> str:
    return " ".join(fold(text).split()).strip(" .!?\"'“”")


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
