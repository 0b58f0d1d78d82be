"""Answer what asks nothing with one short fixed line: thanks, a moment, a number."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from stepaside.bot.further import has_failed
from stepaside.core.signal import ACTS_AT, SignalName
from stepaside.core.turn import Author, Line, Turn
from stepaside.models.asking import frowns
from stepaside.models.concepts import lexicon
from stepaside.models.courtesy import Courtesy, courtesy, is_reference, mends_typo
from stepaside.models.features import read
from stepaside.models.outcome import outcome
from stepaside.models.text import asks, clauses, clip, common_words, is_question, words

_LEFT: Final = 3
"""Words beside thanks that may be left when the contact clearly says it is settled."""
_ASKS: Final = frozenset({"WANT", "CAN", "HOW", "WH", "TOPIC", "FAIL", "WRONG", "IF"})
_LAST_SENTENCE = re.compile(r"(?<=[.!?。！？؟।])\s*[^.!?。！？؟।]+[.。।]?$")
_PERSON: Final = frozenset({"HUM", "STAFF", "LINK", "REAL", "ONE"})
_BESIDE_PERSON: Final = _PERSON | {
    *("NEG", "NO", "YES", "THX", "ME", "YOU", "WANT", "GIVE", "TALK", "CALL", "PLS"),
    *("NOW", "STOP", "SOLVED"),
}


class _Kind(StrEnum):
    GREET = "GREET"
    THX = "THX"
    BYE = "BYE"
    ASK = "ASK"
    WAIT = "WAIT"
    NOTED = "NOTED"
    BOT = "BOT"
    WELL = "WELL"
    HELP = "HELP"


_ANSWERS: Final = (
    ("stay", _Kind.ASK),
    ("about", _Kind.BOT),
    ("help", _Kind.HELP),
    ("THX", _Kind.THX),
    ("GREET", _Kind.GREET),
    ("well", _Kind.WELL),
    ("wait", _Kind.WAIT),
    ("bye", _Kind.BYE),
)
"""What courtesies are answered with; of several the first."""
_OFFERS: Final = frozenset({_Kind.GREET, _Kind.BOT})
"""Lines whose last sentence says that there are people."""


def small_talk(turn: Turn) -> str | None:
    """Give the fixed reply to a message that asks nothing; None for any other.

    In the language the contact seems to write; English where that is unclear. A
    greeting, or a question about the bot, is answered by saying that this is a bot and
    that there are people; a number by saying that nothing is looked up.
    """
    kind = _kind(clip(turn.text), turn)
    line = _lines()[_language(turn), kind] if kind else None
    if line and kind in _OFFERS and not turn.person_on_request:
        return _without_offer(line)
    return line


def asks_about_bot(turn: Turn) -> bool:
    """Tell whether small talk asks what an article may say better: who is this."""
    return "about" in courtesy(clip(turn.text)).kinds


def _without_offer(line: str) -> str:
    """A line without its last sentence, which says that there are people."""
    return _LAST_SENTENCE.sub("", line)


def _kind(text: str, turn: Turn) -> _Kind | None:
    if is_reference(text):
        return _Kind.NOTED
    if mends_typo(text):
        return _Kind.ASK
    if not words(text):
        return _wordless(text, turn)
    found = courtesy(text)
    if not found.rest:
        return _polite(found, text, turn)
    if _settled(found, text, turn):
        return _Kind.THX
    return _Kind.ASK if _refuses_person(text) else None


def _wordless(text: str, turn: Turn) -> _Kind | None:
    """A sign is taken for a nod, unless it asks or frowns; none for a thumb down."""
    if has_failed(turn) or not text.strip():
        return None
    return _Kind.ASK if asks(text) or frowns(text) else _Kind.BYE


def _polite(found: Courtesy, text: str, turn: Turn) -> _Kind | None:
    heard = found.said | found.kinds
    kind = next((line for name, line in _ANSWERS if name in heard), None)
    if kind is _Kind.HELP:
        return _asked_for_help(found, turn)
    if kind:
        return kind
    if "SOLVED" in found.said:
        return _Kind.THX if len(words(text)) > 1 else _Kind.BYE
    if "YES" in found.said and _was_asked(turn):
        return _Kind.ASK
    return _Kind.BYE if found.said & {"YES", "NO"} else None


def _asked_for_help(found: Courtesy, turn: Turn) -> _Kind | None:
    """Ask with what; none for a `no` to an answer, where it is known."""
    if "GREET" in found.said:
        return _Kind.GREET
    return None if found.denies and has_failed(turn) else _Kind.HELP


def _was_asked(turn: Turn) -> bool:
    last = turn.previous_answer
    return last is not None and is_question(last.text)


def _settled(found: Courtesy, text: str, turn: Turn) -> bool:
    """Whether the contact says that it is settled, in words not all known."""
    left = [x for x in found.rest if x not in common_words()]
    if len(left) > _LEFT or asks(text) or not all(map(_closes, clauses(text))):
        return False
    tags = {tag.lstrip("!") for token in read(text) for tag in token.tags}
    return not tags & _ASKS and outcome(turn)[SignalName.SOLVED] >= ACTS_AT


def _closes(clause: str) -> bool:
    """Whether a part of a text is courtesy, or has more only beside thanks."""
    found = courtesy(clause)
    return not found.rest or bool(found.said & {"THX", "SOLVED"})


def _refuses_person(text: str) -> bool:
    """Whether a text says only that no person is wanted."""
    tokens = read(text)
    tags = {tag for token in tokens for tag in token.tags}
    if asks(text) or not tags & {"!HUM", "!STAFF", "!LINK"}:
        return False
    if tags & {"HUM", "STAFF", "LINK"}:
        return False
    bare = ({x.lstrip("!") for x in token.tags} or {token.text} for token in tokens)
    return all(x & _BESIDE_PERSON or x <= common_words() for x in bare)


def _language(turn: Turn) -> str:
    """The language of the burst; of what the contact said before, if that is vague."""
    text = clip(turn.text)
    earlier = "\n".join(_said(turn.history))
    before = lexicon().languages(earlier)
    if earlier and lexicon().may_be_english(earlier):
        before |= {"en"}
    if not lexicon().may_be_english(text):
        before -= {"en"}
    spoken, dressed = lexicon().languages(text), courtesy(text).languages
    tries = (spoken & dressed & before, spoken & dressed, dressed & before, before)
    found = next((x for x in (*tries, dressed, spoken) if x), frozenset({"en"}))
    return "en" if "en" in found else min(found)


def _said(history: Sequence[Line]) -> list[str]:
    return [clip(x.text) for x in history[-6:] if x.author is Author.CONTACT]


@cache
def _lines() -> Mapping[tuple[str, str], str]:
    source = (files("stepaside.bot") / "small_talk.txt").read_text("utf-8")
    rows = [x.split(" ", 2) for x in source.splitlines() if x.strip()]
    return {(language, kind): line for language, kind, line in rows}
