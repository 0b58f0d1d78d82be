"""Cut hostile text into folded words and sentences, in time linear in its length."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar

_Item = TypeVar("_Item")

MAX_CHARS: Final = 10_000
"""Longer text is cut to its first and last halves before anything reads it."""

_MARKS = re.compile(
    "[\u0300-\u036f\u064b-\u065f\u0640\u0654\u0655\u200b-\u200f\u202a-\u202e\ufe0f]"
)
UNSPACED: Final = "\u0e00-\u0e7f\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""What is written without spaces (Thai, Han, kana), as in a class of a pattern."""
_WORD = re.compile(
    rf"[{UNSPACED}]+"
    rf"|(?:(?![{UNSPACED}])[\w\u0900-\u0963\u0966-\u0dff])+"
)
"""Vowel signs of India are no letters to `\\w`; `।` and `॥` end sentences."""
_UNSPACED = re.compile(f"[{UNSPACED}]")
LONG: Final = 28
"""Words of a sentence that is looked at in parts as well; three letters are one where
words are written without spaces."""
_BREATH: Final = 20
_UNIT = re.compile(rf"[{UNSPACED}]{{1,3}}|[^\s{UNSPACED}]+")
_CONTRACTION = re.compile(r"(?<=\w)'(?=(?:t|s|re|ve|ll|d|m)\b)|(?<=[\u0400-\u04ff])'")
_GREEK: Final = "\u0370-\u03ff\u1f00-\u1fff"
_BOUNDARY = re.compile(
    r"(?<=[.!?…؟۔।॥])[\"'”»)\]]*\s+|(?<=[。！？])|\n+"
    rf"|(?<=[{_GREEK}][;\u037e])\s+"
)
_CLAUSE = re.compile(r"[,;:.!?،؛؟۔।॥。、！？，；：\n()\[\]…—–]+|\s-\s")
_QUESTION_MARK = re.compile(rf"[?？؟]|(?<=[{_GREEK}])\s?[;\u037e]")
_ENDS_ASKING = re.compile(
    rf"""(?: {_QUESTION_MARK.pattern} | か。? | [吗嗎]。?
      | (?:ไหม|มั้ย|เปล่า|หรือไม่)(?:คะ|ค่ะ|ครับ)? )$""",
    re.VERBOSE,
)
"""How questions end; Greek ones with what elsewhere is a semicolon."""
_ENDING: Final = 20
"""Characters at the end of a text in which a question shows."""
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|z\.B|bzw|no|nr|dr|mr|mrs|ms|approx|p\. ej)\.$",
    re.IGNORECASE,
)
_LETTERS: Final = str.maketrans(
    {
        "ё": "е", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه",
        "ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe",
        "’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'",
    }
)  # fmt: skip


def clip(text: str, most: int = MAX_CHARS) -> str:
    """Cut text to its beginning and its end, where requests stand, half of each.

    most: characters that are kept, but for a line break between the halves.
    """
    if len(text) <= most:
        return text
    half = most // 2
    return text[:half] + "\n" + text[-half:]


def fold(text: str) -> str:
    """Make spellings equal: case, width, accents, Arabic forms, curly quotes.

    Accents are dropped because customers drop them; scripts whose marks are letters
    (Devanagari, Thai, kana) keep theirs.
    """
    wide = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    if wide.isascii():
        return wide
    bare = _MARKS.sub("", unicodedata.normalize("NFD", wide))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def words(text: str) -> list[str]:
    """Give the folded words in order; a run of unspaced script is one word.

    A contraction is one word (`don't` gives `dont`), an elision two (`l'agent`).
    """
    return _WORD.findall(_CONTRACTION.sub("", fold(text)))


def unspaced(word: str) -> bool:
    """Tell whether a word is of a script written without spaces (Thai, Han, kana)."""
    return _UNSPACED.match(word) is not None


def sentences(text: str) -> list[str]:
    """Give the sentences as they stand in the text, without outer white space."""
    return [text[start:end] for start, end in sentence_spans(text)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Give where each sentence begins and ends, without outer white space."""
    found: list[tuple[int, int]] = []
    start = 0
    for cut in _BOUNDARY.finditer(text):
        if _ABBREVIATION.search(text[max(start, cut.start() - 10) : cut.start()]):
            continue
        found += _trimmed(text, start, cut.end())
        start = cut.end()
    return found + _trimmed(text, start, len(text))


def letters(text: str) -> list[str]:
    """Give the words of folded text, or its letters where none are written apart."""
    return [y for x in text.split() for y in (x if unspaced(x) else [x])]


def ends(items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """Give the first and the last of too many, half of each."""
    if len(items) <= most:
        return items
    return [*items[: most // 2], *items[-(most // 2) :]]


def clauses(text: str) -> list[str]:
    """Cut a text at its punctuation, of any script; some parts may be empty."""
    return _CLAUSE.split(text)


def is_question(text: str) -> bool:
    """Tell whether a text ends as questions do: a mark of any script, `か` or `吗`."""
    return _ENDS_ASKING.search(text.rstrip()[-_ENDING:]) is not None


def asks(text: str) -> bool:
    """Tell whether there is a question in a text, not only at its end."""
    return _QUESTION_MARK.search(text) is not None or is_question(text)


def breaths(sentence: str) -> list[str]:
    """Cut a sentence of more than `LONG` words into overlapping runs of words.

    What is typed or dictated in one breath has no sentences. Every word but the first
    and the last ones is in two of the runs. Gives nothing for a shorter sentence.
    """
    spans = [x.span() for x in _UNIT.finditer(sentence)]
    if len(spans) <= LONG:
        return []
    half = _BREATH // 2
    starts = range(0, len(spans) - half, half)
    runs = (spans[x : x + _BREATH] for x in starts)
    return [sentence[run[0][0] : run[-1][1]] for run in runs]


def _trimmed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    kept = text[start:end].strip()
    begin = text.find(kept, start) if kept else start
    return [(begin, begin + len(kept))] if kept else []


@cache
def common_words() -> frozenset[str]:
    """Give the folded words that say nothing about a topic, in several languages."""
    source = files("stepaside.models") / "common_words.txt"
    return frozenset(words(source.read_text("utf-8")))
