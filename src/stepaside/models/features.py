"""Turn a text into named features: its words, its concepts and the order they stand in.

Quoted words keep their concepts under another name, since `my boss said "get me a
human"` asks for nobody. Words the lexicon does not know are seen by their letters, so
that misspellings still resemble what they misspell.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Final

from stepaside.models.concepts import Token, lexicon
from stepaside.models.text import UNSPACED, clauses, clip, fold, words

MAX_TOKENS: Final = 400
"""Tokens read of one text; the middle of a longer one is left out."""

_QUOTED = re.compile(
    rf"""(?:(?<!(?![{UNSPACED}])\w)["”]|[“„«「『])"""
    r"""([^"“”„«»「」『』\n]{2,200})["”“»」』]"""
    r"""|(?<!\w)['‘]([^'‘’\n]{4,200})['’](?!\w)"""
)
"""What stands right behind a letter or figure opens nothing: 24" are inches, and
Hebrew abbreviates with such a sign."""
_DENIES: Final = frozenset({"NEG", "NO"})
_UNMARKED: Final = frozenset({"ME", "YOU"})
_TURNS: Final = frozenset(
    words(
        "but sondern aber sino pero mais ma bensi maar ale lecz men utan mutta vaan "
        "ama fakat но а але لكن بل लेकिन बल्कि tapi melainkan mas nhưng mà tylko only "
        "nur solo just csak sadece только лише"
    )
)
"""Words after which a denial no longer holds: `not a bot but a person`."""
_PAIRED: Final = 16
_WEAK: Final = frozenset({"ME", "YOU", "WH", "ONE", "PLS"})


def read(text: str) -> list[Token]:
    """Give the tokens of a text, their concepts marked by where they stand.

    `q` stands before a concept within quotation marks, `!` before a denied one.
    """
    pieces = list(_pieces(clip(text)))
    clauses = lexicon().tag([piece for piece, _ in pieces])
    found: list[Token] = []
    for clause, (_, quoted) in zip(clauses, pieces, strict=True):
        if quoted:
            found.append(Token('"', ("QUOTE",)))
            found += [_mark(x, "q") for x in clause]
        else:
            found += deny(clause)
    if len(found) > MAX_TOKENS:
        return found[: MAX_TOKENS // 2] + found[-MAX_TOKENS // 2 :]
    return found


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Cut a text into clauses, each with whether it is a quotation."""
    start = 0
    for quoted in _QUOTED.finditer(text):
        yield from ((x, False) for x in clauses(text[start : quoted.start()]))
        yield quoted.group(1) or quoted.group(2), True
        start = quoted.end()
    yield from ((x, False) for x in clauses(text[start:]))


def deny(clause: Sequence[Token]) -> list[Token]:
    """Mark what a clause denies; `not without` denies nothing.

    A denial reaches forward to the end of its clause or a `but`. Where it ends the
    clause, as verbs do in German, Turkish, Hindi, Japanese, it reaches back.
    """
    found: list[Token] = []
    denied = False
    for token in clause:
        if "SANS" in token.tags:
            denied = not denied
            found.append(token)
        elif _DENIES & set(token.tags):
            denied = True
            found.append(token)
        elif token.text in _TURNS:
            denied = False
            found.append(token)
        else:
            found.append(_mark(token, "!") if denied else token)
    tagged = [x for x in found if x.tags]
    if len(tagged) > 1 and denied and _DENIES & set(tagged[-1].tags):
        return [x if _DENIES & set(x.tags) else _mark(x, "!") for x in found]
    return found


def _mark(token: Token, mark: str) -> Token:
    return Token(token.text, tuple(mark + x for x in token.tags if x not in _UNMARKED))


def features(text: str) -> list[str]:
    """Name everything a linear model may weigh in one text."""
    return features_of(read(text), text)


def features_of(tokens: Sequence[Token], text: str) -> list[str]:
    """Name the features of a text whose tokens have been read."""
    return [
        *_words(tokens),
        *_concepts(tokens),
        *_letters(tokens),
        *_shape(text, tokens),
    ]


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    texts = ["^", *(_marked_text(x) for x in tokens), "$"]
    yield from ("w " + x for x in texts[1:-1])
    yield from (f"w2 {a} {b}" for a, b in pairwise(texts))
    yield from (
        f"w3 {a} {b} {c}" for a, b, c in zip(texts, texts[1:], texts[2:], strict=False)
    )


def _marked_text(token: Token) -> str:
    mark = token.tags[0][0] if token.tags else ""
    return mark + token.text if mark in "q!" else token.text


def _concepts(tokens: Sequence[Token]) -> Iterator[str]:
    mixed = ["^", *(x.tags[0] if x.tags else x.text for x in tokens), "$"]
    yield from (f"m {a} {b}" for a, b in pairwise(mixed))
    yield from (
        f"m3 {a} {b} {c}" for a, b, c in zip(mixed, mixed[1:], mixed[2:], strict=False)
    )
    known = [x.tags for x in tokens if x.tags]
    yield from ("k " + tag for tags in known for tag in tags)
    yield from _order(known)
    names = sorted({tag for tags in known for tag in tags})[:_PAIRED]
    yield from (f"k& {a} {b}" for a, b in combinations(names, 2))
    core = [x for x in names if x not in _WEAK]
    if 3 <= len(core) <= 6:
        yield from (f"k&3 {a} {b} {c}" for a, b, c in combinations(core, 3))
    if len(core) <= 6:
        yield "k= " + " ".join(core)


def _order(known: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Which concept stands before which, next to it or within four steps."""
    line = [("^",), *known, ("$",)]
    for a, b in pairwise(line):
        yield from (f"k2 {x} {y}" for x in a[:2] for y in b[:2])
    for a, b, c in zip(line, line[1:], line[2:], strict=False):
        yield f"k3 {a[0]} {b[0]} {c[0]}"
    for i, a in enumerate(known):
        for b in known[i + 1 : i + 5]:
            yield from (f"k> {x} {y}" for x in a[:2] for y in b[:2])


def _letters(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if not token.tags and len(token.text) > 3:
            word = f"<{token.text[:20]}>"
            yield from ("c " + word[i : i + 4] for i in range(len(word) - 3))


def _shape(text: str, tokens: Sequence[Token]) -> Iterator[str]:
    yield f"n {min(len(tokens), 40).bit_length()}"
    if not any(x.tags for x in tokens):
        yield "unknown"
    end = fold(text[-3:])
    if "?" in end:
        yield "ends ?"
    if "!" in end:
        yield "ends !"
