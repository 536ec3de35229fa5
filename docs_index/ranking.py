"""Pure functions that merge and refine rankings. A ranking is a list of chunk positions, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from docs_index.vectors import Floats

_RRF_K = 60
"""As in the paper of reciprocal rank fusion: the first ranks count more, but do not decide alone."""
_FUSED_WEIGHT = 5
"""What words and meaning agree on stays ahead of what is only a little more alike in detail."""
_BEST_BY_WORDS_WITHIN = 3
"""A rare word that is met exactly says more than the model may know of it."""


def fused(rankings: Sequence[Sequence[int]]) -> dict[int, float]:
    """The scores of reciprocal rank fusion by position, best first."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, position in enumerate(ranking, start=1):
            scores[position] += 1 / (_RRF_K + rank)
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def max_sim(query_tokens: Floats, weights: Floats, tokens: Floats) -> float:
    """How well the best matches of the query's tokens fit, by the tokens' weights: 1 is the same text."""
    return float(np.average((query_tokens @ tokens.T).max(axis=1), weights=weights))


def reranked(fused: Mapping[int, float], similarities: Mapping[int, float]) -> dict[int, float]:
    """The scores of those that were compared in detail, best first."""
    scores = {
        position: similarity + _FUSED_WEIGHT * fused[position]
        for position, similarity in similarities.items()
    }
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def with_best_by_words(ranking: Sequence[int], bm25: Sequence[int]) -> list[int]:
    """The ranking with the first of `bm25` no later than third."""
    best = bm25[:1]
    if not best or best[0] in ranking[:_BEST_BY_WORDS_WITHIN]:
        return list(ranking)
    rest = [position for position in ranking if position != best[0]]
    return [*rest[: _BEST_BY_WORDS_WITHIN - 1], *best, *rest[_BEST_BY_WORDS_WITHIN - 1 :]]
