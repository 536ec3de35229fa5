"""The vectors of all chunks as arrays in files: mapped into memory, compared exactly, shared by processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from docs_index.embed import Embedding
from docs_index.vectors import Floats, unit

_Bytes: TypeAlias = NDArray[np.int8]

_POOLED, _TOKENS, _MANIFEST = "pooled.npy", "tokens.npy", "manifest.json"
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

    @classmethod
    def of(cls, embedding: Embedding) -> Row:
        """Rounds to bytes."""
        largest = np.abs(embedding.tokens).max(axis=-1, keepdims=True)
        return cls(embedding.pooled, np.rint(embedding.tokens / largest * _STEPS).astype(np.int8))


@dataclass(frozen=True, eq=False)
class VectorTable:
    """One row for each text, in the order of the texts; `identity` is the embedder's."""

    identity: str
    text_digests: tuple[str, ...]
    pooled: Floats
    token_bytes: _Bytes
    starts: tuple[int, ...]

    @classmethod
    def of(cls, identity: str, text_digests: Sequence[str], rows: Sequence[Row]) -> VectorTable:
        """A table of `rows`, each for the text with the digest at its place."""
        return cls(
            identity=identity,
            text_digests=tuple(text_digests),
            pooled=np.stack([row.pooled for row in rows]),
            token_bytes=np.concatenate([row.tokens for row in rows]),
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

    def row(self, position: int) -> Row:
        """The row as it is kept."""
        span = slice(self.starts[position], self.starts[position + 1])
        return Row(self.pooled[position], self.token_bytes[span])

    def write(self, folder: Path) -> None:
        """Writes it into `folder`; the manifest, without which nothing counts, comes last."""
        np.save(folder / _POOLED, self.pooled)
        np.save(folder / _TOKENS, self.token_bytes)
        manifest = {
            "identity": self.identity,
            "texts": self.text_digests,
            "starts": self.starts,
            "files": {name: _sha256(folder / name) for name in (_POOLED, _TOKENS)},
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
                starts=tuple(manifest["starts"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise DamagedTable(f"Cannot read the vectors in {folder}: {exc!r}") from exc


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
