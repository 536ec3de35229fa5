"""Ranks chunks by the words that they share with a query: BM25 over stems."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import bm25s
import numpy as np

from docs_index.corpus import Chunk
from docs_index.words import index_words

logging.getLogger("bm25s").setLevel(logging.INFO)  # it turns its own debug messages on

_HEADING_WEIGHT = 3
"""How often the words of titles and summaries count: they say what a chunk is for."""


class LexicalIndex:
    """BM25 over the whole text of the chunks."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._ranking = bm25s.BM25()  # type: ignore[no-untyped-call]
        self._ranking.index([index_words(_weighted(chunk)) for chunk in chunks], show_progress=False)

    def scores(self, query: str) -> dict[int, float]:
        """The chunks that share a word with `query` by their positions, best first."""
        words = [word for word in index_words(query) if word in self._ranking.vocab_dict]
        if not words:
            return {}
        scores = self._ranking.get_scores(words)
        best_first = np.argsort(-scores, kind="stable")
        return {int(position): float(scores[position]) for position in best_first if scores[position] > 0}


def _weighted(chunk: Chunk) -> str:
    return "\n".join([chunk.text, *[f"{chunk.title}\n{chunk.summary}"] * (_HEADING_WEIGHT - 1)])
