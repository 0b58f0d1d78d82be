"""Tell small talk from messages that ask for something."""

from typing import Final

from stepaside.models.courtesy import courtesy, is_reference, mends_typo
from stepaside.models.text import words

_CLOSING: Final = frozenset({"GREET", "THX", "SOLVED"})
_OPENING: Final = frozenset({"about", "well", "help"})
_SMILES: Final = frozenset("👍👌👏🙏🙂😊😀😁🎉✅❤💯")
_FROWNS: Final = frozenset("👎😠😡🤬😤😞😒🙁☹😖😩😭🖕🤦")


def smiles(text: str) -> bool:
    """Tell whether a text is only signs, friendly ones; it may mean yes, or thanks."""
    return not words(text) and bool(_SMILES & set(text)) and not frowns(text)


def frowns(text: str) -> bool:
    """Tell whether a text is only signs, and says with one that it is no good."""
    return not words(text) and bool(_FROWNS & set(text))


def asks_nothing(text: str) -> bool:
    """Tell whether a text is courtesy, a moment asked for, a number or a typo mended.

    Signs and emoji alone ask nothing too, nor do questions about the bot, and help
    asked for without saying with what.
    """
    found = courtesy(text)
    polite = bool(found.said) or bool(found.kinds) or not words(text)
    return (polite and not found.rest) or is_reference(text) or mends_typo(text)


def opens_or_closes(text: str) -> bool:
    """Tell whether a text only greets, thanks or leads up to a question.

    Answering it tries nothing.
    """
    found = courtesy(text)
    return not found.rest and bool(found.said & _CLOSING or found.kinds & _OPENING)


def judges_nothing(text: str) -> bool:
    """Tell whether a text says nothing about an answer: it only leads up to a question.

    Nor does who would rather stay with the bot. A `no` before asking for help may say
    that an answer gave none.
    """
    found = courtesy(text)
    if found.rest or found.kinds & {"about", "well", "stay"}:
        return not found.rest
    return "help" in found.kinds and not found.denies
