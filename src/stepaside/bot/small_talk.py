"""Answer a greeting, thanks or a goodbye with one short fixed line."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from stepaside.models.concepts import lexicon
from stepaside.models.features import read

_BESIDE: Final = frozenset(
    {"GREET", "THX", "YES", "NO", "SOLVED", "YOU", "ME", "PLS", "NOW", "HELP", "INST"}
)
_SHORT: Final = 8


def small_talk(text: str) -> str | None:
    """Give the fixed reply to a message that asks nothing; None for any other.

    In the language the message seems to be in; English where that is unclear. A
    greeting is answered by saying that this is a bot and that there are people.
    """
    tokens = read(text)
    if not 0 < len(tokens) <= _SHORT:
        return None
    tags = [{x.lstrip("!") for x in token.tags} & _BESIDE for token in tokens]
    said = {tag for found in tags for tag in found}
    if not all(tags) or "HELP" in said:
        return None
    return _line(text, said)


def _line(text: str, said: set[str]) -> str | None:
    kinds = [x for x in ("THX", "GREET") if x in said]
    if not kinds and not said & {"YES", "NO", "SOLVED"}:
        return None
    spoken = lexicon().languages(text)
    language = "en" if "en" in spoken or not spoken else min(spoken)
    return _lines()[language, kinds[0] if kinds else "BYE"]


@cache
def _lines() -> Mapping[tuple[str, str], str]:
    source = (files("stepaside.bot") / "small_talk.txt").read_text("utf-8")
    rows = [x.split(" ", 2) for x in source.splitlines() if x.strip()]
    return {(language, kind): line for language, kind, line in rows}
