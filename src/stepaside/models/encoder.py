"""Read a message together with what it answers: a small multilingual transformer.

The first layers are those of multilingual-e5-small; the upper ones were taught what
asking for a person, a failed answer, a settled matter and a new topic look like, see
docs/model_card.md. Some ten milliseconds a message on one core, so it is asked only
where the linear models are in doubt. Runs on numpy alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stepaside.models.pieces import Pieces

Array = npt.NDArray[np.float32]

WIDTH: Final = 384
_HEADS: Final = 12
_BEGIN, _END = 0, 2
_FIRST_PIECE: Final = 4
"""Rows before it are signs: begin, padding, end, unknown."""
_BLOCK: Final = 32
_MESSAGE_PIECES: Final = 96
_CONTEXT_PIECES: Final = 24
_LEAST: Final = np.float32(1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    look: Array
    look_bias: Array
    mix: Array
    mix_bias: Array
    mixed: tuple[Array, Array]
    widen: Array
    widen_bias: Array
    narrow: Array
    narrow_bias: Array
    narrowed: tuple[Array, Array]

    def __call__(self, x: Array) -> Array:
        seen = self._attend(x @ self.look + self.look_bias)
        x = _level(x + seen @ self.mix + self.mix_bias, self.mixed)
        wide = _gelu(x @ self.widen + self.widen_bias)
        return _level(x + wide @ self.narrow + self.narrow_bias, self.narrowed)

    def _attend(self, looked: Array) -> Array:
        size = len(looked)
        parts = looked.reshape(size, 3, _HEADS, WIDTH // _HEADS).transpose(1, 2, 0, 3)
        asked, keys, values = parts
        weight: Array = asked @ keys.transpose(0, 2, 1)
        weight *= np.float32(1 / math.sqrt(WIDTH // _HEADS))
        weight -= weight.max(axis=-1, keepdims=True)
        np.exp(weight, out=weight)
        weight /= weight.sum(axis=-1, keepdims=True)
        seen: Array = (weight @ values).astype(np.float32, copy=False)
        return seen.transpose(1, 0, 2).reshape(size, WIDTH)


@dataclass(frozen=True, slots=True, eq=False)
class _Head:
    hidden: Array
    hidden_bias: Array
    out: Array
    out_bias: Array

    def __call__(self, x: Array) -> Array:
        seen = np.tanh(x @ self.hidden + self.hidden_bias)
        found: Array = seen @ self.out + self.out_bias
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """The vocabulary, the layers, and a head for each question."""

    pieces: Pieces
    rows: npt.NDArray[np.uint8]
    scales: npt.NDArray[np.float16]
    positions: Array
    begin: tuple[Array, Array]
    layers: Sequence[_Layer]
    heads: Mapping[str, _Head]

    def log_odds(self, head: str, parts: Sequence[str]) -> tuple[float, ...]:
        """Answer a head's questions about a message; 0 is where it is undecided.

        parts: the message, then what was said before it that bears on it, nearest
            first. Long parts are read at their beginning and end.
        """
        x = self._read(parts)
        pooled = np.concatenate([x.mean(axis=0), x[0]])
        return tuple(float(y) for y in self.heads[head](pooled))

    def _read(self, parts: Sequence[str]) -> Array:
        places = self._places(parts)
        x = self._embed(places) + self.positions[: len(places)]
        x = _level(x, self.begin)
        for layer in self.layers:
            x = layer(x)
        return x

    def _places(self, parts: Sequence[str]) -> list[int]:
        found = [_BEGIN]
        for number, part in enumerate(parts):
            most = _CONTEXT_PIECES if number else _MESSAGE_PIECES
            found += [_END] if number else []
            cut = self.pieces.places(part, 2000)
            if len(cut) > most:
                cut = [*cut[: most // 2], *cut[len(cut) - (most - most // 2) :]]
            found += [x + _FIRST_PIECE for x in cut]
            found.append(_END)
        return found[: len(self.positions)]

    def _embed(self, places: Sequence[int]) -> Array:
        packed = self.rows[list(places)]
        numbers = (
            _unpack(packed) * self.scales[list(places)].astype(np.float32)[..., None]
        )
        return numbers.reshape(len(packed), WIDTH)


@cache
def encoder() -> Encoder:
    """Load the encoder once; about half a second and 90 MB."""
    with (files("stepaside.models") / "encoder.npz").open("rb") as source:
        stored = np.load(source, allow_pickle=False)
        get = {name: stored[name] for name in stored.files}
    pieces = bytes(get["pieces"]).decode("utf-8").split("\n")
    count = sum(x.startswith("layer") and x.endswith("look_bias") for x in get)
    names = sorted(x.split(".")[1] for x in get if x.endswith("out_bias"))
    return Encoder(
        pieces=Pieces(pieces, get["scores"].astype(np.float64).tolist()),
        rows=get["rows"],
        scales=get["scales"],
        positions=get["positions"].astype(np.float32),
        begin=_pair(get, "begin"),
        layers=[_layer(get, f"layer{i}") for i in range(count)],
        heads={x: _head(get, f"head.{x}") for x in names},
    )


@lru_cache(maxsize=2048)
def log_odds(head: str, *parts: str) -> tuple[float, ...]:
    """Answer a head's questions about a message and what was said before it.

    The same is asked again while a turn is decided, so answers are remembered.
    """
    return encoder().log_odds(head, parts)


_Stored = Mapping[str, npt.NDArray[Any]]


def _layer(get: _Stored, name: str) -> _Layer:
    return _Layer(
        look=_matrix(get, f"{name}.look"),
        look_bias=_vector(get, f"{name}.look_bias"),
        mix=_matrix(get, f"{name}.mix"),
        mix_bias=_vector(get, f"{name}.mix_bias"),
        mixed=_pair(get, f"{name}.mixed"),
        widen=_matrix(get, f"{name}.widen"),
        widen_bias=_vector(get, f"{name}.widen_bias"),
        narrow=_matrix(get, f"{name}.narrow"),
        narrow_bias=_vector(get, f"{name}.narrow_bias"),
        narrowed=_pair(get, f"{name}.narrowed"),
    )


def _head(get: _Stored, name: str) -> _Head:
    return _Head(
        hidden=_vector(get, f"{name}.hidden"),
        hidden_bias=_vector(get, f"{name}.hidden_bias"),
        out=_vector(get, f"{name}.out"),
        out_bias=_vector(get, f"{name}.out_bias"),
    )


def _matrix(get: _Stored, name: str) -> Array:
    """Unpack a matrix of four or eight bits a number, transposed for `x @ m`."""
    packed, scales = get[name], get[f"{name}.scales"].astype(np.float32)
    if packed.dtype == np.uint8:
        whole = (_unpack(packed) * scales[..., None]).reshape(len(packed), -1)
    else:
        whole = packed.astype(np.float32) * scales[:, None]
    return np.ascontiguousarray(whole.T)


def _unpack(packed: npt.NDArray[np.uint8]) -> Array:
    """Give the numbers of blocks of nibbles: the low ones first, then the high."""
    nibbles = np.concatenate([packed & 15, packed >> 4], axis=-1)
    found: Array = nibbles.astype(np.float32) - np.float32(8)
    return found


def _vector(get: _Stored, name: str) -> Array:
    return get[name].astype(np.float32)


def _pair(get: _Stored, name: str) -> tuple[Array, Array]:
    return _vector(get, f"{name}.weight"), _vector(get, f"{name}.bias")


def _level(x: Array, learnt: tuple[Array, Array]) -> Array:
    x = x - x.mean(axis=-1, keepdims=True)
    x /= np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + _LEAST)
    found: Array = x * learnt[0] + learnt[1]
    return found


def _gelu(x: Array) -> Array:
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    found: Array = np.float32(0.5) * x * (1 + np.tanh(inner))
    return found
