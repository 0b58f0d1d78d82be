"""Tell small talk from messages that ask for something."""

from typing import Final

from stepaside.models.courtesy import courtesy, is_reference, mends_typo
from stepaside.models.text import words

_CLOSING: Final = frozenset({"GREET", "THX", "SOLVED"})


def asks_nothing(text: str) -> bool:
    """Tell whether a text is courtesy, a moment asked for, a number or a typo mended.

    Signs and emoji alone ask nothing too.
    """
    found = courtesy(text)
    polite = bool(found.said) or found.waits or not words(text)
    return (polite and not found.rest) or is_reference(text) or mends_typo(text)


def opens_or_closes(text: str) -> bool:
    """Tell whether a text is only a greeting or thanks: answering it tries nothing."""
    found = courtesy(text)
    return not found.rest and bool(found.said & _CLOSING)
