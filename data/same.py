# ruff: noqa: INP001, S311, T201 (a script: it prints, and its chance must repeat)
"""Teach `same.npz`: vectors in which ways of asking for the same lie together.

Needs torch (2.13 was used) beside the package's own; four minutes on one core. Seeded.
    PYTHONPATH=src:data python data/same.py [WITHOUT ...]
WITHOUT: public sources to learn nothing from (`banking77`, `clinc150`), to measure by
them as by a trade that was never seen.

What is learnt is a map of the English and the multilingual vector of a text, side by
side, that begins as leaving them as they are. Taught on the banks of `data/intents/`,
but for those of `bases.KEPT`, and on public messages that nothing is measured by.
"""

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from bases import KEPT, bank, bank_names, intents_of
from held import held_out
from ordinary import SPREAD
from torch import nn
from torch.nn import functional as fn
from train import HERE, store

from stepaside.models.meaning import meaning
from stepaside.models.multilingual import embed_all
from stepaside.models.same import side_by_side

OUT = HERE.parent / "src/stepaside/models/same.npz"
PUBLIC = {"clinc150": 5, "banking77": 3}
"""Public messages and how many banks each source counts for."""
STEPS, RATE, AT_ONCE, SEED = 1500, 4e-4, 3, 1
"""How often is learnt, how fast at most, and from how many banks a step."""
ENTRIES, EXAMPLES, OTHERS = 40, 8, 40
"""What is looked at of a bank in a step, and of what belongs to none of its entries."""
EACH, OWN = 5, 1
"""Messages that ship of each public intent and of each entry of a bank."""
FORGET, ABSOLUTE = 0.2, 0.5
"""The share of numbers left out; what it counts that likeness means the same in all."""
NEAREST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Vectors of ways of asking, the entry of each, and of what no entry answers."""

    asked: torch.Tensor
    entry: torch.Tensor
    others: torch.Tensor


class Map(nn.Module):
    """What is taught. scale: what a likeness has to be to mean the same."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.moved = nn.Linear(size, size, bias=False)
        nn.init.zeros_(self.moved.weight)
        self.scale = nn.Parameter(torch.tensor([12.0, -6.0]))
        self.sharp = nn.Parameter(torch.tensor(2.7))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give vectors of length 1, shape (texts, size)."""
        return fn.normalize(x + self.moved(x), dim=1)


def banks(without: Sequence[str]) -> Iterator[Bank]:
    """Give every bank that may be learnt from, public ones as often as they count."""
    for name in bank_names():
        if name not in KEPT:
            entries, others = bank(name)
            yield _bank(entries, others)
    for source, often in PUBLIC.items():
        if source not in without:
            every = intents_of(source)
            kept = {x: [z for z in y if not held_out(z)] for x, y in every.items() if x}
            kept.pop("oos", None)
            made = _bank(kept, ())
            yield from [made] * often


def _bank(entries: Mapping[str, Sequence[str]], others: Sequence[str]) -> Bank:
    whole = [x for x in entries.values() if len(x) > NEAREST]
    owners = np.repeat(np.arange(len(whole)), [len(x) for x in whole])
    asked = _vectors([y for x in whole for y in x])
    return Bank(asked, torch.tensor(owners), _vectors(others))


def _vectors(texts: Sequence[str]) -> torch.Tensor:
    english = [meaning().embed(x) for x in texts]
    size = side_by_side([meaning().embed("")], embed_all([""])).shape[1]
    if not texts:
        return torch.zeros(0, size)
    return torch.tensor(side_by_side(english, embed_all(texts)))


def wrong(taught: Map, one: Bank, chance: random.Random) -> torch.Tensor:
    """Give how wrong some of a bank lies: within it, and by what its likeness means."""
    rows, entry = _some(one, chance)
    others = torch.randperm(len(one.others))[:OTHERS]
    said = torch.cat([one.asked[rows], one.others[others]])
    made = taught(fn.dropout(said, FORGET, training=True))
    asked, beside = made[: len(rows)], made[len(rows) :]
    alike = (asked @ asked.T).fill_diagonal_(-1)
    within = _within(taught, torch.cat([alike, asked @ beside.T], 1), entry)
    return within + ABSOLUTE * _absolute(taught, alike, beside @ asked.T, entry)


def _some(one: Bank, chance: random.Random) -> tuple[list[int], torch.Tensor]:
    """Choose texts of some entries: their places, and the entry of each among those."""
    count = int(one.entry.max()) + 1
    rows, owners = [], []
    for number, entry in enumerate(chance.sample(range(count), min(ENTRIES, count))):
        own = torch.nonzero(one.entry == entry)[:, 0].tolist()
        own = chance.sample(own, min(len(own), EXAMPLES))
        rows += own
        owners += [number] * len(own)
    return rows, torch.tensor(owners)


def _within(taught: Map, alike: torch.Tensor, entry: torch.Tensor) -> torch.Tensor:
    """How much of what is near a text asks for something else."""
    same = (entry[:, None] == entry[None]).fill_diagonal_(fill_value=False)
    share = torch.softmax(alike * taught.sharp.exp(), 1)[:, : len(entry)]
    return -(share * same).sum(1).clamp_min(1e-9).log().mean()


def _absolute(
    taught: Map, alike: torch.Tensor, foreign: torch.Tensor, entry: torch.Tensor
) -> torch.Tensor:
    """How often a likeness does not say whether a text belongs to an entry.

    alike: among texts of the bank; foreign: of what belongs to no entry, to those.
    """
    count = int(entry.max()) + 1
    near = _nearest(alike, entry, count)
    mine = torch.arange(len(entry)), entry
    other = near.clone()
    other[mine] = -9.0
    found = fn.softplus(-_odds(taught, near[mine])).mean()
    found = found + fn.softplus(_odds(taught, other.max(1).values)).mean()
    if len(foreign):
        beside = _nearest(foreign, entry, count).max(1).values
        found = found + fn.softplus(_odds(taught, beside)).mean()
    return found


def _odds(taught: Map, alike: torch.Tensor) -> torch.Tensor:
    return alike * taught.scale[0] + taught.scale[1]


def _nearest(alike: torch.Tensor, entry: torch.Tensor, count: int) -> torch.Tensor:
    """The mean likeness of each text to the nearest three of each entry."""
    found = []
    for number in range(count):
        own = alike[:, entry == number]
        found.append(own.topk(min(NEAREST, own.shape[1]), 1).values.mean(1))
    return torch.stack(found, 1)


def teach(every: Sequence[Bank]) -> Map:
    """Learn from banks in any order, more and more slowly."""
    chance = random.Random(SEED)
    taught = Map(every[0].asked.shape[1])
    learner = torch.optim.AdamW(taught.parameters(), lr=RATE, weight_decay=0.01)
    for number in range(STEPS):
        chosen = chance.choices(every, k=AT_ONCE)
        made = torch.stack([wrong(taught, x, chance) for x in chosen]).mean()
        learner.zero_grad()
        made.backward()
        learner.step()
        for group in learner.param_groups:
            group["lr"] = RATE * max(0.02, 1 - number / STEPS)
        if number % 100 == 0:
            print(f"{number} of {STEPS}: {made.item():.3f}", flush=True)
    return taught


def elsewhere(without: Sequence[str]) -> list[str]:
    """Give messages of many businesses: what is as near to them means little."""
    chance = random.Random(SEED)
    found: list[str] = []
    for name in bank_names():
        if name not in KEPT:
            entries, others = bank(name)
            found += [y for x in entries.values() for y in chance.sample(x, OWN)]
            found += others[::NEAREST]
    for source in ("nlupp", *PUBLIC):
        if source in without:
            continue
        for _, every in sorted(intents_of(source).items()):
            own = [x for x in every if not held_out(x)]
            found += chance.sample(own, min(len(own), EACH))
    return sorted(set(found))


def main() -> None:
    """Teach, and write what ships."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    every = list(banks(sys.argv[1:]))
    print(f"{len(every)} banks")
    moved = teach(every).moved.weight.detach().numpy()
    scale = np.abs(moved).max(1) / 127
    whole = np.round(moved / scale[:, None]).astype(np.int8)
    said = elsewhere(sys.argv[1:])
    print(f"{len(said)} messages of many businesses")
    english = [meaning().embed(x) for x in said]
    others = side_by_side(english, embed_all(said))
    shift = others @ (whole * scale[:, None]).T.astype(np.float32)
    vectors = fn.normalize(torch.tensor(others + shift), dim=1).numpy()
    rounded = np.round(vectors * 127 * SPREAD).clip(-127, 127).astype(np.int8)
    arrays = {"moved": whole, "scales": scale.astype(np.float32), "others": rounded}
    store(arrays, OUT)
    print(f"{OUT.stat().st_size:,} bytes in {OUT.name}")


if __name__ == "__main__":
    main()
