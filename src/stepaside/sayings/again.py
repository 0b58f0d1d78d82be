"""What was written in English, said once more in the reader's language.

The core decides in words, and the words are stored: a reason is a fact of its time, and
history is not rewritten. Where staff read them, the shape of the sentence is found
again and said in their language, with the values it was filled with.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stepaside.sayings.languages import Language, load_translations, locale_of
from stepaside.sayings.refusals import REFUSALS
from stepaside.sayings.shapes import PARTS, SHAPES, SUMMARY

CATALOGS: Final = Path(__file__).with_name("locale")

_LONGEST: Final = 4000
"""Characters; what is longer is nothing that we wrote."""
_DEEPEST: Final = 6
"""Sentences within sentences that are looked for."""
_COMMAS: Final = 3
"""A name that has more of them in it is not understood."""
_SLOT: Final = re.compile(r"%\((\w+)\)s")
_HOLDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("n", "most"), r"\d+"),
    "length": r"\d+ (?:min|h|days)",
    "language": r"[\w-]{2,20}",
    **dict.fromkeys(("name", "kind", "service", "channel", "host"), r"[^;:“”]+?"),
    **dict.fromkeys(("team", "model"), r"[^;]+?"),
}
"""What a slot may hold, by its name; any text where it is not named here."""
_DUE: Final = re.compile(r"Due \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\s*")


def say_again(text: str, language: Language) -> str:
    """Say in a language what we wrote in English; any other text as it is.

    Names, quotes and titles in it stay as they are. A due time at its start, as it was
    once written, is left out: whoever shows the text shows it on the reader's clock.
    """
    text = _DUE.sub("", text, count=1) if text.startswith("Due ") else text
    if language is Language.ENGLISH or not text or len(text) > _LONGEST:
        return text
    return _Tongue(language).again(text) or text


@dataclass(frozen=True, slots=True)
class _Shape:
    """One sentence. `anchor`: its longest words, by which most are ruled out."""

    message: str
    pattern: re.Pattern[str]
    anchor: str


def _shaped(message: str) -> _Shape:
    fixed = _SLOT.split(message)
    pattern = "".join(
        f"(?P<{part}>{_HOLDS.get(part, '.+?')})" if number % 2 else re.escape(part)
        for number, part in enumerate(fixed)
    )
    anchor = max(fixed[::2], key=len)
    return _Shape(message, re.compile(pattern, re.DOTALL), anchor)


def _plainest_first(messages: Iterable[str]) -> tuple[_Shape, ...]:
    """Those with the most words of their own before those that fit more texts."""
    return tuple(
        _shaped(message)
        for message in sorted(messages, key=lambda text: -len(_SLOT.sub("", text)))
    )


# What a summary goes on with is taken off from its end.
_SHAPES: Final = (*map(_shaped, SUMMARY[::-1]), *_plainest_first((*SHAPES, *REFUSALS)))
_STAND_INS: Final = frozenset(part for part in PARTS if not _SLOT.search(part))


class _Tongue:
    """One language to say sentences in."""

    def __init__(self, language: Language) -> None:
        self._say = load_translations(CATALOGS, language).gettext
        self._languages = locale_of(language).languages

    def again(self, text: str, depth: int = 0) -> str | None:
        """The text in this language; None where it is not ours."""
        if not text or depth > _DEEPEST:
            return None
        return (
            self._whole(text, depth)
            or self._joined(text, "; ", depth)
            or self._unstopped(text, depth)
            or self._begun(text, depth)
        )

    def _whole(self, text: str, depth: int) -> str | None:
        for shape in _SHAPES:
            found = shape.anchor in text and shape.pattern.fullmatch(text)
            if found:
                values = self._values(found.groupdict(), depth)
                if values is not None:
                    return self._say(shape.message) % values
        return None

    def _values(self, found: dict[str, str], depth: int) -> dict[str, str] | None:
        values = {slot: self._value(slot, text, depth) for slot, text in found.items()}
        said = {slot: text for slot, text in values.items() if text is not None}
        return said if len(said) == len(values) else None

    def _value(self, slot: str, text: str, depth: int) -> str | None:
        """What stands in a slot; None where it would have to be ours and is not."""
        match slot:
            case "before" | "length":
                return self.again(text, depth + 1)
            case "those":
                return self._listed(text, depth)
            case "why":
                return self.again(text, depth + 1) or text
            case "who" | "writer" | "rule":
                return self._say(text) if text in _STAND_INS else text
            case "language":
                return str(self._languages.get(text, text))
            case _:
                return text

    def _joined(self, text: str, by: str, depth: int) -> str | None:
        """Sentences in a row, of which we know one at least."""
        parts = text.split(by)
        if len(parts) == 1:
            return None
        said = [self.again(part, depth + 1) for part in parts]
        told = [new or old for new, old in zip(said, parts, strict=True)]
        return by.join(told) if any(said) else None

    def _listed(self, text: str, depth: int) -> str | None:
        """Clauses in a row, all of them ours; a comma may also be part of a name."""
        said: list[str] = []
        waiting: list[str] = []
        for part in text.split(", "):
            waiting.append(part)
            told = self._whole(", ".join(waiting), depth + 1)
            if told:
                said.append(told)
                waiting.clear()
            elif len(waiting) > _COMMAS:
                return None
        return None if waiting else ", ".join(said)

    def _unstopped(self, text: str, depth: int) -> str | None:
        """A clause that was made a sentence by its full stop."""
        said = self.again(text[:-1], depth + 1) if text.endswith(".") else None
        return f"{said}." if said else None

    def _begun(self, text: str, depth: int) -> str | None:
        """A clause that begins a sentence."""
        if not text[0].isupper():
            return None
        said = self._whole(text[0].lower() + text[1:], depth + 1)
        return said[0].upper() + said[1:] if said else None
