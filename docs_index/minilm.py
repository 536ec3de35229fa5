"""all-MiniLM-L6-v2 as a forward pass in numpy: the vectors of sentence-transformers, without torch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from docs_index.embed import Embedding
from docs_index.vectors import Floats, unit
from docs_index.weights import MODEL, Weights

_MOST_PIECES = 256
"""What the model was trained to read of a text."""
_PIECES_PER_BATCH = 1024
"""Larger batches fall out of the processor's cache."""


class NumpyMiniLM:
    """The default embedder. Its parameters stay in the file and are mapped into memory."""

    def __init__(self, weights: Weights) -> None:
        self._sha256 = weights.sha256
        self._tensors = _mapped(weights.tensors)
        sizes = json.loads(weights.config.read_text(encoding="utf-8"))
        self._layers: int = sizes["num_hidden_layers"]
        self._heads: int = sizes["num_attention_heads"]
        self._epsilon: float = sizes["layer_norm_eps"]
        self._tokenizer = Tokenizer.from_file(str(weights.tokenizer))
        self._tokenizer.enable_truncation(_MOST_PIECES)
        self._tokenizer.no_padding()

    @property
    def identity(self) -> str:
        """The model, and the digest of its weights."""
        return f"{MODEL} {self._sha256}"

    def embed(self, texts: Sequence[str]) -> list[Embedding]:
        """One embedding for each text, in their order; 256 word pieces of it are read."""
        pieces = [self._tokenizer.encode(text).ids for text in texts]
        embeddings: dict[int, Embedding] = {}
        for batch in _batches(pieces):
            states = self._states([pieces[index] for index in batch])
            for index, rows in zip(batch, states, strict=True):
                embeddings[index] = _embedding(pieces[index], rows[: len(pieces[index])])
        return [embeddings[index] for index in range(len(texts))]

    def _states(self, pieces: Sequence[Sequence[int]]) -> Floats:
        """The last layer's state of every word piece: texts x longest text x width."""
        longest = max(map(len, pieces))
        ids = np.array([[*text, *[0] * (longest - len(text))] for text in pieces])
        unread = np.array([[0.0] * len(text) + [-1e9] * (longest - len(text)) for text in pieces], np.float32)
        word = self._tensors["embeddings.word_embeddings.weight"][ids]
        place = self._tensors["embeddings.position_embeddings.weight"][:longest]
        kind = self._tensors["embeddings.token_type_embeddings.weight"][0]
        states = self._normed(word + place + kind, "embeddings.LayerNorm")
        for number in range(self._layers):
            states = self._layer(states, unread[:, None, None, :], f"encoder.layer.{number}")
        return states

    def _layer(self, states: Floats, unread: Floats, name: str) -> Floats:
        attended = self._attended(states, unread, f"{name}.attention.self")
        projected = self._linear(attended, f"{name}.attention.output.dense")
        states = self._normed(states + projected, f"{name}.attention.output.LayerNorm")
        widened = _gelu(self._linear(states, f"{name}.intermediate.dense"))
        narrowed = self._linear(widened, f"{name}.output.dense")
        return self._normed(states + narrowed, f"{name}.output.LayerNorm")

    def _attended(self, states: Floats, unread: Floats, name: str) -> Floats:
        texts, length, width = states.shape
        apart = (texts, length, self._heads, width // self._heads)
        query, key, value = (
            self._linear(states, f"{name}.{part}").reshape(apart).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(math.sqrt(apart[-1])) + unread
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        attended: Floats = (scores @ value).transpose(0, 2, 1, 3).reshape(states.shape)
        return attended

    def _linear(self, states: Floats, name: str) -> Floats:
        rows = states.reshape(-1, states.shape[-1])
        product = rows @ self._tensors[f"{name}.weight"].T
        product += self._tensors[f"{name}.bias"]
        return product.reshape(*states.shape[:-1], -1)

    def _normed(self, states: Floats, name: str) -> Floats:
        states = states - states.mean(axis=-1, keepdims=True)
        states /= np.sqrt((states * states).mean(axis=-1, keepdims=True) + self._epsilon)
        return states * self._tensors[f"{name}.weight"] + self._tensors[f"{name}.bias"]


def _mapped(path: Path) -> Mapping[str, Floats]:
    """The tensors of a safetensors file: a length, a JSON header, then the raw values."""
    with path.open("rb") as file:
        header_size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(header_size))
    values = np.memmap(path, mode="r", offset=8 + header_size)
    return {
        name: values[slice(*entry["data_offsets"])].view(np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


def _batches(pieces: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Texts of like length together, so that little is computed for padding."""
    batch: list[int] = []
    for index in sorted(range(len(pieces)), key=lambda index: len(pieces[index])):
        if batch and (len(batch) + 1) * len(pieces[index]) > _PIECES_PER_BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _embedding(pieces: Sequence[int], states: Floats) -> Embedding:
    mean: Floats = states.mean(axis=0)
    return Embedding(pooled=unit(mean), tokens=unit(states), pieces=np.array(pieces, np.int32))


def _gelu(x: Floats) -> Floats:
    return x * (1 + _erf(x * np.float32(math.sqrt(0.5)))) * np.float32(0.5)


def _erf(x: Floats) -> Floats:
    """Abramowitz and Stegun 7.1.26, to 1.5e-7; numpy has no function for it."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    polynomial = np.full_like(x, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        polynomial *= t
        polynomial += np.float32(coefficient)
    size: Floats = 1 - polynomial * t * np.exp(-x * x)
    return np.copysign(size, x)
