"""What people find at a handover: what the contact wants, how they feel, what is open.

Taken from the transcript alone, in no time, so that no handover ever waits for it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stepaside.core.turn import Author, Line

_LONGEST: Final = 300
_UPSET: Final = re.compile(
    r"\b(angry|annoy\w*|awful|ridiculous|useless|terrible|unacceptable|frustrat\w*|"
    r"fed up|for nothing|worst|scam|lawyer|complain\w*|still (not|no)|wütend|"
    r"unverschämt|frechheit|inaceptable|inacceptable|nul|pésimo|vergonha|schandalig)\b",
    re.IGNORECASE,
)
_PLEASED: Final = re.compile(
    r"\b(thank\w*|great|perfect|lovely|danke|merci|gracias|grazie|obrigad[oa]|bedankt)\b",
    re.IGNORECASE,
)
_DEMANDS: Final = re.compile(r"\?[!?]|!\?")
_SHOUTS: Final = re.compile(r"!{2,}|\b[A-Z]{4,}(?:\s+[A-Z]{2,})+\b")
_WORD: Final = re.compile(r"\w+")


class Sentiment(StrEnum):
    """How the contact sounds."""

    UPSET = "upset"
    NEUTRAL = "neutral"
    PLEASED = "pleased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A handover in parts.

    wants: the contact's own words that say most; empty when they said nothing.
    tried: how many answers the bot had given before.
    language: as `de`; empty when it is not known.
    promise: the time the contact was told; empty when none was.
    suggested_reply: how a person might begin; theirs to change.
    generated: how it was made: `local`, from the transcript alone, or the language
        model that wrote it.
    """

    wants: str = ""
    tried: int = 0
    sentiment: Sentiment = Sentiment.NEUTRAL
    language: str = ""
    promise: str = ""
    suggested_reply: str = ""
    generated: str = "local"


def make_brief(
    lines: Sequence[Line],
    *,
    name: str = "",
    tried: int = 0,
    failed_attempts: int = 0,
    language: str = "",
    promise: str = "",
    asks_for_person: bool = False,
) -> Brief:
    """Say in parts what whoever takes over has to know.

    lines: the public messages, oldest first, the last of which led here.
    asks_for_person: the last message only asks for somebody, and is not the matter.
    """
    said = [line.text for line in _since_people(lines) if line.author is Author.CONTACT]
    before = said[:-1] if asks_for_person and len(said) > 1 else said
    wants = _short(max(before, key=lambda text: len(_WORD.findall(text)), default=""))
    return Brief(
        wants=wants,
        tried=tried,
        sentiment=_sentiment(said[-3:], failed_attempts),
        language=language,
        promise=promise,
        suggested_reply=_reply(name, wants) if language in ("", "en") else "",
    )


def _since_people(lines: Sequence[Line]) -> Sequence[Line]:
    """What was said since a person last spoke: the rest is known to people."""
    last = max((n for n, x in enumerate(lines) if x.author is Author.STAFF), default=-1)
    return lines[last + 1 :]


def _sentiment(said: Sequence[str], failed_attempts: int) -> Sentiment:
    if failed_attempts > 1 or any(map(_sounds_upset, said)):
        return Sentiment.UPSET
    pleased = any(map(_PLEASED.search, said))
    return Sentiment.PLEASED if pleased else Sentiment.NEUTRAL


def _sounds_upset(text: str) -> bool:
    """Whether words or signs say so; who is glad shouts too, but demands nothing."""
    if _UPSET.search(text) or _DEMANDS.search(text):
        return True
    return bool(_SHOUTS.search(text)) and not _PLEASED.search(text)


def _reply(name: str, wants: str) -> str:
    hello = f"Hi {name}," if name else "Hi,"
    if not wants:
        return f"{hello} I have taken over from the assistant. How can I help?"
    return (
        f"{hello} I have taken over from the assistant and read what you wrote: "
        f"“{_short(wants, 120)}” Let me look into it."
    )


def _short(text: str, length: int = _LONGEST) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"
