"""Ranks chunks by the words that they share with a query: BM25 over stems.

The library that does it imports scipy where there is one: a quarter of what a first search may take. The
formula is a few lines.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from docs_index.corpus import Chunk
from docs_index.words import index_words

_HEADING_WEIGHT = 3
"""How often the words of titles and summaries count: they say what a chunk is for."""
_K1 = 1.5
"""How soon it stops to matter that a word comes again."""
_B = 0.75
"""How much a long chunk has to have more of a word than a short one: 0 is as much, 1 in proportion."""


class LexicalIndex:
    """BM25 as Lucene has it, over the whole text of the chunks."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        counts = [Counter(index_words(_weighted(chunk))) for chunk in chunks]
        lengths = [words.total() for words in counts]
        usual = sum(lengths) / max(len(lengths), 1)
        self._weights: defaultdict[str, dict[int, float]] = defaultdict(dict)
        for position, (words, length) in enumerate(zip(counts, lengths, strict=True)):
            saturation = _K1 * (1 - _B + _B * length / usual) if usual else _K1
            for word, count in words.items():
                self._weights[word][position] = count / (count + saturation)
        for found in self._weights.values():
            rarity = math.log(1 + (len(chunks) - len(found) + 0.5) / (len(found) + 0.5))
            for position in found:
                found[position] *= rarity

    def scores(self, query: str) -> dict[int, float]:
        """The chunks that share a word with `query` by their positions, best first."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in index_words(query):
            for position, weight in self._weights.get(word, {}).items():
                scores[position] += weight
        return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def _weighted(chunk: Chunk) -> str:
    return "\n".join([chunk.text, *[f"{chunk.title}\n{chunk.summary}"] * (_HEADING_WEIGHT - 1)])
