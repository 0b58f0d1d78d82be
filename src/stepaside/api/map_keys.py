"""Say in which entry of a map something is wrong: msgspec names it `[...]`."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

import msgspec

_SOME_ENTRY: Final = "[...]"


def with_keys(
    decoder: msgspec.json.Decoder[Any], value: bytes, steps: Sequence[str]
) -> list[str]:
    """Put the key into each step of a path that only says `some entry of this map`.

    value: what the decoder refuses, for what is wrong at the end of the path. Where it
        is broken further on, or nested too deeply to be tried again, the path stays.
    """
    if _SOME_ENTRY not in steps:
        return list(steps)
    try:
        return _followed(decoder, msgspec.json.decode(value), steps)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return list(steps)


def _followed(
    decoder: msgspec.json.Decoder[Any], body: Any, steps: Sequence[str]
) -> list[str]:
    here = body
    found: list[str] = []
    for step in steps:
        is_unnamed = step == _SOME_ENTRY and isinstance(here, dict)
        key = _first_refused(decoder, body, here) if is_unnamed else None
        found.append(key or step)
        here = _within(here, found[-1])
    return found


def _first_refused(
    decoder: msgspec.json.Decoder[Any], body: Any, entries: dict[str, Any]
) -> str | None:
    """Try ever fewer of the first entries; halving, for who sends very many."""
    whole = list(entries.items())

    def is_refused(count: int) -> bool:
        entries.clear()
        entries.update(whole[:count])
        return _is_refused(decoder, body)

    place = bisect_left(range(1, len(whole) + 1), True, key=is_refused)
    entries.clear()
    entries.update(whole)
    return whole[place][0] if place < len(whole) else None


def _is_refused(decoder: msgspec.json.Decoder[Any], body: Any) -> bool:
    try:
        decoder.decode(msgspec.json.encode(body))
    except msgspec.ValidationError:
        return True
    return False


def _within(here: Any, step: str) -> Any:
    match here:
        case dict():
            return here.get(step)
        case list() if step[1:-1].isdecimal():
            return next(iter(here[int(step[1:-1]) :]), None)
        case _:
            return None
