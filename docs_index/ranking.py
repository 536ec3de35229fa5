"""Pure functions that merge and refine rankings. A ranking is a list of chunk positions, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from docs_index.vectors import Floats

_RRF_K = 60
"""As in the paper of reciprocal rank fusion: the first ranks count more, but do not decide alone."""


def fused(rankings: Sequence[Sequence[int]]) -> list[int]:
    """One ranking of several by reciprocal rank fusion."""
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, position in enumerate(ranking, start=1):
            scores[position] += 1 / (_RRF_K + rank)
    return sorted(scores, key=lambda position: (-scores[position], position))


def max_sim(query_tokens: Floats, tokens: Floats) -> float:
    """How well the best matches of each of the query's tokens fit, on average: 1 is the same text."""
    return float((query_tokens @ tokens.T).max(axis=1).mean())


def reranked(ranking: Sequence[int], scores: Mapping[int, float]) -> list[int]:
    """`ranking` with those that have a score before all others, in the order of their scores."""
    return sorted(ranking, key=lambda position: -scores.get(position, float("-inf")))
