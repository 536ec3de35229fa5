"""The search over core's declarations, our recipes and the guide. Nothing is read before the first use."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from docs_index.corpus import Chunk, ChunkKind, Corpus
from docs_index.embed import Embedder
from docs_index.errors import BadQuery, EmbedderUnavailable
from docs_index.symbols import SymbolDoc, Unknown, find_symbol

if TYPE_CHECKING:
    from docs_index.retrieval import Meaning, Rankings, Retrieval
    from docs_index.store import Progress, StoredVectors

Mode = Literal["hybrid", "bm25"]

_LONGEST_QUERY = 2000
_USUAL_HITS = 5
_MOST_HITS = 50
_NOT_API = ("recipe", "guide")
_KINDS = ("api", *get_args(ChunkKind))


@dataclass(frozen=True)
class Hit:
    """A chunk that was found.

    Scores compare within one search. Whatever its score, a chunk that is named in the query comes first, and
    the best by words no later than third.
    """

    chunk: Chunk
    score: float


@dataclass(frozen=True)
class SearchResult:
    """The best chunks first. `note` tells why they are found by words alone, or what else was left out."""

    hits: tuple[Hit, ...]
    mode: Mode
    note: str
    core_version: str


@dataclass(frozen=True)
class BuildReport:
    """What a build left behind; `folder` is None where nothing could be kept, for the reason in `note`."""

    chunks: int
    embedded: int
    folder: Path | None
    mode: Mode
    note: str
    duration_s: float


@dataclass(frozen=True)
class _Loaded:
    corpus: Corpus
    retrieval: Retrieval
    stored: StoredVectors | None
    note: str

    @property
    def mode(self) -> Mode:
        return "hybrid" if self.retrieval.meaning else "bm25"


class DocsIndex:
    """Searches the corpus that `read` returns; may be used from several threads and by several processes.

    Vectors are kept in `cache`, in a folder for each state of the corpus. `embedder` returns None, or raises
    `EmbedderUnavailable` with the reason, where there is to be no search by meaning.
    """

    def __init__(
        self, read: Callable[[], Corpus], cache: Path, embedder: Callable[[], Embedder | None]
    ) -> None:
        self._read = read
        self._cache = cache
        self._embedder = embedder
        self._corpus: Corpus | None = None
        self._loading = threading.Lock()
        self._loaded: _Loaded | None = None

    @property
    def corpus(self) -> Corpus:
        """What is searched, there without any vectors; raises `CorpusUnreadable`."""
        corpus = self._corpus
        if corpus is None:
            corpus = self._corpus = self._read()
        return corpus

    def search(self, query: str, *, limit: int = _USUAL_HITS, kind: str | None = None) -> SearchResult:
        """The best chunks for `query`; raises `BadQuery`, `CorpusUnreadable`.

        `kind` is one of `ChunkKind`, or `api` for all that is no recipe and not of the guide.
        """
        asked, cut = _checked(query)
        _check_range(limit)
        loaded, found = self._ranked(asked, _chosen(kind), limit)
        chunks = loaded.corpus.chunks
        hits = [Hit(chunks[place], round(found.scores[place], 4)) for place in found.answer[:limit]]
        note = " ".join(note for note in (loaded.note, cut) if note)
        return SearchResult(tuple(hits), loaded.mode, note, loaded.corpus.core_version)

    def symbol(self, name: str) -> SymbolDoc | Unknown:
        """One declaration or member by its name, or the nearest names; raises `BadQuery` without a name."""
        if not name.strip():
            raise BadQuery("The name is empty.", hint="Name a class, a type or a member: TextClip.align.")
        return find_symbol(self.corpus, name)

    def rankings(self, query: str) -> Rankings:
        """Positions of all chunks by each method, as a search with the usual limit ranks them."""
        return self._ranked(_checked(query)[0], _chosen(None), _USUAL_HITS)[1]

    def build(self, on_progress: Progress | None = None) -> BuildReport:
        """Makes sure that the index is there and in order; from then on this process asks Chroma.

        Searching does without it, as it takes longer to import than the first search may last: the same
        vectors are compared in memory, with the same result.
        """
        started_s = time.monotonic()
        with self._loading:
            self._corpus = None
            loaded = self._loaded = self._opened(on_progress, ask_chroma=True)
        stored = loaded.stored
        return BuildReport(
            chunks=len(loaded.corpus.chunks),
            embedded=stored.embedded if stored else 0,
            folder=stored.folder if stored else None,
            mode=loaded.mode,
            note=loaded.note,
            duration_s=time.monotonic() - started_s,
        )

    def _ranked(self, query: str, wanted: Callable[[Chunk], bool], limit: int) -> tuple[_Loaded, Rankings]:
        loaded = self._load()
        try:
            return loaded, loaded.retrieval.rank(query, wanted, limit)
        except EmbedderUnavailable as exc:  # vectors are kept, but their model is gone
            loaded = self._loaded = _by_words(loaded.corpus, exc)
            return loaded, loaded.retrieval.rank(query, wanted, limit)

    def _load(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._opened(None, ask_chroma=False)
            return self._loaded

    def _opened(self, on_progress: Progress | None, *, ask_chroma: bool) -> _Loaded:
        from docs_index.retrieval import Retrieval

        corpus = self.corpus
        try:
            meaning, stored = self._opened_meaning(corpus, on_progress, ask_chroma=ask_chroma)
        except EmbedderUnavailable as exc:
            return _by_words(corpus, exc)
        return _Loaded(corpus, Retrieval(corpus.chunks, meaning), stored, stored.reason)

    def _opened_meaning(
        self, corpus: Corpus, on_progress: Progress | None, *, ask_chroma: bool
    ) -> tuple[Meaning, StoredVectors]:
        from docs_index.meaning import open_meaning

        embedder = self._embedder()
        if embedder is None:
            raise EmbedderUnavailable("Search by meaning is switched off.")
        return open_meaning(self._cache, corpus.chunks, embedder, on_progress, ask_chroma=ask_chroma)


def _by_words(corpus: Corpus, reason: EmbedderUnavailable) -> _Loaded:
    from docs_index.retrieval import Retrieval

    note = f"Found by words alone. {reason} {reason.hint}".strip()
    return _Loaded(corpus, Retrieval(corpus.chunks, None), None, note)


def _checked(query: str) -> tuple[str, str]:
    """The query as it is searched for, and a note where that is not all of it."""
    asked = query.strip()
    if not asked:
        raise BadQuery("The query is empty.", hint="Say what you want to do, or name a class or a member.")
    if len(asked) <= _LONGEST_QUERY:
        return asked, ""
    return asked[:_LONGEST_QUERY], f"Searched for the first {_LONGEST_QUERY:,} characters of the query only."


def _check_range(limit: int) -> None:
    if not 1 <= limit <= _MOST_HITS:
        raise BadQuery(f"Expected a limit from 1 to {_MOST_HITS}, not {limit}.")


def _chosen(kind: str | None) -> Callable[[Chunk], bool]:
    if kind is None:
        return lambda chunk: True
    if kind == "api":
        return lambda chunk: chunk.kind not in _NOT_API
    if kind not in _KINDS:
        raise BadQuery(f"Unknown kind {kind!r}.", hint=f"Choose one of: {', '.join(_KINDS)}.")
    return lambda chunk: chunk.kind == kind
