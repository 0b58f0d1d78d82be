# ruff: noqa: INP001, S311, T201 (a script: it prints, and its chance must repeat)
"""Train the weights of the detectors from the lines in this folder.

Needs nothing but the package itself. Seeded: the same lines give the same file.
    python data/train.py            train all, write src/stepaside/models/weights.npz
    python data/train.py --check    measure on held-out folds, write nothing
"""

import gzip
import io
import json
import random
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stepaside.core.signal import SignalName
from stepaside.core.turn import Author, Line
from stepaside.models.features import features, read
from stepaside.models.linear import BUCKETS, Linear, bucket
from stepaside.models.repetition import context_features

HERE = Path(__file__).parent
WEIGHTS = HERE.parent / "src/stepaside/models/weights.npz"
SETS = HERE.parent / "src/stepaside/evaluation/sets"
SEED = 20261122
_SOMEBODY = frozenset({"HUM", "STAFF", "ONE", "CALL", "LINK", "OTHER"})
"""Concepts of a message that may ask for a person."""
_STOPS = re.compile(r"[.!?,;:¿¡…。！？、，؟،।]+")
_RARE = {
    SignalName.ATTEMPT_FAILED: 1.3,
    SignalName.SOLVED: 2.0,
    SignalName.NEW_TOPIC: 5.0,
}
"""How much more a turn counts that shows the signal: few of them are there to learn."""


class Written(NamedTuple):
    """One hand-written line."""

    language: str
    category: str
    label: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One text to learn from. group: examples that are held out together."""

    features: tuple[str, ...]
    label: int
    weight: float = 1.0
    group: str = ""
    text: str = ""
    kind: str = ""


def read_lines(folder: str) -> Iterator[Written]:
    """Give every hand-written line of a folder: `## label category` heads a section."""
    for path in sorted((HERE / folder).glob("*.txt")):
        label, category = 0, ""
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("## "):
                _, mark, category = line.split(maxsplit=2)
                label = int(mark)
            elif line.strip():
                yield Written(path.stem.split("_")[0], category, label, line.strip())


def set_aside() -> frozenset[str]:
    """Give the lines that `stepaside eval` measures by: no model learns from them."""
    source = SETS / "held_out_set.jsonl"
    rows = map(json.loads, source.read_text("utf-8").splitlines())
    return frozenset(x["text"] for x in rows)


def human_examples(seed: int = SEED) -> list[Example]:
    """The lines as written, and each with noise a customer adds."""
    rng = random.Random(seed)
    aside = set_aside()
    lines = [x for x in read_lines("human_request") if x.text not in aside]
    ordinary = ordinary_lines(lines)
    found: list[Example] = []
    for line in lines:
        written = _example(line, line.text, 1.0)
        noisy = variants(line, ordinary.get(line.language, ()), rng)
        found += [written, *(_example(line, x, 0.35) for x in noisy)]
        found.append(_concepts_only(written))
    return [*found, *_said_between(), *map(_public_example, public_rows())]


def _said_between() -> Iterator[Example]:
    """What contacts say in a dialogue asks for nobody, where it names nobody.

    Each without its dialogue; `not that one` alone may look like half a wish. What a
    dialogue begins with is an ordinary request, in any language, whomever it names.
    """
    said = {(mark or "0", text) for _, mark, text, _ in read_attempts()}
    named = [x for x in sorted(said) if names_nobody(x[1])]
    every = (*named, *(("first", x) for _, x in begun()))
    aside = set_aside()
    for kind, text in (x for x in every if x[1] not in aside):
        yield _example(Written("dialogue", kind, 0, text), text, 1.0)


def begun() -> dict[tuple[str, str], None]:
    """Give what dialogues begin with, each with its language."""
    return {
        (key.partition("/")[0].partition("_")[0], history[0].text): None
        for key, _, _, history in read_attempts()
    }


def names_nobody(text: str) -> bool:
    """Tell whether a message has no word for somebody to be reached."""
    tags = {y.strip("!q") for x in read(text) for y in x.tags}
    return not tags & _SOMEBODY


def _public_example(row: dict[str, Any]) -> Example:
    line = Written("public", row["source"], row["label"], row["text"])
    return _example(line, line.text, 20.0)


def _example(line: Written, text: str, weight: float) -> Example:
    return Example(
        features=tuple(set(features(text))),
        label=line.label,
        weight=weight,
        group=line.text,
        text=text,
        kind=f"{line.language} {line.category}",
    )


def _concepts_only(written: Example) -> Example:
    """The line without its words, so that what its concepts mean is learnt as well."""
    kept = tuple(x for x in written.features if x[0] in "kne")
    return replace(written, features=kept, weight=0.5)


def public_rows() -> list[dict[str, Any]]:
    """Give the public messages of customers, nearly all of them negatives."""
    path = HERE / "public/human_request_public_train.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as source:
        return [json.loads(x) for x in source]


def ordinary_lines(lines: Iterable[Written]) -> dict[str, list[str]]:
    """Give what people write who ask for nobody, by language.

    lines: those of them that have a language are taken if they are ordinary; what
        dialogues begin with comes to them.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line.category == "ordinary":
            found[line.language].append(line.text)
    for language, text in begun():
        found[language].append(text)
    return found


def variants(
    line: Written, ordinary: Sequence[str], rng: random.Random
) -> Iterator[str]:
    """Misspell a line, dress it otherwise, and bury it among ordinary ones."""
    yield _misspell(line.text, rng)
    yield _dress(line.text, rng)
    if ordinary and line.category != "ordinary":
        yield _bury(line.text, ordinary, rng)


def _bury(text: str, ordinary: Sequence[str], rng: random.Random) -> str:
    """Put a line anywhere among one to three others; some are written in one breath."""
    others = rng.sample(ordinary, min(len(ordinary), rng.choice((1, 1, 1, 2, 2, 3))))
    others.insert(rng.randrange(len(others) + 1), text)
    if rng.random() < 0.25:
        return " ".join(_STOPS.sub(" ", " ".join(others)).lower().split())
    return rng.choice([". ", ", ", " ", "! ", "\n"]).join(others)


def _misspell(text: str, rng: random.Random) -> str:
    places = [i for i, x in enumerate(text) if x.isalpha()]
    if len(places) < 6:
        return text.upper()
    at = rng.choice(places[1:])
    match rng.randrange(4):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at] + text[at:]
        case 2 if at + 1 < len(text):
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        case _:
            return text[:at] + rng.choice("aeiourst") + text[at + 1 :]


def _dress(text: str, rng: random.Random) -> str:
    match rng.randrange(5):
        case 0:
            return text.upper()
        case 1:
            return text.rstrip(".!?？。") + rng.choice(
                ["", "!", "!!", "...", " ?", "."]
            )
        case 2:
            return text.lower().rstrip(".!?")
        case 3:
            return text[:1].upper() + text[1:] + "."
        case _:
            return "".join(x for x in text if x not in ",;")


def offer_examples() -> list[Example]:
    """Bot answers that offer a person, and others."""
    return [_example(x, x.text, 1 + x.label) for x in read_lines("offers")]


def attempt_examples() -> dict[str, list[Example]]:
    """Every turn of every dialogue, once for each signal about an attempt."""
    marks = {
        SignalName.ATTEMPT_FAILED: "-",
        SignalName.SOLVED: "+",
        SignalName.NEW_TOPIC: "n",
    }
    found: dict[str, list[Example]] = {str(x): [] for x in marks}
    for key, mark, text, history in (*read_attempts(), *read_replies()):
        seen = tuple({*features(text), *context_features(text, history)})
        for name, own in marks.items():
            label = int(own in mark)
            found[str(name)].append(
                Example(
                    features=seen,
                    label=label,
                    weight=_RARE[name] if label else 1.0,
                    group=key,
                    text=text,
                    kind=mark,
                )
            )
    return found


def read_attempts() -> Iterator[tuple[str, str, str, tuple[Line, ...]]]:
    """Give each contact's turn after a bot's answer: dialogue, mark, text, history.

    A line is `C<mark>: text` or `B: text`; a blank line ends a dialogue. Marks: `-` the
    attempt failed, `+` solved, `n` new topic, none neutral.
    """
    for path in sorted((HERE / "attempts").glob("*.txt")):
        for number, block in enumerate(path.read_text("utf-8").split("\n\n")):
            history: tuple[Line, ...] = ()
            for row in block.strip().splitlines():
                if row.startswith("#"):
                    continue
                head, _, text = row.partition(": ")
                author = Author.BOT if head == "B" else Author.CONTACT
                if author is Author.CONTACT and history:
                    yield f"{path.stem}/{number}", head[1:], text, history
                history = (*history, Line(author=author, text=text))


def read_replies() -> Iterator[tuple[str, str, str, tuple[Line, ...]]]:
    """Give plain replies, each after three exchanges that any of them may follow."""
    begun = [x[3][:2] for x in read_attempts() if len(x[3]) == 2]
    rng = random.Random(SEED)
    for path in sorted((HERE / "replies").glob("*.txt")):
        mark = ""
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("## "):
                mark = line.split()[1].strip("0")
            elif line.strip():
                for history in rng.sample(begun, 3):
                    yield f"reply {line}", mark, line.strip(), history


def fit(examples: Sequence[Example], epochs: int = 8, decay: float = 3e-6) -> Linear:
    """Learn by AdaGrad on the logistic loss, in a seeded order."""
    rng = random.Random(SEED)
    weights = np.zeros(BUCKETS, np.float32)
    slope = np.full(BUCKETS, 1e-2, np.float32)
    bias, bias_slope = 0.0, 1e-2
    rows = [_row(x) for x in examples]
    for _ in range(epochs):
        rng.shuffle(rows)
        for places, scale, label, weight in rows:
            odds = float(weights[places].sum()) * scale + bias
            error = (1 / (1 + np.exp(-max(-30, min(30, odds)))) - label) * weight
            gradient = error * scale + decay * weights[places]
            slope[places] += gradient * gradient
            weights[places] -= 0.25 * gradient / np.sqrt(slope[places])
            bias_slope += error * error
            bias -= 0.05 * error / bias_slope**0.5
    return Linear(weights, bias)


def _row(x: Example) -> tuple[npt.NDArray[np.int64], float, int, float]:
    places = np.array(sorted(bucket(y) for y in set(x.features)), np.int64)
    return places, 1 / max(1, len(places)) ** 0.5, x.label, x.weight


def held_out(
    examples: Sequence[Example], folds: int = 4
) -> list[tuple[Example, float]]:
    """Score every example by a model that saw nothing of its group."""
    groups = sorted({x.group for x in examples})
    random.Random(SEED).shuffle(groups)
    fold = {x: i % folds for i, x in enumerate(groups)}
    found: list[tuple[Example, float]] = []
    for i in range(folds):
        model = fit([x for x in examples if fold[x.group] != i])
        own = [x for x in examples if fold[x.group] == i and x.weight >= 0.6]
        found += [(x, model.log_odds(x.features)) for x in own]
    return found


def write(models: dict[str, Linear], path: Path) -> None:
    """Store weights worth keeping as half floats; equal weights give equal bytes."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, model in models.items():
        kept = np.flatnonzero(np.abs(model.weights) > 0.01)
        arrays[f"{name}.places"] = kept.astype(np.uint32)
        arrays[f"{name}.weights"] = model.weights[kept].astype(np.float16)
        arrays[f"{name}.bias"] = np.array([model.bias], np.float32)
    store(arrays, path)


def store(arrays: Mapping[str, npt.NDArray[Any]], path: Path) -> None:
    """Write an npz file without the date, so that equal arrays give equal bytes."""
    with zipfile.ZipFile(path, "w") as packed:
        for name, array in sorted(arrays.items()):
            data = io.BytesIO()
            np.lib.format.write_array(data, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, data.getvalue())


def report(name: str, scored: Sequence[tuple[Example, float]]) -> None:
    """Print recall and false positives at the fixed threshold, by kind."""
    kinds = sorted({x.kind for x, _ in scored})
    for kind in [*kinds, ""]:
        own = [(x, odds) for x, odds in scored if kind in ("", x.kind)]
        hit = [odds > 0 for x, odds in own if x.label]
        false = [odds > 0 for x, odds in own if not x.label]
        print(
            f"{name:16} {kind or 'all':28} recall {sum(hit):5}/{len(hit):5}",
            f"  false {sum(false):4}/{len(false):6}",
        )


def report_errors(scored: Sequence[tuple[Example, float]]) -> None:
    """Print every example on the wrong side of the threshold."""
    for x, odds in scored:
        if (odds > 0) != bool(x.label):
            print(f"  {odds:6.2f} {x.label} {x.kind}: {x.text}")


def main() -> None:
    """Train or check every model."""
    sets = {
        "human_requested": human_examples(),
        "offer": offer_examples(),
        **attempt_examples(),
    }
    if "--check" in sys.argv:
        for name in [x for x in sys.argv[1:] if x in sets] or list(sets):
            scored = held_out(sets[name])
            report(name, scored)
            report_errors(scored if "--errors" in sys.argv else [])
        return
    write({name: fit(examples) for name, examples in sets.items()}, WEIGHTS)
    print(f"{WEIGHTS.stat().st_size:,} bytes in {WEIGHTS.name}")


if __name__ == "__main__":
    main()
