# ruff: noqa: INP001, T201 (a script: it prints)
"""Distil `src/stepaside/models/meaning.npz` from a sentence encoder.

    python data/distil.py FOLDER [CACHE.npz]

FOLDER holds the teacher (see teacher.py); its vectors of some 29,000 texts are kept in
CACHE.npz where given. Needs scipy, safetensors and tokenizers beside the package, some
ten minutes of one core for the teacher and one for the pupil. Seeded.
"""

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from teacher import Teacher
from train import HERE, public_rows, store

from stepaside.models.meaning import SIZE, Vocabulary

Array = npt.NDArray[np.float32]

OUT = HERE.parent / "src/stepaside/models/meaning.npz"
PAIRS = 8000
EPOCHS = 12
BATCH = 1024
COMPARED = 384
SENTENCES = 9000


def texts() -> list[str]:
    """Give the texts to imitate the teacher on; they are not kept in the file."""
    found = dict.fromkeys(x["text"].strip() for x in public_rows())
    found |= dict.fromkeys(_questions())
    sentences = sorted(set(_sentences()))
    np.random.default_rng(0).shuffle(sentences)
    found |= dict.fromkeys(sentences[:SENTENCES])
    for name in ("human_request/en.txt", "attempts/en.txt"):
        for line in (HERE / name).read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                found[re.sub(r"^(?:C\S*|B): ", "", line.strip())] = None
    return list(found)


def _rows(name: str) -> Iterator[dict[str, object]]:
    with gzip.open(HERE / "public" / name, "rt", encoding="utf-8") as source:
        yield from map(json.loads, source)


def _questions() -> Iterator[str]:
    for row in _rows("answerability_dev.jsonl.gz"):
        if row["kb_id"] != "clinc":
            yield str(row["question"])


def _sentences() -> Iterator[str]:
    for row in _rows("answerability_dev_kb.jsonl.gz"):
        passages = row["passages"]
        if row["kb_id"] == "clinc" or not isinstance(passages, list):
            continue
        for passage in passages:
            plain = re.sub(r"<[^>]+>|\[|\]\([^)]*\)", " ", passage)
            cut = (x.strip() for x in re.split(r"(?<=[.!?])\s+", plain))
            yield from (x for x in cut if 25 < len(x) < 220)


def learn(
    folder: Path, cache: Path | None
) -> tuple[list[str], Array, list[str], Array]:
    """Give the texts with their vectors and the pieces with theirs."""
    teacher = Teacher(folder)
    wanted = texts()
    if cache and cache.exists():
        kept = np.load(cache)
        return wanted, kept["texts"], teacher.pieces, kept["pieces"]
    of_texts, of_pieces = teacher.encode(wanted), teacher.encode_pieces()
    if cache:
        np.savez(cache, texts=of_texts, pieces=of_pieces)
    return wanted, of_texts, teacher.pieces, of_pieces


def fit(
    wanted: Sequence[str], of_texts: Array, pieces: list[str], of_pieces: Array
) -> tuple[Array, list[tuple[int, int]], list[str]]:
    """Learn a row for each piece and each frequent pair; Adam on the cosine loss."""
    kept = [x if _latin(x) and not x.startswith("[") else "" for x in pieces]
    vocabulary = Vocabulary({x: i for i, x in enumerate(kept) if x}, {})
    cut = [vocabulary.places(x) for x in wanted]
    seen = [i for i, x in enumerate(cut) if x]
    cut, of_texts = [cut[i] for i in seen], of_texts[seen]
    pairs = _frequent_pairs(cut)
    basis = np.linalg.eigh(of_texts.T @ of_texts)[1][:, ::-1][:, :SIZE]
    target = of_texts @ basis
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    often = np.bincount([y for x in cut for y in x], minlength=len(kept))
    weigh = 1e-3 / (1e-3 + np.maximum(often, 0.3) / often.sum())
    rows = np.zeros((len(kept) + len(pairs), SIZE), np.float32)
    rows[: len(kept)] = (of_pieces @ basis) * weigh[:, None]
    rows[[i for i, x in enumerate(kept) if not x]] = 0
    first = rows.copy()
    _descend(rows, _bags(cut, pairs, len(kept), len(rows)), target)
    _keep_unseen(rows, first, often)
    return rows, pairs, kept


def _latin(piece: str) -> bool:
    return all(ord(x) < 128 or "À" <= x <= "ɏ" for x in piece)


def _frequent_pairs(cut: Sequence[list[int]]) -> list[tuple[int, int]]:
    counts: Counter[tuple[int, int]] = Counter()
    for places in cut:
        counts.update(set(pairwise(places)))
    return [x for x, count in counts.most_common(PAIRS) if count >= 6]


def _bags(
    cut: Sequence[list[int]], pairs: list[tuple[int, int]], first: int, width: int
) -> sparse.csr_matrix:
    place = {x: first + i for i, x in enumerate(pairs)}
    full = [x + [place[y] for y in pairwise(x) if y in place] for x in cut]
    ends = np.r_[0, np.cumsum([len(x) for x in full])]
    share = np.concatenate([np.full(len(x), 1 / len(x), np.float32) for x in full])
    return sparse.csr_matrix(
        (share, np.concatenate([np.array(x) for x in full]), ends),
        shape=(len(full), width),
    )


def _descend(rows: Array, bags: sparse.csr_matrix, target: Array) -> None:
    rng = np.random.default_rng(0)
    mean, square = np.zeros_like(rows), np.zeros_like(rows)
    train = np.flatnonzero(np.arange(bags.shape[0]) % 20)
    steps = EPOCHS * (len(train) // BATCH)
    step = 0
    for _ in range(EPOCHS):
        order = rng.permutation(train)
        for at in range(0, len(order) - BATCH + 1, BATCH):
            bag, wanted = bags[order[at : at + BATCH]], target[order[at : at + BATCH]]
            used = np.unique(bag.indices)
            slope = (bag.T @ _slope(bag @ rows, wanted))[used]
            step += 1
            rate = 1.5e-3 * (1 + np.cos(np.pi * step / steps)) + 1e-5
            mean[used] = 0.9 * mean[used] + 0.1 * slope
            square[used] = 0.99 * square[used] + 0.01 * slope * slope
            rows[used] -= rate * mean[used] / (np.sqrt(square[used]) + 1e-8)
    held = np.flatnonzero(np.arange(bags.shape[0]) % 20 == 0)
    made = bags[held] @ rows
    made /= np.linalg.norm(made, axis=1, keepdims=True) + 1e-9
    print(f"cosine to the teacher, held out: {(made * target[held]).sum(1).mean():.3f}")


def _slope(made: Array, wanted: Array) -> Array:
    """The slope of the cosine loss, and of how like each other texts should be."""
    length = np.linalg.norm(made, axis=1, keepdims=True) + 1e-9
    unit = made / length
    slope = -wanted / len(wanted)
    few, own = unit[:COMPARED], wanted[:COMPARED]
    slope[:COMPARED] += 80 * ((few @ few.T - own @ own.T) @ few) / COMPARED**2
    out: Array = (slope - (slope * unit).sum(1, keepdims=True) * unit) / length
    return out


def _keep_unseen(rows: Array, first: Array, often: npt.NDArray[np.intp]) -> None:
    """Pieces hardly seen keep the teacher's vector, scaled to what was learnt."""
    known = often >= 3
    learnt = np.median(np.linalg.norm(rows[: len(often)][known], axis=1))
    before = np.median(np.linalg.norm(first[: len(often)][known], axis=1))
    rows[: len(often)][~known] = first[: len(often)][~known] * (learnt / before)


def pack(rows: Array, pairs: list[tuple[int, int]], pieces: list[str]) -> None:
    """Round each row to four bits a number with the scale that errs least."""
    largest = np.abs(rows).max(1, keepdims=True)
    scale = np.maximum(largest / 7, 1e-4)
    error = np.full_like(scale, np.inf)
    for share in np.linspace(0.4, 1, 13):
        tried = np.maximum(largest * share / 7, 1e-4).astype(np.float16)
        wide = tried.astype(np.float32)
        off = ((np.clip(np.rint(rows / wide), -8, 7) * wide - rows) ** 2).sum(1)
        better = off[:, None] < error
        scale, error = (
            np.where(better, wide, scale),
            np.where(better, off[:, None], error),
        )
    bits = (np.clip(np.rint(rows / scale), -8, 7) + 8).astype(np.uint8)
    arrays = {
        "rows": bits[:, 0::2] | (bits[:, 1::2] << 4),
        "scales": scale[:, 0].astype(np.float16),
        "pairs": np.array(pairs, np.uint16),
        "vocabulary": np.frombuffer("\n".join(pieces).encode(), np.uint8),
    }
    store(arrays, OUT)
    print(f"{OUT.stat().st_size:,} bytes in {OUT.name}")


if __name__ == "__main__":
    CACHE = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    pack(*fit(*learn(Path(sys.argv[1]), CACHE)))
