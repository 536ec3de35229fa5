"""Opens the vectors of a corpus together with what compares a query to them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from docs_index.collection import ChunkCollection, DamagedCollection
from docs_index.corpus import Chunk
from docs_index.embed import Embedder
from docs_index.retrieval import Meaning
from docs_index.store import Progress, StoredVectors, stored_vectors

log = logging.getLogger(__name__)


def open_meaning(
    cache: Path,
    chunks: Sequence[Chunk],
    embedder: Embedder,
    on_progress: Progress | None,
    *,
    ask_chroma: bool,
) -> tuple[Meaning, StoredVectors]:
    """The vectors, computed where they are not kept yet; `nearest` is Chroma's where that is asked for."""
    stored = stored_vectors(cache, chunks, embedder, on_progress)
    if not ask_chroma:
        return Meaning(embedder, stored.table, stored.table.nearest), stored
    try:
        collection = stored.open_collection()
    except DamagedCollection as exc:
        log.warning("docs index damaged", extra={"action": "docs_index_damaged", "reason": str(exc)})
        stored.discard_collection()
        stored = stored_vectors(cache, chunks, embedder, on_progress)
        collection = _opened_again(stored)
    nearest = collection.nearest if collection else stored.table.nearest
    return Meaning(embedder, stored.table, nearest), stored


def _opened_again(stored: StoredVectors) -> ChunkCollection | None:
    """None where it is damaged even when new: the table has the same vectors."""
    try:
        return stored.open_collection()
    except DamagedCollection as exc:
        log.warning("docs index unusable", extra={"action": "docs_index_unusable", "reason": str(exc)})
        return None
