"""Reading what a form sent, and lengths of time as three small numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from litestar.datastructures import FormMultiDict

from stepaside.core.errors import InvalidField
from stepaside.desk.words import _, why_refused

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The fields of one form, their text without what nobody can see."""

    form: FormMultiDict

    def line(self, name: str) -> str:
        """One line, without blank edges; empty where it was not sent."""
        return " ".join(self.text(name).split())

    def text(self, name: str) -> str:
        """A text with the line breaks of ours; empty where it was not sent."""
        return clean(self.form.get(name) or "").strip()

    def lines(self, name: str) -> tuple[str, ...]:
        """Every field of that name that is not blank, none twice, in order."""
        found = (" ".join(clean(x).split()) for x in self.form.getall(name, []))
        return tuple(dict.fromkeys(x for x in found if x))

    def has(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.form.get(name))

    def raw(self, name: str) -> list[str]:
        """Every field of that name, as it was sent, files left out."""
        return [x for x in self.form.getall(name, []) if isinstance(x, str)]


class Faults(dict[str, str]):
    """What is wrong, by field; templates ask for any field, and get nothing."""

    def __missing__(self, field: str) -> str:
        return ""


def clean(value: object) -> str:
    """Text that came from outside, as it may be stored."""
    text = value if isinstance(value, str) else ""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time as it is typed: whole numbers, or whatever was typed."""

    days: str = ""
    hours: str = ""
    minutes: str = ""

    @classmethod
    def of(cls, length: timedelta | None) -> "Span":
        """Take a length apart; parts that are nothing stay empty."""
        if length is None:
            return cls()
        minutes = int(length.total_seconds()) // 60
        parts = minutes // 1440, minutes // 60 % 24, minutes % 60
        return cls(**{n: str(v) for n, v in zip(_PARTS, parts, strict=True) if v})

    @classmethod
    def read(cls, sent: Sent, name: str) -> "Span":
        """The three fields `<name>.days`, `.hours` and `.minutes`."""
        return cls(**{part: sent.line(f"{name}.{part}") for part in _PARTS})

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not (self.days or self.hours or self.minutes)

    def length(self, field: str) -> timedelta:
        """The length. Raises: InvalidField: something is no whole number."""
        values = {part: getattr(self, part) or "0" for part in _PARTS}
        for value in values.values():
            if not value.isdecimal() or len(value) > _MOST_DIGITS:
                raise InvalidField(field, "whole numbers")
        return timedelta(**{part: int(value) for part, value in values.items()})


_PARTS: Final = ("days", "hours", "minutes")


def whole(text: str, field: str) -> int:
    """A whole number that was typed. Raises: InvalidField."""
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise InvalidField(field, "a whole number")
    return int(text)


def in_words(fault: InvalidField, words: Mapping[str, str]) -> str:
    """What is wrong, as a person is told: in the desk's words where it has some.

    words: by field, marked for translation.
    """
    if fault.field in words:
        return _(words[fault.field])
    return why_refused(fault)
