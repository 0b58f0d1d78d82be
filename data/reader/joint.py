"""The reader as torch sees it, to be taught; `stepaside.models.reader` runs it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from base import WIDTH, Base
from network import Layer
from torch import nn
from torch.nn import functional as fn

from stepaside.models.encoder import STILL, encoder

HALF = torch.bfloat16
AT_ONCE = 2
"""Threads, each with work of its own: they wait for one another but once a step."""
_HIDDEN = 128


class Reader(nn.Module):
    """Layers over a question and a window together, begun as those of the base.

    stated: does the window state it? point: where? nowhere: what pointing anywhere has
    to beat.
    """

    def __init__(self, base: Base, layers: int) -> None:
        super().__init__()
        every = range(STILL, STILL + layers)
        self.layers = nn.ModuleList(Layer(base, x) for x in every).to(HALF)
        self.kinds = nn.Parameter(torch.zeros(2, WIDTH, dtype=HALF))
        self.stated = nn.Sequential(
            nn.Linear(4 * WIDTH, _HIDDEN), nn.Tanh(), nn.Linear(_HIDDEN, 1)
        )
        self.point, self.nowhere = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, 1)

    def forward(
        self, asked: Sequence[torch.Tensor], told: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the log-odds, and how each piece is pointed at, windows after questions.

        The last column is what pointing nowhere gets.
        """
        both = [
            torch.cat([x + self.kinds[0], y + self.kinds[1]])
            for x, y in zip(asked, told, strict=True)
        ]
        x, there = together(both)
        sizes = torch.tensor([len(y) for y in asked])
        question = torch.arange(x.shape[1]) < sizes[:, None]
        window = there & ~question
        mask = torch.zeros(there.shape, dtype=HALF).masked_fill(~there, -1e4)
        for layer in self.layers:
            x = layer(x, mask[:, None, None])
        x = x.float()
        point = self.point(x)[..., 0].masked_fill(~window, -1e4)
        looked = (torch.softmax(point, 1)[..., None] * x).sum(1)
        views = [x[:, 0], _mean(x, question), _mean(x, window), looked]
        odds = self.stated(torch.cat(views, 1))[:, 0]
        return odds, torch.cat([point, self.nowhere(x[:, 0])], 1)


@torch.no_grad()
def below(base: Base, rows: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    """Give what the encoder's lower layers make of each text, as they ship."""
    known = encoder()
    words = torch.tensor(known.embed(range(len(known.rows))))
    places = torch.tensor(known.positions)
    layers = nn.ModuleList(Layer(base, x) for x in range(STILL)).to(HALF)
    order = sorted(range(len(rows)), key=lambda x: len(rows[x]))
    found: list[torch.Tensor] = [torch.empty(0)] * len(rows)

    def make(part: Sequence[int]) -> None:
        own = [words[torch.tensor(rows[x])] + places[: len(rows[x])] for x in part]
        scale, bias = map(torch.tensor, known.begin)
        own = [fn.layer_norm(x, (WIDTH,), scale, bias, 1e-12).to(HALF) for x in own]
        x, there = together(own)
        mask = torch.zeros(there.shape, dtype=HALF).masked_fill(~there, -1e4)
        with torch.no_grad():
            for layer in layers:
                x = layer(x, mask[:, None, None])
        for at, made in zip(part, x, strict=True):
            found[at] = made[: len(rows[at])].clone()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(make, (order[x : x + 64] for x in range(0, len(order), 64))))
    return found


def together(texts: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Give texts as one block, and where there is something in it."""
    x = nn.utils.rnn.pad_sequence(list(texts), batch_first=True)
    sizes = torch.tensor([len(y) for y in texts])
    return x, torch.arange(x.shape[1]) < sizes[:, None]


def _mean(x: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    share = there[..., None].float()
    return (x * share).sum(1) / share.sum(1)
