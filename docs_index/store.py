"""Keeps the vectors of a corpus in a folder named by all that they depend on.

    <cache>/<key>/      the chunks' vectors as a collection of Chroma; beside it those of their word pieces
    <cache>/.building-* what a process is writing; renamed when complete
    <cache>/.lock       held while writing, so that processes do not all compute the same

A folder never changes once it has its name, so any number of processes may read it. Should the lock fail
them, they each write a folder of their own, and the first to rename it wins.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from docs_index.collection import ChunkCollection, DamagedCollection, check_file, require_chroma
from docs_index.corpus import Chunk
from docs_index.embed import Embedder
from docs_index.table import DamagedTable, Row, VectorTable
from docs_index.threads import one_thread

Progress = Callable[[int, int], None]
"""Told how many chunks are done, and of how many."""

_LAYOUT = "2"
"""Goes into every key; to be raised when folders are written or texts are chosen in another way."""
_CHROMA = "chroma"
_BUILDING = ".building-"
_LOCK = ".lock"
_LOCK_TIMEOUT_S = 120.0
_CHUNKS_PER_CALL = 32
_UNUSED_AFTER_S = 14 * 24 * 3600.0
_ABANDONED_AFTER_S = 24 * 3600.0
_FOLDERS_SEARCHED = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredVectors:
    """The vectors of the corpus. `folder` is None where, for `reason`, they are in memory only."""

    table: VectorTable
    folder: Path | None
    embedded: int = 0
    reason: str = ""

    def open_collection(self) -> ChunkCollection | None:
        """Chroma's collection, where it may write, as it does even to read; raises `DamagedCollection`."""
        if self.folder is None or not _is_writable(self.folder / _CHROMA):
            return None
        return ChunkCollection.open(self.folder / _CHROMA, self.table.pooled)

    def discard_collection(self) -> None:
        """Makes the next `stored_vectors` write the folder again, with the vectors that are in order."""
        if self.folder is not None:
            _discard(self.folder / _CHROMA)


def embedded_text(chunk: Chunk) -> str:
    """What of a chunk is embedded: programs are left out, as what they are for is said beside them."""
    told = [member for member in chunk.members if not member.startswith("```")]
    return "\n".join(part for part in (chunk.title, chunk.summary, *told) if part)


def stored_vectors(
    cache: Path, chunks: Sequence[Chunk], embedder: Embedder, on_progress: Progress | None = None
) -> StoredVectors:
    """The vectors of `chunks`, from their folder or computed and put there.

    Where `cache` cannot be written they are computed for this process alone.
    """
    work = _Work(cache, chunks, embedder, on_progress or (lambda done, total: None))
    return work.found() or work.built()


class _Work:
    """One corpus and one embedder, and so one key."""

    def __init__(self, cache: Path, chunks: Sequence[Chunk], embedder: Embedder, tell: Progress) -> None:
        self._cache = cache
        self._chunks = chunks
        self._embedder = embedder
        self._tell = tell
        self._texts = [embedded_text(chunk) for chunk in chunks]
        self._digests = [_sha256(text) for text in self._texts]
        shown = [_sha256(f"{chunk.id}\0{chunk.kind}\0{chunk.source}\0{chunk.text}") for chunk in chunks]
        self._folder = cache / _sha256("\0".join([_LAYOUT, embedder.identity, *self._digests, *shown]))

    def found(self) -> StoredVectors | None:
        """What is there and in order; a damaged folder is not."""
        if not self._folder.is_dir():
            return None
        try:
            table = VectorTable.read(self._folder)
            check_file(self._folder / _CHROMA)
        except (DamagedTable, DamagedCollection) as exc:
            log.warning("docs index damaged", extra={"action": "docs_index_damaged", "reason": str(exc)})
            return None
        with suppress(OSError):  # read-only, and so never removed either
            os.utime(self._folder)
        return StoredVectors(table, self._folder)

    def built(self) -> StoredVectors:
        """What is computed anew, and put in the place of anything damaged."""
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            with _one_at_a_time(self._cache):
                return self.found() or self._written()
        except (OSError, DamagedCollection) as exc:
            log.warning("docs index not kept", extra={"action": "docs_index_not_kept", "reason": str(exc)})
            table, embedded = self._computed
            return StoredVectors(table, None, embedded, f"The index cannot be kept in {self._cache}: {exc}.")

    def _written(self) -> StoredVectors:
        require_chroma()
        table, embedded = self._computed
        _discard(self._folder)
        building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=self._cache))
        try:
            ChunkCollection.create(building / _CHROMA, self._chunks, table.pooled)
            table.write(building)
            _rename_unless_there(building, self._folder)
        finally:
            _discard(building)
        _remove_unused(self._cache, keep=self._folder)
        return StoredVectors(table, self._folder, embedded)

    @cached_property
    def _computed(self) -> tuple[VectorTable, int]:
        """The vectors of all chunks, and how many of them had to be computed."""
        known = _known_rows(self._cache, self._embedder.identity)
        texts = dict(zip(self._digests, self._texts, strict=True))
        missing = sorted(texts.keys() - known.keys(), key=lambda digest: len(texts[digest]))
        for start in range(0, len(missing), _CHUNKS_PER_CALL):
            self._tell(start, len(missing))
            part = missing[start : start + _CHUNKS_PER_CALL]
            with one_thread():
                embeddings = self._embedder.embed([texts[digest] for digest in part])
            known.update(zip(part, map(Row.of, embeddings), strict=True))
        self._tell(len(missing), len(missing))
        rows = [known[digest] for digest in self._digests]
        return VectorTable.of(self._embedder.identity, self._digests, rows), len(missing)


@contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    """Waits for others that compute; after two minutes it goes on beside them."""
    lock = FileLock(cache / _LOCK, timeout=_LOCK_TIMEOUT_S)
    with suppress(Timeout):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _rename_unless_there(building: Path, folder: Path) -> None:
    try:
        building.rename(folder)
    except OSError as exc:
        if exc.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def _known_rows(cache: Path, identity: str) -> dict[str, Row]:
    """Rows of earlier folders by the digests of their texts: only what changed is computed anew."""
    known: dict[str, Row] = {}
    for folder in sorted(_folders(cache), key=_last_used, reverse=True)[:_FOLDERS_SEARCHED]:
        with suppress(DamagedTable):
            table = VectorTable.read(folder)
            if table.identity == identity:
                known.update((digest, table.row(n)) for n, digest in enumerate(table.text_digests))
    return known


def _remove_unused(cache: Path, keep: Path) -> None:
    now_s = time.time()
    for folder in _folders(cache):
        if folder != keep and now_s - _last_used(folder) > _UNUSED_AFTER_S:
            _discard(folder)
    for folder in cache.glob(f"{_BUILDING}*"):
        if now_s - _last_used(folder) > _ABANDONED_AFTER_S:
            _discard(folder)


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _discard(folder: Path) -> None:
    """Processes that read it keep what they have open."""
    shutil.rmtree(folder, ignore_errors=True)


def _folders(cache: Path) -> list[Path]:
    return [folder for folder in cache.glob("[0-9a-f]" * 64) if folder.is_dir()]


def _last_used(folder: Path) -> float:
    """Seconds since the epoch; never, where another process has just removed it."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
