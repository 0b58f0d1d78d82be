"""Round the network and write what `stepaside.models.encoder` reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import train
from base import SIGNS, WIDTH, Base
from network import DEPTH, Network

OUT = Path(train.__file__).parents[1] / "src/stepaside/models/encoder.npz"
LONGEST = 256
_MATRICES = (
    ("look", ("q", "k", "v"), WIDTH),
    ("mix", ("ao",), WIDTH),
    ("widen", ("fi",), WIDTH),
    ("narrow", ("fo",), 4 * WIDTH),
)


def ship(base: Base, kept: Sequence[int], network: Network) -> None:
    """Write the pieces and the layers: as they were four bits, taught ones eight."""
    rows, scales = base.packed("emb.word", WIDTH)
    own = [*range(SIGNS), *kept]
    arrays = {
        "pieces": np.frombuffer(
            "\n".join(base.pieces[x] for x in kept).encode(), np.uint8
        ),
        "scores": base.scores[kept].astype(np.float16),
        "rows": rows[own],
        "scales": scales[own],
        "positions": _half(network.places[:LONGEST]),
        "kinds": _half(network.kinds),
        **_norm("begin", network.begin),
    }
    for number, layer in enumerate(network.layers):
        arrays.update(_layer(base, number, layer, still=number < network.still))
    for name, head in network.heads.items():
        arrays.update(stored_head(name, head))
        arrays[f"head.{name}.layers"] = np.array([DEPTH[name]], np.uint8)
    train.store(arrays, OUT)
    print(f"{OUT.stat().st_size:,} bytes in {OUT.name}")


def stored_head(name: str, head: Any) -> dict[str, Any]:
    """Give a head as it is stored."""
    arrays: dict[str, Any] = {}
    for part, module in (("hidden", head[0]), ("out", head[2])):
        arrays[f"head.{name}.{part}"] = _half(module.weight.T)
        arrays[f"head.{name}.{part}_bias"] = _half(module.bias)
    return arrays


def stored_layer(number: int, layer: Any) -> dict[str, Any]:
    """Give a taught layer as it is stored, eight bits a number."""
    return _layer(None, number, layer, still=False)


def _layer(
    base: Base | None, number: int, layer: Any, *, still: bool
) -> dict[str, Any]:
    name = f"layer{number}"
    arrays: dict[str, Any] = {}
    for part, theirs, columns in _MATRICES:
        module = getattr(layer, part)
        if still and base:
            packed = [base.packed(f"l{number}.{x}.w", columns) for x in theirs]
            both = [np.concatenate(x) for x in zip(*packed, strict=True)]
        else:
            both = eight_bits(module.weight.detach().numpy())
        arrays[f"{name}.{part}"], arrays[f"{name}.{part}.scales"] = both
        arrays[f"{name}.{part}_bias"] = _half(module.bias)
    return {
        **arrays,
        **_norm(f"{name}.mixed", layer.mixed),
        **_norm(f"{name}.narrowed", layer.narrowed),
    }


def eight_bits(weight: Any) -> list[Any]:
    """Give whole numbers, -127 to 127, and for each row what one of them stands for."""
    scale = np.abs(weight).max(1) / 127
    whole = np.round(weight / scale[:, None]).astype(np.int8)
    return [whole, scale.astype(np.float16)]


def _norm(name: str, module: Any) -> dict[str, Any]:
    return {f"{name}.weight": _half(module.weight), f"{name}.bias": _half(module.bias)}


def _half(tensor: torch.Tensor) -> Any:
    return tensor.detach().numpy().astype(np.float16)
