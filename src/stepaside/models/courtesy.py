"""Tell courtesies from what they stand beside: thanks, a number, a typo mended.

The lexicon tags the words of thanks and greetings; the words that only dress them
(`so much`, `that will be all`), the farewells and the words that only nod (`ok`,
`fine`) are in `courtesy.txt`, a line per kind and language. So are the phrases that
need no knowledge: `one moment`, `are you a bot`, `how are you`, `I have a question`,
`I'd rather stay with the bot`; and the words that name a number.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from stepaside.models.concepts import Token
from stepaside.models.features import read
from stepaside.models.text import clip, letters, words

_POLITE: Final = frozenset(
    {"GREET", "THX", "YES", "NO", "SOLVED", "YOU", "ME", "PLS", "NOW", "NEG"}
)
_FOR_HELP: Final = frozenset({"HELP", "INST"})
"""Polite only after thanks: `help` alone asks for it."""
_THANKS: Final = frozenset({"GREET", "THX", "SOLVED", "YOU", "ME"})
_BESIDE_ALONE: Final = frozenset({"GREET", "PLS", "ME", "YOU", "NOW"})
"""What may stand beside a word that asks for help by itself: not `great help`."""
_KINDS: Final = ("fill", "bye", "wait", "about", "well", "help", "stay")
_DENIABLE: Final = frozenset({"help", "stay"})
"""Kinds of phrases that mean the opposite where they are denied."""
_DENIES: Final = frozenset({"NEG", "NO"})
_ASKS: Final = frozenset({"WANT", "CAN", "HOW", "WH", "TOPIC", "FAIL", "WRONG"})
_REFERENCE = re.compile(
    r"""
    \s*(?:[^\W\d_]+\W+){0,4}?                            # `my order number is`
    (?: (?=[\w#/.-]*\d)[#\w]+(?:[/.\s-]{1,3}(?=\w*\d)\w+){0,6}      # 4471-22, AB 12 34
      | @ )                                              # cy@example.com
    \s*[.!]?\s*""",
    re.VERBOSE,
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_DIGIT = re.compile(r"\d")
_LONGEST: Final = 80
_CODE_DIGITS: Final = 3
"""Figures from which on short words beside them are of the same code: `ab 12 34`."""
_SHORTEST_WORD: Final = 3
_Phrase = tuple[str, tuple[str, ...]]
"""A language and the words, or letters where none are written apart."""

_MENDED = re.compile(r"\s*(?:\*\s?[^\s*]+(?:\s[^\s*]+)?|[^\s*]+(?:\s[^\s*]+)?\s?\*)\s*")
"""One star only: `**not helpful**` is set in bold, and `this s***` swears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Courtesy:
    """What a text says besides asking.

    said: concepts of its polite words.
    kinds: of its known phrases: `wait` asks for a moment or is unsure, `bye` leaves,
        `about` asks about the bot, `well` how it is, `help` asks for help or announces
        a question without saying what, `stay` wants no other than the bot.
    denies: whether it begins with a `no` or `not`.
    rest: the words that are neither, in order; empty where all is courtesy.
    languages: those whose phrases stand in the text, most of them; often none.
    """

    said: frozenset[str]
    kinds: frozenset[str]
    denies: bool
    rest: tuple[str, ...]
    languages: frozenset[str]


def courtesy(text: str) -> Courtesy:
    """Read the courtesies of a text and what they leave over."""
    tokens = read(clip(text))
    polite = _POLITE | (_FOR_HELP if _thanks_for_help(tokens) else frozenset())
    spelled, covered = _spell(tokens, polite)
    said = frozenset(x for token in tokens for x in _bare(token) & polite)
    denials = [_denial(token) for token in tokens for _ in letters(token.text)]
    phrases = _phrases(alone=said <= _BESIDE_ALONE)
    votes = {
        kind: _cover(
            spelled, covered, phrases[kind], denials if kind in _DENIABLE else ()
        )
        for kind in _KINDS
    }
    left = (x for x, known in zip(spelled, covered, strict=True) if not known)
    return Courtesy(
        said=said,
        kinds=frozenset(kind for kind, count in votes.items() if count) - {"fill"},
        denies=bool(tokens) and bool(_DENIES & set(tokens[0].tags)),
        rest=tuple(left),
        languages=_most(sum(votes.values(), Counter())),
    )


def _most(votes: Counter[str]) -> frozenset[str]:
    most = max(votes.values(), default=0)
    return frozenset(x for x, count in votes.items() if count == most)


def only_nods(text: str) -> bool:
    """Tell whether a text says that it was read, and no more: `ok`, `fine, thanks`.

    Alone it is no yes to what was said by the way; after a question it may be one.
    """
    spelled, covered = _spell(read(clip(text)), _THANKS)
    phrases = _phrases(alone=False)
    nods = _cover(spelled, covered, phrases["nod"])
    for kind in ("bye", "fill"):
        _cover(spelled, covered, phrases[kind])
    return bool(nods) and all(covered)


def is_reference(text: str) -> bool:
    """Tell whether a text is only a number, a code or an address, as for an order."""
    bare = _ADDRESS.sub("@", text) if len(text) <= _LONGEST else ""
    if not _REFERENCE.fullmatch(bare):
        return False
    said = [x for x in words(bare) if x.isalpha() and x not in _naming()]
    is_code = len(_DIGIT.findall(bare)) >= _CODE_DIGITS
    return not said or (is_code and _are_of_code(said, bare))


def _are_of_code(said: Sequence[str], text: str) -> bool:
    """Whether words are the letters of a code: one, or as many in capitals."""
    short = all(len(x) < _SHORTEST_WORD and x.isascii() for x in said)
    return short and (len(said) == 1 or all(x.upper() in text for x in said))


def mends_typo(text: str) -> bool:
    """Tell whether a text only puts a word right: `*delivery`."""
    return len(text) <= 60 and _MENDED.fullmatch(text) is not None


def _spell(
    tokens: Sequence[Token], known: frozenset[str]
) -> tuple[list[str], list[bool]]:
    """Every word, or letter, and whether a token of known concepts covers it."""
    spelled: list[str] = []
    covered: list[bool] = []
    for token in tokens:
        own = letters(token.text)
        spelled += own
        covered += [bool(_bare(token)) and _bare(token) <= known] * len(own)
    return spelled, covered


def _bare(token: Token) -> set[str]:
    """The concepts of a token, denied or not."""
    return {x.lstrip("!") for x in token.tags}


def _thanks_for_help(tokens: Sequence[Token]) -> bool:
    said = [tag for token in tokens for tag in token.tags]
    return "THX" in said and not {x.lstrip("!") for x in said} & (_ASKS | {"PLS"})


def _cover(
    spelled: Sequence[str],
    covered: list[bool],
    known: Mapping[str, Sequence[_Phrase]],
    denials: Sequence[str] = (),
) -> Counter[str]:
    """Mark the words of every known phrase; how many of each language were there.

    A phrase that a word beside it denies is not marked.
    """
    found: Counter[str] = Counter()
    for at, word in enumerate(spelled):
        for language, phrase in known.get(word, ()):
            end = at + len(phrase)
            if tuple(spelled[at:end]) == phrase and _holds(denials[at:end]):
                covered[at:end] = [True] * len(phrase)
                found[language] += len(phrase)
    return found


def _denial(token: Token) -> str:
    if _DENIES & set(token.tags):
        return "denies"
    return "denied" if any(x.startswith("!") for x in token.tags) else ""


def _holds(denials: Sequence[str]) -> bool:
    """Whether a phrase has no denied word, or has the word that denies it itself."""
    return "denied" not in denials or "denies" in denials


@cache
def _phrases(*, alone: bool) -> Mapping[str, Mapping[str, Sequence[_Phrase]]]:
    """Every phrase by its kind and its first word.

    alone: whether the words that ask for help by themselves are among them.
    """
    found: dict[str, dict[str, list[_Phrase]]] = {}
    for kind, language, phrase in _rows():
        if kind == "alone" and not alone:
            continue
        if spelled := tuple(y for x in words(phrase) for y in letters(x)):
            known = found.setdefault("help" if kind == "alone" else kind, {})
            known.setdefault(spelled[0], []).append((language, spelled))
    return found


@cache
def _naming() -> frozenset[str]:
    """The words that only say what a number or an address is: `my order number is`."""
    return frozenset(y for kind, _, x in _rows() if kind == "name" for y in words(x))


def _rows() -> Iterator[tuple[str, str, str]]:
    source = files("stepaside.models") / "courtesy.txt"
    for line in source.read_text("utf-8").splitlines():
        head, _, phrases = line.partition(":")
        kind, language = head.split()
        yield from ((kind, language, x) for x in phrases.split("|"))
