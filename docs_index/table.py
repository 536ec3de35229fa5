"""The vectors of all chunks as arrays in files: mapped into memory, compared exactly, shared by processes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from docs_index.embed import Embedding
from docs_index.vectors import Floats, Ids, unit

_Bytes: TypeAlias = NDArray[np.int8]

_POOLED, _TOKENS, _PIECES, _MANIFEST = "pooled.npy", "tokens.npy", "pieces.npy", "manifest.json"
_STEPS = 127


class DamagedTable(Exception):
    """Files of a table are missing, or are not those that were written."""


@dataclass(frozen=True)
class Row:
    """What is kept of one embedding. Each word piece is 384 bytes instead of 384 floats.

    Their common scale is lost on the way, and comes back as every vector has length 1.
    """

    pooled: Floats
    tokens: _Bytes
    pieces: Ids

    @classmethod
    def of(cls, embedding: Embedding) -> Row:
        """Rounds to bytes."""
        largest = np.abs(embedding.tokens).max(axis=-1, keepdims=True)
        tokens = np.rint(embedding.tokens / largest * _STEPS).astype(np.int8)
        return cls(embedding.pooled, tokens, embedding.pieces)


@dataclass(frozen=True, eq=False)
class VectorTable:
    """One row for each text, in the order of the texts; `identity` is the embedder's."""

    identity: str
    text_digests: tuple[str, ...]
    pooled: Floats
    token_bytes: _Bytes
    pieces: Ids
    starts: tuple[int, ...]

    @classmethod
    def of(cls, identity: str, text_digests: Sequence[str], rows: Sequence[Row]) -> VectorTable:
        """A table of `rows`, each for the text with the digest at its place."""
        return cls(
            identity=identity,
            text_digests=tuple(text_digests),
            pooled=np.stack([row.pooled for row in rows]),
            token_bytes=np.concatenate([row.tokens for row in rows]),
            pieces=np.concatenate([row.pieces for row in rows]),
            starts=(0, *np.cumsum([len(row.tokens) for row in rows]).tolist()),
        )

    def __len__(self) -> int:
        return len(self.text_digests)

    def nearest(self, vector: Floats) -> list[int]:
        """Positions of all texts, the most like first."""
        best_first: list[int] = np.argsort(-(self.pooled @ vector), kind="stable").tolist()
        return best_first

    def tokens(self, position: int) -> Floats:
        """The word pieces' vectors of one text."""
        return unit(self.row(position).tokens.astype(np.float32))

    def rarity(self, pieces: Ids) -> Floats:
        """How much each of these word pieces says: the more, the fewer texts it is in."""
        texts = self._texts_with
        found = np.array([texts.get(piece, 0) for piece in pieces.tolist()], np.float32)
        return np.log(1 + len(self) / (1 + found))

    @cached_property
    def _texts_with(self) -> Counter[int]:
        """In how many texts a word piece is."""
        ends = zip(self.starts, self.starts[1:], strict=False)
        return Counter(piece for start, end in ends for piece in set(self.pieces[start:end].tolist()))

    def row(self, position: int) -> Row:
        """The row as it is kept."""
        span = slice(self.starts[position], self.starts[position + 1])
        return Row(self.pooled[position], self.token_bytes[span], self.pieces[span])

    def write(self, folder: Path) -> None:
        """Writes it into `folder`; the manifest, without which nothing counts, comes last."""
        np.save(folder / _POOLED, self.pooled)
        np.save(folder / _TOKENS, self.token_bytes)
        np.save(folder / _PIECES, self.pieces)
        manifest = {
            "identity": self.identity,
            "texts": self.text_digests,
            "starts": self.starts,
            "files": {name: _sha256(folder / name) for name in (_POOLED, _TOKENS, _PIECES)},
        }
        (folder / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> VectorTable:
        """The table in `folder`, its word pieces mapped; raises `DamagedTable` unless it is as written."""
        try:
            manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
            changed = [name for name, digest in manifest["files"].items() if _sha256(folder / name) != digest]
            if changed:
                raise DamagedTable(f"{', '.join(changed)} in {folder} changed since it was written")
            return cls(
                identity=manifest["identity"],
                text_digests=tuple(manifest["texts"]),
                pooled=np.load(folder / _POOLED),
                token_bytes=np.load(folder / _TOKENS, mmap_mode="r"),
                pieces=np.load(folder / _PIECES),
                starts=tuple(manifest["starts"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise DamagedTable(f"Cannot read the vectors in {folder}: {exc!r}") from exc


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
