"""Ranks the chunks of one corpus for a query, by words and, where there is an embedder, by meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from docs_index.corpus import Chunk
from docs_index.embed import Embedder, Embedding
from docs_index.identifiers import Identifiers
from docs_index.lexical import LexicalIndex
from docs_index.ranking import fused, max_sim, reranked, with_best_by_words
from docs_index.table import VectorTable
from docs_index.threads import one_thread
from docs_index.vectors import Floats

_RERANKED = 20


@dataclass(frozen=True)
class Rankings:
    """Positions of chunks, best first, by each method; all but `bm25` are empty without an embedder.

    `answer` is the best there is, with the chunks of the names in the query first, and `scores` are its.
    """

    bm25: list[int]
    dense: list[int]
    fused: list[int]
    answer: list[int]
    scores: Mapping[int, float]


@dataclass(frozen=True)
class Meaning:
    """The corpus as vectors. `nearest` ranks them all: Chroma's query, or the table's."""

    embedder: Embedder
    table: VectorTable
    nearest: Callable[[Floats], list[int]]


class Retrieval:
    """All that is needed to rank; safe to use from several threads."""

    def __init__(self, chunks: Sequence[Chunk], meaning: Meaning | None) -> None:
        self.meaning = meaning
        self._chunks = chunks
        self._lexical = LexicalIndex(chunks)
        self._identifiers = Identifiers(chunks)

    def rank(self, query: str, wanted: Callable[[Chunk], bool], at_least: int) -> Rankings:
        """The chunks that are `wanted`; the first `at_least` of the answer are reranked."""
        places = {place for place, chunk in enumerate(self._chunks) if wanted(chunk)}
        by_words = {place: score for place, score in self._lexical.scores(query).items() if place in places}
        bm25 = list(by_words)
        if self.meaning is None:
            named = self._identifiers.named_in(query, bm25)
            return Rankings(bm25, [], [], _first(named, bm25), by_words)
        with one_thread():
            embedding = self.meaning.embedder.embed([query])[0]
            dense = [place for place in self.meaning.nearest(embedding.pooled) if place in places]
            merged = fused([bm25, dense])
            named = self._identifiers.named_in(query, list(merged))
            compared = _first([*named, *bm25[:1]], merged)[: max(_RERANKED, at_least)]
            scores = reranked(merged, self._similarities(embedding, compared, self.meaning.table))
        ranked = with_best_by_words(_first(scores, merged), bm25)
        return Rankings(bm25, dense, list(merged), _first(named, ranked), scores)

    def _similarities(self, query: Embedding, places: Sequence[int], table: VectorTable) -> dict[int, float]:
        weights = table.rarity(query.pieces)
        return {place: max_sim(query.tokens, weights, table.tokens(place)) for place in places}


def _first(leading: Iterable[int], ranking: Iterable[int]) -> list[int]:
    """All of both, each once."""
    return list(dict.fromkeys([*leading, *ranking]))
