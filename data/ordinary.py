# ruff: noqa: INP001, S311, T201 (a script: it prints, and its chance must repeat)
"""Make `ordinary.npz` and `ordinary_english.npz`: vectors of what customers write.

These are messages of any business. Likeness is only worth something beside that, so
`detectors/alike.py` and `bot/across.py` compare with these. Seeded: the same lines give
the same file.

python data/ordinary.py
"""

import random
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from held import held_out
from train import HERE, SEED, public_rows, read_lines, store

from stepaside.models.meaning import meaning
from stepaside.models.multilingual import LANGUAGES, Matrix, embed_all

MODELS = HERE.parent / "src/stepaside/models"
_EACH = {"banking77": 3, "clinc150": 3, "nlupp": 1, "rasa_apache": 2}
"""Messages taken of each intent of a source."""
_KINDS = frozenset({"ordinary", "hours_contact", "compliment", "bot_challenge"})
SPREAD = 4
"""No number of a vector is far from 0; so more of the eight bits are used."""


def main() -> None:
    """Write both files."""
    found = {x for x in (*_public(), *_own()) if any(map(str.isalpha, x))}
    chosen = sorted(found)
    random.Random(SEED).shuffle(chosen)
    print(len(chosen), "messages")
    vectors = _rounded(embed_all(chosen))
    found_by = {"vectors": vectors.astype(np.int8), "nearest": _nearest(vectors)}
    store(found_by, MODELS / "ordinary.npz")
    english = sorted(_english())
    print(len(english), "English messages")
    made = _rounded(np.array([meaning().embed(x) for x in english]))
    store({"vectors": made.astype(np.int8)}, MODELS / "ordinary_english.npz")


def _rounded(exact: Matrix) -> Matrix:
    found: Matrix = np.round(exact * 127 * SPREAD).clip(-127, 127)
    return found


def _nearest(vectors: Matrix) -> npt.NDArray[np.float16]:
    """How near each message is to the three others nearest to it, on the mean."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = (vectors / length) @ (vectors / length).T
    np.fill_diagonal(alike, -1)
    return np.sort(alike, axis=1)[:, -3:].mean(axis=1).astype(np.float16)


def _public() -> Iterator[str]:
    """Some messages of every intent."""
    rng = random.Random(SEED)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in public_rows():
        if not row["label"]:
            found[row["source"], row.get("intent") or ""].append(row["text"])
    for (source, _), own in sorted(found.items()):
        yield from rng.sample(own, min(len(own), _EACH[source]))


def _english() -> set[str]:
    """As many of every intent as are not kept to measure with, and our own."""
    rng = random.Random(SEED)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in public_rows():
        if not row["label"] and not held_out(row["text"]):
            found[row["source"], row.get("intent") or ""].append(row["text"])
    own = {x.text for x in read_lines("human_request") if x.language == "en"}
    chosen = (rng.sample(x, min(len(x), 8)) for _, x in sorted(found.items()))
    return own.union(*chosen)


def _own() -> Iterator[str]:
    """Our own ordinary lines in every language that the vectors know."""
    for line in read_lines("human_request"):
        ordinary = line.category in _KINDS and not line.label
        if ordinary and line.language in LANGUAGES:
            yield line.text


if __name__ == "__main__":
    main()
