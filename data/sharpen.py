# ruff: noqa: INP001, S311, T201 (a script: it prints, and its chance must repeat)
"""Draw the vectors of questions together that ask for the same thing.

Takes `meaning.npz` as `distil.py` made it and learns on the intents of the public
messages, staying near what the teacher taught. Needs torch, scipy; some minutes.
    python data/sharpen.py
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from distil import pack
from torch.nn import functional as fn
from train import SEED, public_rows

from stepaside.models.meaning import meaning

STEPS, CLASSES, EACH = 800, 72, 4
HEAT, STAY, RATE = 0.06, 1.0, 2e-3


def intents() -> Mapping[str, list[torch.Tensor]]:
    """Give the pieces of every message, by what it asks for."""
    vocabulary = meaning().vocabulary
    found: dict[str, list[torch.Tensor]] = defaultdict(list)
    for row in public_rows():
        name = row.get("intent")
        if isinstance(name, str) and name != "oos":
            places = vocabulary.places(row["text"])
            if places:
                found[f"{row['source']} {name}"].append(torch.tensor(places))
    return {x: y for x, y in sorted(found.items()) if len(y) >= EACH + 2}


def embed(rows: torch.Tensor, bags: Sequence[torch.Tensor]) -> torch.Tensor:
    """Give a vector of length 1 for each bag of places."""
    sizes = torch.tensor([0, *(len(x) for x in bags[:-1])]).cumsum(0)
    total = fn.embedding_bag(torch.cat(list(bags)), rows, sizes, mode="sum")
    return fn.normalize(total, dim=1)


def sharpen(
    first: torch.Tensor, classes: Mapping[str, list[torch.Tensor]]
) -> torch.Tensor:
    """Learn by contrast: the same intent near, others far, all near where they were."""
    chance = random.Random(SEED)
    rows = first.clone().requires_grad_(True)
    learner = torch.optim.Adam([rows], lr=RATE)
    same = torch.arange(CLASSES * EACH) // EACH
    itself = torch.eye(CLASSES * EACH)
    alike = (same[:, None] == same[None]).float() - itself
    for step in range(STEPS):
        names = chance.sample(list(classes), CLASSES)
        bags = [x for name in names for x in chance.sample(classes[name], EACH)]
        made = embed(rows, bags)
        near = fn.log_softmax(made @ made.T / HEAT - 1e9 * itself, 1)
        loss = -(near * alike).sum(1).div(EACH - 1).mean()
        loss = loss + STAY * (1 - (made * embed(first, bags)).sum(1)).mean()
        learner.zero_grad()
        loss.backward()
        learner.step()
        learner.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        if step % 100 == 0:
            print(f"{step} of {STEPS}: {loss.item():.3f}", flush=True)
    return rows.detach()


def main() -> None:
    """Write the sharpened vectors in place of the old ones."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    old = meaning()
    rows = torch.tensor(old.rows.astype(np.float32) * old.scales[:, None])
    # Halfway keeps what the teacher knows of words that no intent has.
    new = ((rows + sharpen(rows, intents())) / 2).numpy()
    pieces, pairs = old.vocabulary.contents()
    pack(new, pairs, pieces)


if __name__ == "__main__":
    main()
