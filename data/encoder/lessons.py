"""What the encoder is taught from: the lines of this folder, dressed and in context."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import train

from stepaside.core.turn import Author

LEXICON = Path(train.__file__).parents[1] / "src/stepaside/models/lexicon"
ANSWERS, PAST = 1200, 1500
"""Plain yes and no after offers and other questions; other words after offers."""
ORDINARY = 9000
"""Public messages of a round that ask for nobody."""
OTHERWISE = 0.5
"""How often a line is taught in a round as it is otherwise written, or buried, too."""
FOLDS, SEED = 8, 1
"""One of these many parts of the lines is never taught, nor what was set aside."""


@dataclass(slots=True, kw_only=True)
class Lesson:
    """A message and what to find in it. group: lessons that are held out together.

    asks: whether it asks for a person; None for a lesson about the answer before it.
    shows: failed, solved, new topic; empty for a lesson about asking.
    """

    parts: tuple[str, ...]
    group: str
    kind: str
    asks: int | None = None
    shows: tuple[float, ...] = ()
    weight: float = 1.0
    written: bool = False
    held: bool = False
    lower: Any = field(default=None, repr=False)


def lessons(seed: int) -> list[Lesson]:
    """Give every lesson; a part of the groups is marked as held out."""
    chance = random.Random(seed)  # noqa: S311 - repeats
    asking = [*_asking(chance), *_in_context(chance), *_public(), *_said_between()]
    found = [*asking, *_outcomes(chance)]
    groups = sorted({x.group for x in found if x.group})
    random.Random(train.SEED).shuffle(groups)  # noqa: S311 - repeats
    held, aside = set(groups[::FOLDS]), train.set_aside()
    for one in found:
        one.held = one.group in held or not aside.isdisjoint((one.group, one.parts[0]))
    return [*found, *_answers(chance), *_talking_past(found, chance)]


def _asking(chance: random.Random) -> Iterator[Lesson]:
    lines = list(train.read_lines("human_request"))
    aside = train.set_aside()
    ordinary = train.ordinary_lines(x for x in lines if x.text not in aside)
    said, offers = _bot_lines()
    for line in lines:
        kind = f"{line.language} {line.category}"
        yield Lesson(
            parts=(line.text,),
            group=line.text,
            kind=kind,
            asks=line.label,
            written=True,
        )
        for text in train.variants(line, ordinary.get(line.language, ()), chance):
            before = (chance.choice(said),) if chance.random() < 0.35 else ()
            yield _more(line, (text, *before), kind)
        if not line.label and len(line.text) > 25 and chance.random() < 0.3:
            yield _more(line, (line.text, chance.choice(offers)), kind)


def _more(line: train.Written, parts: tuple[str, ...], kind: str) -> Lesson:
    return Lesson(parts=parts, group=line.text, kind=kind, asks=line.label, weight=0.5)


def _bot_lines() -> tuple[list[str], list[str]]:
    """What bots say otherwise, and how they offer a person."""
    lines = list(train.read_lines("offers"))
    offers = [x.text for x in lines if x.label]
    said = [history[-1].text for _, _, _, history in train.read_attempts()]
    return [*said, *(x.text for x in lines if not x.label)], offers


def _in_context(chance: random.Random) -> Iterator[Lesson]:
    for line in train.read_lines("in_context"):
        before, _, text = line.text.partition(" => ")
        for written, said in ((True, text), (False, train._dress(text, chance))):
            yield Lesson(
                parts=(said, before),
                group=line.text,
                kind=f"context {line.category}",
                asks=line.label,
                weight=1.0 if written else 0.5,
                written=written,
            )


def _answers(chance: random.Random) -> Iterator[Lesson]:
    said, offers = _bot_lines()
    yes, no = _entries("YES"), _entries("NO")
    for _ in range(ANSWERS):
        language, roll = chance.choice(sorted(yes)), chance.random()
        words = (no.get(language) or ["no"]) if roll >= 0.75 else yes[language]
        before = chance.choice(said if 0.4 <= roll < 0.75 else offers)
        text = chance.choice(words) + chance.choice(["", "", ".", "!"])
        text = text.capitalize() if chance.random() < 0.3 else text
        yield Lesson(
            parts=(text, before),
            group="",
            kind="answer",
            asks=int(roll < 0.4),
            weight=0.7,
        )


def _talking_past(found: Sequence[Lesson], chance: random.Random) -> Iterator[Lesson]:
    """What does not take up an offer: it stands after one, and asks for nobody."""
    _, offers = _bot_lines()
    plain = [x for x in found if x.asks == 0 and x.written and len(x.parts) == 1]
    for one in chance.sample([x for x in plain if not x.held], PAST):
        yield Lesson(
            parts=(one.parts[0], chance.choice(offers)),
            group="",
            kind="past an offer",
            asks=0,
            weight=0.7,
        )


def _entries(concept: str) -> Mapping[str, list[str]]:
    found = {}
    for path in sorted(LEXICON.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            name, _, entries = line.partition(":")
            if name == concept:
                every = (x.strip() for x in entries.split("|"))
                found[path.stem] = [x for x in every if "*" not in x]
    return found


def _public() -> Iterator[Lesson]:
    for row in train.public_rows():
        yield Lesson(
            parts=(row["text"],),
            group=f"public {row['text']}",
            kind=f"public {row['source']}",
            asks=row["label"],
            weight=1.0,
            written=True,
        )


def _said_between() -> Iterator[Lesson]:
    """What contacts say within dialogues asks for nobody, where it names nobody.

    Each alone, and after the bot's answer. What a dialogue begins with asks for nobody
    whomever it names.
    """
    begun = set()
    for key, _, text, history in train.read_attempts():
        if key not in begun:
            begun.add(key)
            yield _for_nobody(key, "begun", history[0].text, weight=1.0)
        if train.names_nobody(text):
            said = (x.text for x in reversed(history) if x.author is Author.BOT)
            yield _for_nobody(key, "between", text)
            yield _for_nobody(key, "between", text, next(said, ""))


def _for_nobody(key: str, kind: str, *parts: str, weight: float = 0.5) -> Lesson:
    return Lesson(
        parts=parts,
        group=key,
        kind=f"{kind} {len(parts)}",
        asks=0,
        weight=weight,
        written=True,
    )


def _outcomes(chance: random.Random) -> Iterator[Lesson]:
    for key, mark, text, history in (*train.read_attempts(), *train.read_replies()):
        contact = [x.text for x in history if x.author is Author.CONTACT][-3:]
        bots = [x.text for x in history if x.author is Author.BOT]
        before = (bots[-1] if bots else "", " / ".join(contact))
        noisy = train._misspell if chance.random() < 0.4 else train._dress
        for written, said in ((True, text), (False, noisy(text, chance))):
            yield Lesson(
                parts=(said, *before),
                group=key,
                kind=f"outcome {mark}",
                shows=tuple(float(x in mark) for x in "-+n"),
                written=written,
            )


def epoch(every: Sequence[Lesson], chance: random.Random) -> list[Lesson]:
    """Choose what is taught in one round: each line as written, many also otherwise."""
    groups: dict[str, list[Lesson]] = {}
    rest: list[Lesson] = []
    for one in (x for x in every if not x.held):
        if one.kind.startswith("public") and not one.asks:
            rest.append(one)
        else:
            key = one.group or str(id(one))
            groups.setdefault(key, []).append(one)
    found = chance.sample(rest, min(ORDINARY, len(rest)))
    for own in groups.values():
        if any(x.shows for x in own):
            found += chance.sample(own, (len(own) + 1) // 2)
            continue
        found += [x for x in own if x.written]
        if (other := [x for x in own if not x.written]) and chance.random() < OTHERWISE:
            found.append(chance.choice(other))
    chance.shuffle(found)
    return found
