"""A small corpus, and an embedder without a model: each word has a direction of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from docs_index.corpus import Chunk, ChunkKind, Corpus
from docs_index.embed import Embedding
from docs_index.vectors import Floats, unit
from docs_index.words import index_words

_WIDTH = 64


class WordVectors:
    """Texts with the same words have the same vectors. `embedded` is every text that it was asked for."""

    def __init__(self, identity: str = "word vectors") -> None:
        self.identity = identity
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[Embedding]:
        self.embedded.extend(texts)
        return [_embedding(index_words(text) or ["nothing"]) for text in texts]


def a_chunk(name: str, text: str = "", *, kind: ChunkKind = "recipe", symbols: tuple[str, ...] = ()) -> Chunk:
    """A chunk with `name` as its title, and `text` as its only member."""
    return Chunk(
        id=f"{kind}:{name}",
        kind=kind,
        title=name,
        summary="",
        members=(text,) if text else (),
        symbols=symbols,
        source=f"{kind} {name}",
        importable=True,
    )


CHUNKS = (
    a_chunk("Fade in a title", "opacity keyframes", symbols=("TextClip", "VisualMixin.opacity")),
    a_chunk("Mute a clip", "sound off", symbols=("AudioClip.muted",)),
    a_chunk("Picture in picture", "small video in a corner", symbols=("VisualMixin.position",)),
    a_chunk("class TextClip", "text on the picture", kind="class", symbols=("TextClip", "TextClip.align")),
    a_chunk("TextClip: align, color", "align: TextAlign", kind="properties", symbols=("TextClip.align",)),
    a_chunk("Clip: trim, split", "trim(start, end)", kind="methods", symbols=("Clip.trim", "Clip.split")),
    a_chunk("Traps", "opacity is 0 to 100", kind="guide", symbols=("VisualMixin.opacity",)),
)


def a_corpus(*chunks: Chunk) -> Corpus:
    return Corpus(chunks=chunks or CHUNKS, declarations=(), core_version="4.0.3")


def _embedding(words: list[str]) -> Embedding:
    tokens = np.stack([_direction(word) for word in words])
    mean: Floats = tokens.mean(axis=0)
    return Embedding(
        pooled=unit(mean), tokens=tokens, pieces=np.array([_number(word) for word in words], np.int32)
    )


def _direction(word: str) -> Floats:
    return unit(np.random.default_rng(_number(word)).standard_normal(_WIDTH, dtype=np.float32))


def _number(word: str) -> int:
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:3])
