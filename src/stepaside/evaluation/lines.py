"""Reading files that have a JSON value a line, and naming the line that is amiss."""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from stepaside.core.errors import Refusal

_T = TypeVar("_T")


class UnreadableLine(Refusal):
    """A file, or a line of it, is not what it should be; the message names it."""


def lines_of(path: Path) -> Iterator[tuple[str, str]]:
    """Give each line that is not empty, with its place in words; `.gz` is unpacked.

    Raises:
        UnreadableLine: it is no text in UTF-8, or not packed though it is named so.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            yield from numbered(lines, path.name)
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise UnreadableLine(f"{path.name}: {error}") from error


def numbered(lines: Iterable[str], name: str) -> Iterator[tuple[str, str]]:
    """Give each line that is not blank, with its place in words.

    name: of where they come from.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield f"{name}, line {number}", line


def parse(line: str, kind: type[_T], place: str) -> _T:
    """Read a line as what it should be. Raises: UnreadableLine: it is not."""
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UnreadableLine(f"{place}: {error}") from error
