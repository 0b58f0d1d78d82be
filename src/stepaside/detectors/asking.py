"""Tell small talk from messages that ask for something."""

from typing import Final

from stepaside.models.features import read
from stepaside.models.text import clip

_SMALL_TALK: Final = frozenset(
    {"GREET", "THX", "YES", "NO", "SOLVED", "PLS", "ME", "YOU", "NOW", "NEG"}
)
_CLOSING: Final = frozenset({"GREET", "THX", "SOLVED"})


def asks_nothing(text: str) -> bool:
    """Tell whether every word is small talk; signs and emoji alone ask nothing too."""
    return all(x and x <= _SMALL_TALK for x in _tags(text))


def opens_or_closes(text: str) -> bool:
    """Tell whether a text is only a greeting or thanks: answering it tries nothing."""
    tags = _tags(text)
    said = {x for found in tags for x in found}
    return asks_nothing(text) and bool(said & _CLOSING)


def _tags(text: str) -> list[set[str]]:
    return [{x.lstrip("!") for x in token.tags} for token in read(clip(text))]
