"""What a handover needs to know of people before it is worked out."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from stepaside.core.outcome import Situation
from stepaside.core.plan import FALLBACK_RULE
from stepaside.core.promises import tells_time
from stepaside.core.rules import HandoverRule
from stepaside.core.turn import Author, Line
from stepaside.models.concepts import lexicon
from stepaside.store.database import Tx
from stepaside.store.promises import load_pace
from stepaside.store.routing import with_choice

_ENOUGH: Final = 500
"""Characters of the contact's words that are looked at for their language."""


async def find_people(
    tx: Tx, situation: Situation, rule: HandoverRule | None, words: str
) -> Situation:
    """The situation with whom a rule may choose from, held until the commit.

    rule: None for a handover that no rule asked for.
    words: the contact's own, to guess their language by where nobody has said it and
        the rule wants to know.
    """
    rule = rule or FALLBACK_RULE
    asks = rule.team_id or rule.final_messages or rule.final_messages_out_of_hours
    known = situation.contact.language
    language = guess_language(words) if asks and not known else ""
    found = await with_choice(tx, situation, rule, language=language)
    if not promises_time(rule):
        return found
    pace = await load_pace(tx, found.hours_of(rule.team_id), found.now)
    return replace(found, pace=pace)


def promises_time(rule: HandoverRule) -> bool:
    """Whether one of a rule's final messages tells the contact a time."""
    texts = (
        rule.final_message,
        rule.final_message_out_of_hours,
        *dict(rule.final_messages).values(),
        *dict(rule.final_messages_out_of_hours).values(),
    )
    return any(map(tells_time, texts))


def contacts_words(lines: Iterable[Line]) -> str:
    """The last words of the contact in a transcript, as many as tell a language."""
    said = [line.text for line in lines if line.author is Author.CONTACT]
    return " ".join(said)[-_ENOUGH:]


def guess_language(words: str) -> str:
    """The language of a text, as `de`; empty where it could be several or none."""
    spoken = lexicon().languages(words[-_ENOUGH:])
    return next(iter(spoken)) if len(spoken) == 1 else ""
