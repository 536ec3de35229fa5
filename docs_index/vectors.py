"""Vectors of numbers, as the embedders make them and the ranking compares them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Ids: TypeAlias = NDArray[np.int32]


def unit(vectors: Floats) -> Floats:
    """The vectors along the last axis, each of length 1."""
    lengths: Floats = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, dtype=np.float32)
