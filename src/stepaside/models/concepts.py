"""Tag words with what they mean for a handover, in any of the lexicon's languages.

`I don't want a robot` and `no quiero un robot` become the same four concepts, so what
is learnt from one language holds in the next. The entries are in `lexicon/`, a file per
language, a line per concept; `word*` matches every word that begins so.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

from stepaside.models.text import unspaced, words

LANGUAGES: Final = (
    *("ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "id"),
    *("it", "ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk"),
    *("vi", "zh"),
)
_LONGEST_RUN: Final = 12
_SPELLED: Final = frozenset({"HUM", "STAFF", "TALK", "LINK", "BOT"})
"""Concepts looked for behind one wrong, missing or swapped letter."""

_Tags = dict[str, tuple[str, ...]]
"""Concepts by language."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word, or several that mean one thing, with its concepts (often none)."""

    text: str
    tags: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    exact: dict[str, "_Node"] = field(default_factory=dict)
    begins: dict[str, "_Node"] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    tags: _Tags = field(default_factory=dict)

    def after(self, word: str) -> Iterator["_Node"]:
        if node := self.exact.get(word):
            yield node
        for size in self.lengths:
            if node := self.begins.get(word[:size]):
                yield node


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every entry of every language, ready to be matched."""

    spaced: _Node
    unspaced: dict[str, _Tags]
    misspelt: dict[str, _Tags]

    def tag(self, clauses: Sequence[str]) -> list[list[Token]]:
        """Give the words of each clause of one text in order with their concepts.

        A word of several languages takes the concepts of the languages the whole
        text seems to be in.
        """
        found = [list(self._find(words(x))) for x in clauses]
        spoken = _languages(tags for clause in found for _, tags in clause)
        return [
            [Token(word, _choose(word, tags, spoken)) for word, tags in clause]
            for clause in found
        ]

    def languages(self, text: str) -> frozenset[str]:
        """Guess which languages a text may be in; empty where no word is known."""
        return _languages(tags for _, tags in self._find(words(text)))

    def may_be_english(self, text: str) -> bool:
        """Tell whether a text may be English: true unless it is clearly not."""
        found = words(text)
        votes = _votes(tags for _, tags in self._find(found))
        best = max(votes.values(), default=0)
        latin = sum(x.isascii() for x in found)
        return 2 * latin >= len(found) and (best < 2 or 2 * votes["en"] >= best)

    def _find(self, tokens: Sequence[str]) -> Iterator[tuple[str, _Tags]]:
        at = 0
        while at < len(tokens):
            if unspaced(tokens[at]):
                yield from self._find_in_run(tokens[at])
                at += 1
                continue
            size, tags = _longest(self.spaced, tokens, at)
            if not tags:
                tags = self._respell(tokens[at])
            yield " ".join(tokens[at : at + size]), tags
            at += size

    def _find_in_run(self, run: str) -> Iterator[tuple[str, _Tags]]:
        at = 0
        while at < len(run):
            size, tags = 1, self.unspaced.get(run[at], {})
            for longer in range(min(_LONGEST_RUN, len(run) - at), 1, -1):
                if entry := self.unspaced.get(run[at : at + longer]):
                    size, tags = longer, entry
                    break
            yield run[at : at + size], tags
            at += size

    def _respell(self, word: str) -> _Tags:
        if not 5 <= len(word) <= 20:
            return {}
        tries = (word, *_shorter(word))
        return next((tags for x in tries if (tags := self.misspelt.get(x))), {})


@cache
def lexicon() -> Lexicon:
    """Load the lexicon once, in about a tenth of a second."""
    loaded = Lexicon(_Node(), {}, {})
    for language in LANGUAGES:
        for tag, entry in _entries(language):
            _add(loaded, language, tag, entry)
    _measure(loaded.spaced)
    return loaded


def _entries(language: str) -> Iterator[tuple[str, list[str]]]:
    source = files("stepaside.models") / "lexicon" / f"{language}.txt"
    for line in source.read_text("utf-8").splitlines():
        tag, _, entries = line.partition(":")
        for entry in entries.split("|"):
            parts = [y for x in entry.split() for y in _parts(x)]
            if parts:
                yield tag, parts


def _parts(written: str) -> list[str]:
    found = words(written)
    if written.endswith("*") and found:
        found[-1] += "*"
    return found


def _add(loaded: Lexicon, language: str, tag: str, entry: list[str]) -> None:
    whole = "".join(entry)
    if unspaced(whole):
        _note(loaded.unspaced.setdefault(whole.rstrip("*"), {}), language, tag)
        return
    node = loaded.spaced
    for part in entry:
        branch = node.begins if part.endswith("*") else node.exact
        node = branch.setdefault(part.rstrip("*"), _Node())
    _note(node.tags, language, tag)
    if tag in _SPELLED and len(entry) == 1 and len(whole.rstrip("*")) >= 5:
        for wrong in (whole.rstrip("*"), *_shorter(whole.rstrip("*"))):
            _note(loaded.misspelt.setdefault(wrong, {}), language, tag)


def _note(tags: _Tags, language: str, tag: str) -> None:
    known = tags.get(language, ())
    if tag not in known:
        tags[language] = (*known, tag)


def _measure(node: _Node) -> None:
    node.lengths = tuple(sorted({len(x) for x in node.begins}, reverse=True))
    for child in (*node.exact.values(), *node.begins.values()):
        _measure(child)


def _shorter(word: str) -> list[str]:
    """The word with each one of its letters left out."""
    return [word[:i] + word[i + 1 :] for i in range(len(word))]


def _longest(root: _Node, tokens: Sequence[str], at: int) -> tuple[int, _Tags]:
    """Find the longest entry that begins here: how many words, and its concepts."""
    size, tags = 1, {}
    open_nodes, ahead = [root], 0
    while open_nodes and at + ahead < len(tokens):
        open_nodes = [y for x in open_nodes for y in x.after(tokens[at + ahead])]
        ahead += 1
        ended: _Tags = {}
        for node in open_nodes:
            for language, found in node.tags.items():
                ended[language] = tuple(
                    dict.fromkeys((*ended.get(language, ()), *found))
                )
        if ended:
            size, tags = ahead, ended
    return size, tags


def _languages(found: Iterator[_Tags]) -> frozenset[str]:
    """Guess the languages of a text: those that know most of its words."""
    votes = _votes(found)
    best = max(votes.values(), default=0)
    return frozenset(x for x, count in votes.items() if count >= 0.75 * best)


def _votes(found: Iterator[_Tags]) -> Counter[str]:
    """How many words of a text each language knows."""
    return Counter(language for tags in found for language in tags)


def _choose(word: str, tags: _Tags, spoken: frozenset[str]) -> tuple[str, ...]:
    """Keep the concepts of the languages spoken; customers mix in English words.

    A short word of another language is most likely a word of this one.
    """
    here = [found for language, found in tags.items() if language in spoken]
    if not here and len(word) >= 4:
        here = [tags["en"]] if "en" in tags else list(tags.values())
    return tuple(sorted({x for found in here for x in found}))
