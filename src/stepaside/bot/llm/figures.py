"""Find the figures, addresses and links of an answer that no source states."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from stepaside.models.courtesy import is_reference
from stepaside.models.text import clip, words
from stepaside.models.tongue import spoken

_ADDRESS: Final = re.compile(
    r"""(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | https?://[^\s<>"'()（）]+
    | (?<![A-Za-z0-9-])(?<![A-Za-z0-9-]\.)(?:[A-Za-z0-9-]+\.)+[a-z]{2,}\b
        (?:/[^\s<>"'()（）]*)?""",
    re.VERBOSE,
)
"""Begins only where a run of its letters does, so that a long run is read once."""
_FIGURE: Final = re.compile(r"\d+(?:[.,:/'’ \u00a0\u202f–-]\d+)*")
_PARTED: Final = re.compile(r"[/ \u00a0\u202f–-]")
_STEP: Final = re.compile(r"^[^\S\n]*\d{1,2}[.)]\s+", re.MULTILINE)
"""The number of a line in a list: it is nobody's fact."""
_HALF_OF_DAY: Final = re.compile(
    r"\s*(?:(?:-|–|to|and|until)\s*\d{1,2}(?:[:.]\d\d)?\s*)?([ap])\.?\s?m\b",
    re.IGNORECASE,
)
_DATE: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})")
_PHONE_DIGITS: Final = 7
_NAMED: Final = re.compile(r"(?=\b((?:[^\W\d_]+\W{1,3}){1,3}\d[\d/-]{2,}\d)(?!\w))")
"""Up to three words and a number of four digits or more: `order number is 4471`."""
_NAMES_IT: Final = 4
"""Letters of a word that says what the number is of: not `it is`."""
_CODE: Final = re.compile(r"(?<!\w)[A-Za-z]{1,5}-?\d[\w-]{2,}|#\d[\w-]*")
_TOLD: Final = 4
"""From four on a number in words is a figure; below it is how people speak."""

_Values = frozenset[str]
"""Ways to write one and the same figure."""


def first_beyond(text: str, known: Iterable[str], said: Iterable[str] = ()) -> str:
    """Give the first figure, address or link of a text that nothing known states.

    Figures are compared whole, however they are written: 9:00 and 9 a.m., 1,000 and
    1000, thirty and 30. Empty where all are stated.
    known: texts that state facts. said: what the contact wrote; of that only names are
        known, such as an order number, and never an amount or a time.
    """
    told = [_plain(clip(x)) for x in known]
    told += [y for x in said for y in _names(_plain(clip(x)))]
    stated = {y for x in told for y in _addresses(x).values()}
    hosts = {x.partition("/")[0] for x in stated if "@" not in x}
    plain = _STEP.sub(" ", _plain(text))
    for found, address in _addresses(plain).items():
        if address not in stated and address not in hosts:
            return found
    figures = {y for x in told for y in _stated(x)}
    return next(_unstated(plain, figures), "")


def _plain(text: str) -> str:
    """The text with the digits of every script written as 0 to 9."""
    every = (x if x.isascii() else _digit(x) for x in text)
    return "".join(every)


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char, char))


def _addresses(text: str) -> dict[str, str]:
    """The addresses of a text as they stand there, each with what it comes down to."""
    found = (x.rstrip(".,:;!?") for x in _ADDRESS.findall(text))
    return {x: _bare(x) for x in found}


def _bare(address: str) -> str:
    return re.sub(r"^https?://|^www\.|(?<=//)www\.", "", address.lower()).rstrip("/")


def _names(text: str) -> Iterator[str]:
    """The parts of a contact's words that only name something: `my order is 4471`."""
    yield from (x for x in _addresses(text) if "@" in x)
    yield from _CODE.findall(text)
    if is_reference(text):
        yield text
    for window in _NAMED.findall(text):
        named = any(len(x) >= _NAMES_IT and x.isalpha() for x in words(window))
        if named and is_reference(window):
            yield window


def _stated(text: str) -> Iterator[str]:
    """Every figure that a text states, in every way it may be written."""
    for _, parts, whole in _figures(text):
        yield from whole
        if not _is_phone(parts):
            yield from (y for x in parts for y in _written(x))
    yield from (x for _, x in _in_words(text))


def _unstated(text: str, stated: set[str]) -> Iterator[str]:
    for found, parts, whole in _figures(text):
        apart = all(_written(x) & stated for x in parts)
        if not apart and not whole & stated:
            yield found
    for word, figure in _in_words(text):
        if int(figure) >= _TOLD and figure not in stated:
            yield word


def _figures(text: str) -> Iterator[tuple[str, list[str], _Values]]:
    """Each figure of a text: as it stands, its parts, and its runs of parts as one."""
    bare = _ADDRESS.sub(" ", text)
    for found in _FIGURE.finditer(bare):
        half = _HALF_OF_DAY.match(bare, found.end())
        parts = [y for x in _PARTED.split(found[0]) for y in _date_parts(x)]
        if half:
            parts = [f"{x}{half[1].lower()}" for x in parts]
        yield found[0], parts, _runs(parts)


def _date_parts(part: str) -> list[str]:
    date = _DATE.fullmatch(part)
    return list(date.groups()) if date else [part]


def _runs(parts: list[str]) -> _Values:
    digits = ["".join(x for x in part if x.isdigit()) for part in parts[:8]]
    ends = range(2, len(digits) + 1)
    return frozenset("".join(digits[a:b]) for b in ends for a in range(b - 1))


def _is_phone(parts: list[str]) -> bool:
    """Whether parts make one number, none of which is a figure of its own."""
    is_date = len(parts) == 3 and 4 in {len(parts[0]), len(parts[-1])}
    digits = len("".join(parts))
    return len(parts) > 2 and digits >= _PHONE_DIGITS and not is_date


def _written(part: str) -> _Values:
    """Ways to write one part: 9:00, 9.00 and 9; 14:00 for 2 p.m.; 1000 for 1,000."""
    half = part[-1] if part[-1] in "ap" else ""
    groups = re.split(r"[.,:'’]", part.rstrip("ap"))
    first = groups[0].lstrip("0") or "0"
    if len(groups) > 1 and ":" not in part and all(len(x) == 3 for x in groups[1:]):
        return frozenset({first + "".join(groups[1:])})
    if len(groups) == 1:
        return frozenset({first, *_on_the_clock(first, "00", half)})
    *whole, rest = groups
    number = "".join(whole).lstrip("0") or "0"
    bare = rest.rstrip("0")
    values = {f"{number}.{bare}" if bare else number}
    if len(rest) == 2 and len(whole) == 1:
        values |= {f"{number}:{rest}", *_on_the_clock(number, rest, half)}
    return frozenset(values)


def _on_the_clock(hour: str, minutes: str, half: str) -> Iterator[str]:
    """The same time on a clock of 24 hours, where a half of the day is named."""
    if half and len(hour) <= 2 and int(hour) <= 12:
        h = int(hour) % 12 + (12 if half == "p" else 0)
        yield f"{h}:{minutes}"
        if minutes == "00":
            yield str(h)


def _in_words(text: str) -> Iterator[tuple[str, str]]:
    """The numbers of a text that are written out, and in figures: forty-five, 45."""
    found, numerals = words(text), _numerals().get(spoken(text).language or "en", {})
    at = 0
    while at < len(found):
        value, size = numerals.get(found[at]), 1
        if value and value % 10 == 0 and 10 < value < 100 and at + 1 < len(found):
            one = numerals.get(found[at + 1], 10)
            value, size = (value + one, 2) if one < 10 else (value, 1)
        if value:
            yield " ".join(found[at : at + size]), str(value)
        at += size


_COUNTED: Final = (*range(2, 21), *range(30, 101, 10))


@cache
def _numerals() -> Mapping[str, Mapping[str, int]]:
    source = (files("stepaside.bot.llm") / "numerals.txt").read_text("utf-8")
    rows = (x.split() for x in source.splitlines() if x.strip())
    return {
        language: dict(zip(map(_one_word, names), _COUNTED, strict=True))
        for language, *names in rows
    }


def _one_word(written: str) -> str:
    return " ".join(words(written))
