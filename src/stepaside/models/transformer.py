"""The parts of a small transformer, and how they are stored: numpy alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Stored = Mapping[str, npt.NDArray[Any]]

WIDTH: Final = 384
_HEADS: Final = 12
_LEAST: Final = np.float32(1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Attention between the pieces of a text, then a wide step for each piece."""

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
        """Give the next layer's input, a row a piece."""
        seen = self._attend(x @ self.look + self.look_bias)
        x = level(x + seen @ self.mix + self.mix_bias, self.mixed)
        wide = _gelu(x @ self.widen + self.widen_bias)
        return level(x + wide @ self.narrow + self.narrow_bias, self.narrowed)

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
class Head:
    """What is asked of the last layer: one hidden step, then a number a question."""

    hidden: Array
    hidden_bias: Array
    out: Array
    out_bias: Array

    def __call__(self, x: Array) -> Array:
        """Give a number for each thing asked."""
        seen = np.tanh(x @ self.hidden + self.hidden_bias)
        found: Array = seen @ self.out + self.out_bias
        return found


def layer(get: Stored, name: str) -> Layer:
    """Give a stored layer."""
    return Layer(
        look=matrix(get, f"{name}.look"),
        look_bias=vector(get, f"{name}.look_bias"),
        mix=matrix(get, f"{name}.mix"),
        mix_bias=vector(get, f"{name}.mix_bias"),
        mixed=pair(get, f"{name}.mixed"),
        widen=matrix(get, f"{name}.widen"),
        widen_bias=vector(get, f"{name}.widen_bias"),
        narrow=matrix(get, f"{name}.narrow"),
        narrow_bias=vector(get, f"{name}.narrow_bias"),
        narrowed=pair(get, f"{name}.narrowed"),
    )


def head(get: Stored, name: str) -> Head:
    """Give a stored head."""
    return Head(
        hidden=vector(get, f"{name}.hidden"),
        hidden_bias=vector(get, f"{name}.hidden_bias"),
        out=vector(get, f"{name}.out"),
        out_bias=vector(get, f"{name}.out_bias"),
    )


def matrix(get: Stored, name: str) -> Array:
    """Unpack a matrix of four or eight bits a number, transposed for `x @ m`."""
    packed, scales = get[name], get[f"{name}.scales"].astype(np.float32)
    if packed.dtype == np.uint8:
        whole = (unpack(packed) * scales[..., None]).reshape(len(packed), -1)
    else:
        whole = packed.astype(np.float32) * scales[:, None]
    return np.ascontiguousarray(whole.T)


def unpack(packed: npt.NDArray[np.uint8]) -> Array:
    """Give the numbers of blocks of nibbles: the low ones first, then the high."""
    nibbles = np.concatenate([packed & 15, packed >> 4], axis=-1)
    found: Array = nibbles.astype(np.float32) - np.float32(8)
    return found


def vector(get: Stored, name: str) -> Array:
    """Give numbers stored at half size."""
    return get[name].astype(np.float32)


def pair(get: Stored, name: str) -> tuple[Array, Array]:
    """Give the weight and bias of a levelling."""
    return vector(get, f"{name}.weight"), vector(get, f"{name}.bias")


def level(x: Array, learnt: tuple[Array, Array]) -> Array:
    """Bring each row to mean 0 and spread 1, then to what was learnt."""
    x = x - x.mean(axis=-1, keepdims=True)
    x /= np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + _LEAST)
    found: Array = x * learnt[0] + learnt[1]
    return found


def _gelu(x: Array) -> Array:
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    found: Array = np.float32(0.5) * x * (1 + np.tanh(inner))
    return found
