"""From measured figures to parts, and from parts to a metric's score."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agent.evaluation.values import Metric, Part, Score

_LEAST = 0.02
"""A part of nothing still leaves a product to compare by."""
_WEAKEST_BASE, _WEAKEST_SHARE = 0.3, 0.7


def lin(value: float, zero: float, one: float) -> float:
    """0 at *zero*, 1 at *one*, straight between them and clamped outside; *one* may be the smaller."""
    return min(1.0, max(0.0, (value - zero) / (one - zero)))


def log_lin(value: float, zero: float, one: float) -> float:
    """`lin` of logarithms: for what is perceived by ratio. All three are above 0."""
    return lin(math.log(value), math.log(zero), math.log(one))


def score_of(
    metric: Metric, parts: Sequence[Part], *, why: str = "", complete: bool = True, at_most: float = 1.0
) -> Score:
    """The score of a metric that has these parts; not applicable where none of them could be measured."""
    value = combined(parts)
    return Score(metric, None if value is None else min(value, at_most), tuple(parts), why, complete)


def combined(parts: Sequence[Part]) -> float | None:
    """min(weighted geometric mean, 0.3 + 0.7 x the weakest part): one failed part cannot hide.

    A part that was not measured shares its weight out. None where none was.
    """
    judged = [(part.score, part.weight) for part in parts if part.score is not None and part.weight > 0]
    if not judged:
        return None
    whole = sum(weight for _, weight in judged)
    mean = math.exp(sum(weight * math.log(max(score, _LEAST)) for score, weight in judged) / whole)
    weakest = min(score for score, _ in judged)
    return min(mean, _WEAKEST_BASE + _WEAKEST_SHARE * weakest)
