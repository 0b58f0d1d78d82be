"""Guess the language of a text by its script and its smallest words.

For telling English from what the English vectors cannot read, and one language from
another: not a detector of all languages. The words are in `tongues.txt`, a line per
language; where two have equally many, neither is taken.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from stepaside.models.meaning import meaning
from stepaside.models.text import words

UNKNOWN: Final = ""
_READ: Final = 400
"""Characters looked at: the language does not change in the middle of a text."""
_SCRIPTS: Final = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "zh": re.compile("[\u3400-\u9fff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "uk": re.compile("[іїєґІЇЄҐ]"),
    "ru": re.compile("[\u0400-\u04ff]"),
}
"""By a letter that others lack, the most telling first: Japanese has Han as well."""
_NOT_ENGLISH: Final = re.compile("[ñ¿¡ßãõąćęłńśźżğışçöüäêîôûàèùìòéóáíúåæøčřžěșțăđ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A text's language as far as it is told. language: as `de`, or `UNKNOWN`."""

    language: str
    english: bool

    def same(self, other: "Spoken") -> bool:
        """Tell whether two texts may be in one language: false where they are not."""
        told = (self.language, other.language)
        return UNKNOWN in told or self.language == other.language


def tongue(text: str) -> str:
    """Give the language of a text, as `de`; `UNKNOWN` where nothing tells it."""
    read = text[:_READ]
    for language, letter in _SCRIPTS.items():
        if letter.search(read):
            return language
    votes = _votes(read)
    best = max(votes.values(), default=0)
    winners = [x for x, count in votes.items() if count == best]
    return winners[0] if len(winners) == 1 else UNKNOWN


def seems_english(text: str) -> bool:
    """Tell whether the English vectors can read a text.

    Where no small word tells it: every word is one that they know.
    """
    read = text[:_READ]
    if any(letter.search(read) for letter in _SCRIPTS.values()):
        return False
    votes = _votes(read)
    others = max((y for x, y in votes.items() if x != "en"), default=0)
    others += _NOT_ENGLISH.search(read.lower()) is not None
    if votes["en"] != others:
        return votes["en"] > others
    return meaning().vocabulary.knows(words(read))


def spoken(text: str) -> Spoken:
    """Give all that is told of a text's language."""
    english = seems_english(text)
    found = tongue(text) or ("en" if english else UNKNOWN)
    return Spoken(language=found, english=english)


def _votes(text: str) -> Counter[str]:
    """How many of a text's small words each language has."""
    found = words(text)
    return Counter(x for x, own in _small().items() for y in found if y in own)


@cache
def _small() -> Mapping[str, frozenset[str]]:
    source = (files("stepaside.models") / "tongues.txt").read_text("utf-8")
    rows = (x.partition(":") for x in source.splitlines() if x)
    return {language: frozenset(words(small)) for language, _, small in rows}
