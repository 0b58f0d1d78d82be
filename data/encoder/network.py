"""The encoder as torch sees it, to be taught; `stepaside.models.encoder` runs it."""

from collections.abc import Sequence

import numpy as np
import torch
from base import SIGNS, WIDTH, Base
from torch import nn
from torch.nn import functional as fn

from stepaside.models.encoder import MOST
from stepaside.models.pieces import Pieces

HEADS = 12
QUESTIONS = {"human_requested": 1, "outcome": 3}
DEPTH = {"human_requested": 8, "outcome": 6}
"""Layers after which a head looks."""
FORGET, SKIP = 0.1, 0.05
"""While taught: the share of numbers and of pieces that a layer does without."""


class Layer(nn.Module):
    """One layer, begun as layer `number` of the base."""

    def __init__(self, base: Base, number: int) -> None:
        super().__init__()
        self.look, self.mix = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.widen = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)
        self.mixed, self.narrowed = (nn.LayerNorm(WIDTH, 1e-12) for _ in range(2))
        self._begin(base, f"l{number}.")

    def _begin(self, base: Base, name: str) -> None:
        looks = [base.matrix(f"{name}{x}.w", WIDTH) for x in "qkv"]
        biases = [base.vector(f"{name}{x}.b") for x in "qkv"]
        _set(self.look, np.concatenate(looks), np.concatenate(biases))
        for own, theirs, columns in (
            (self.mix, "ao", WIDTH),
            (self.widen, "fi", WIDTH),
            (self.narrow, "fo", 4 * WIDTH),
        ):
            weight = base.matrix(f"{name}{theirs}.w", columns)
            _set(own, weight, base.vector(f"{name}{theirs}.b"))
        for norm, theirs in ((self.mixed, "aln"), (self.narrowed, "oln")):
            names = (f"{name}{theirs}.w", f"{name}{theirs}.b")
            _set(norm, *(base.vector(x) for x in names))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Give the next layer's input; mask: 0 where there is a piece."""
        size, length, _ = x.shape
        parts = self.look(x).view(size, length, 3, HEADS, WIDTH // HEADS)
        asked, keys, values = parts.permute(2, 0, 3, 1, 4)
        seen = fn.scaled_dot_product_attention(asked, keys, values, attn_mask=mask)
        mixed = self.mix(seen.transpose(1, 2).reshape(x.shape))
        x = self.mixed(x + fn.dropout(mixed, FORGET, self.training))
        narrow = self.narrow(fn.gelu(self.widen(x), approximate="tanh"))
        return self.narrowed(x + fn.dropout(narrow, FORGET, self.training))


class Network(nn.Module):
    """The first layers of the base, and a head for each question."""

    def __init__(self, base: Base, kept: Sequence[int], layers: int, still: int):
        super().__init__()
        self.still = still
        scores = [float(base.scores[x]) for x in kept]
        self.pieces = Pieces([base.pieces[x] for x in kept], scores)
        rows = base.matrix("emb.word", WIDTH)[[*range(SIGNS), *kept]]
        places = base.vector("emb.pos").reshape(-1, WIDTH)
        places = places + base.vector("emb.type")[:WIDTH]
        self.register_buffer("rows", torch.tensor(rows), persistent=False)
        self.register_buffer("places", torch.tensor(places), persistent=False)
        self.kinds = nn.Parameter(torch.zeros(len(MOST), WIDTH))
        self.begin = nn.LayerNorm(WIDTH, 1e-12)
        _set(self.begin, base.vector("emb.ln.w"), base.vector("emb.ln.b"))
        self.layers = nn.ModuleList(Layer(base, x) for x in range(layers))
        for module in (self.begin, *self.layers[:still]):
            module.requires_grad_(False)
        self.heads = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Linear(2 * WIDTH, 128), nn.Tanh(), nn.Linear(128, size)
                )
                for name, size in QUESTIONS.items()
            }
        )

    def cut(self, *parts: str) -> list[list[int]]:
        """Give the rows that a message, and each part before it, are read by."""
        found = []
        for part, most in zip(parts, MOST, strict=False):
            places = self.pieces.places(part, 2000)
            if len(places) > most:
                places = [*places[: most // 2], *places[-(most - most // 2) :]]
            found.append([0, *(x + SIGNS for x in places), 2])
        return found

    def lower(self, cut: Sequence[Sequence[int]]) -> list[torch.Tensor]:
        """Give what the layers that are not taught make of each text."""
        length = max(map(len, cut))
        rows = torch.full((len(cut), length), 1)
        for number, own in enumerate(cut):
            rows[number, : len(own)] = torch.tensor(own)
        x = self.begin(self.rows[rows] + self.places[:length])
        for layer in self.layers[: self.still]:
            x = layer(x, _hidden(rows != 1))
        return [y[: len(own)].half() for y, own in zip(x, cut, strict=True)]

    def forward(
        self, lower: Sequence[Sequence[torch.Tensor]], heads: Sequence[str]
    ) -> torch.Tensor:
        """Give what a head looks at, a row a text.

        lower: what the lower layers made of each part. heads: the one that looks.
        """
        whole = [
            torch.cat([y.float() + self.kinds[i] for i, y in enumerate(own)])
            for own in lower
        ]
        length = max(map(len, whole))
        x = torch.zeros(len(whole), length, WIDTH)
        there = torch.zeros(len(whole), length, dtype=torch.bool)
        message = torch.zeros(len(whole), length, dtype=torch.bool)
        for number, own in enumerate(whole):
            x[number, : len(own)], there[number, : len(own)] = own, True
            message[number, : len(lower[number][0])] = True
        if self.training:
            there[:, 1:] &= torch.rand(there[:, 1:].shape) >= SKIP
        share = (there & message)[..., None].float()
        depth = torch.tensor([DEPTH[y] for y in heads])
        seen = torch.zeros(len(whole), 2 * WIDTH)
        left = torch.arange(len(whole))
        for number, layer in enumerate(self.layers[self.still :], self.still + 1):
            x = layer(x, _hidden(there))
            done = depth[left] == number
            mean = (x * share).sum(1) / share.sum(1)
            both = torch.cat([mean, x[:, 0]], 1).float()
            seen = seen.index_copy(0, left[done], both[done])
            left, x, there, share = (y[~done] for y in (left, x, there, share))
            if not len(left):
                break
        return fn.dropout(seen, FORGET, self.training)


def _hidden(there: torch.Tensor) -> torch.Tensor:
    mask = torch.zeros(there.shape).masked_fill(~there, -1e9)
    return mask[:, None, None].to(torch.bfloat16)


def _set(module: nn.Module, weight: np.ndarray, bias: np.ndarray) -> None:
    with torch.no_grad():
        module.weight.copy_(torch.tensor(weight))
        module.bias.copy_(torch.tensor(bias))
