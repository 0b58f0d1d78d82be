"""Say a question in the words of the knowledge: `delivery` for `shipping`.

Only words the knowledge does not have at all are replaced.
"""

from collections.abc import Callable, Container, Sequence
from functools import cache
from importlib.resources import files

from stepaside.models.text import common_words, words

Stems = Callable[[str], Sequence[str]]


def in_its_words(text: str, known: Container[str], stems: Stems) -> str:
    """Replace what is not known by another word for it that is; text as it was if none.

    known: the stems of everything in the knowledge.
    """
    said = words(text)
    found = {x: other for x in said if (other := _other(x, said, known, stems))}
    return " ".join(found.get(x, x) for x in said) if found else text


def _other(
    word: str, said: Sequence[str], known: Container[str], stems: Stems
) -> str | None:
    own = stems(word)
    if word in common_words() or not own or own[0] in known:
        return None
    names = (x for x in _groups() if _stands_for(x, own[0], said, stems))
    others = (y for group in names for y in group if "+" not in y)
    return next((x for x in others if stems(x) and stems(x)[0] in known), None)


def _stands_for(
    group: Sequence[str], stem: str, said: Sequence[str], stems: Stems
) -> bool:
    """Whether a word is of a group, alone or with those that must stand by it."""
    for entry in group:
        parts = entry.split("+")
        if len(parts) == 1 and stems(entry)[:1] == [stem]:
            return True
        together = len(parts) > 1 and all(x in said for x in parts)
        if together and any(stems(x)[:1] == [stem] for x in parts):
            return True
    return False


@cache
def _groups() -> Sequence[Sequence[str]]:
    source = files("stepaside.bot") / "synonyms.txt"
    return [x.split() for x in source.read_text("utf-8").splitlines() if x.strip()]
