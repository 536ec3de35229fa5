"""The chunks and their vectors as a collection of Chroma, on disk and without a network."""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from docs_index.corpus import Chunk
from docs_index.errors import EmbedderUnavailable
from docs_index.vectors import Floats

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_NAME = "chunks"
_FILE = "chroma.sqlite3"


class DamagedCollection(Exception):
    """Chroma cannot read what is there, or it is not all there."""


class ChunkCollection:
    """A collection that stays open as long as the process; ids are the chunks' positions."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    @classmethod
    def create(cls, folder: Path, chunks: Sequence[Chunk], pooled: Floats) -> None:
        """Writes a collection into `folder`, which only this process may know of, and closes it.

        Raises `DamagedCollection` where Chroma cannot.
        """
        with _chroma(folder) as client:
            # Without None, Chroma would fetch a model of its own from the network.
            collection = client.create_collection(
                _NAME, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            collection.add(
                ids=[str(position) for position in range(len(chunks))],
                embeddings=pooled,
                documents=[chunk.text for chunk in chunks],
                metadatas=[{"kind": chunk.kind, "source": chunk.source, "id": chunk.id} for chunk in chunks],
            )
            client.close()

    @classmethod
    def open(cls, folder: Path, pooled: Floats) -> ChunkCollection:
        """The collection in `folder`; raises `DamagedCollection` unless it answers with all of `pooled`."""
        check_file(folder)
        with _chroma(folder) as client:
            found = cls(client.get_collection(_NAME, embedding_function=None))
            missing = len(pooled) - len(found.nearest(pooled[0]))
            if missing:
                raise DamagedCollection(f"Expected {len(pooled)} chunks in {folder}, {missing} are missing")
        return found

    def nearest(self, vector: Floats) -> list[int]:
        """Positions of all chunks, the most like first."""
        found = self._collection.query(
            query_embeddings=[vector], n_results=self._collection.count(), include=[]
        )
        return [int(position) for position in found["ids"][0]]


def check_file(folder: Path) -> None:
    """Reads the database from end to end, in milliseconds and without Chroma; raises `DamagedCollection`."""
    try:
        with closing(sqlite3.connect(f"{(folder / _FILE).as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as exc:
        raise DamagedCollection(f"Cannot read {folder / _FILE}: {exc}") from exc
    if found != "ok":
        raise DamagedCollection(f"{folder / _FILE} is damaged: {found}")


def require_chroma() -> None:
    """Raises `EmbedderUnavailable` where Chroma is not installed."""
    if importlib.util.find_spec("chromadb") is None:
        raise EmbedderUnavailable(
            "Search by meaning needs a library that is missing: chromadb.",
            hint="Install it: pip install 'roughcut[search]'",
        )


@contextmanager
def _chroma(folder: Path) -> Iterator[ClientAPI]:
    """A client that is closed only if something fails."""
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    try:
        with ExitStack() as unless_good:
            settings = Settings(anonymized_telemetry=False)
            client = chromadb.PersistentClient(path=str(folder), settings=settings)
            yield unless_good.enter_context(client)
            unless_good.pop_all()
    except (ChromaError, AttributeError) as exc:  # the latter where Chroma stumbles over its failed start
        raise DamagedCollection(f"Chroma cannot use {folder}: {exc}") from exc
