"""Where core draws its mark when it has no licence key; it is never drawn around, only allowed for."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MARK_TEXT = "Made With Diffusion Studio"
_LEFT_TOP = 28.0
_SCALE = 1.5
_WIDTH, _HEIGHT = 160.0, 42.0
_OUTLINE = 6.0


class Region(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def mask(self, size: tuple[int, int], scale: float = 1.0) -> NDArray[np.bool_]:
        """Where it is in a picture of *size* (width, height) that shows *scale* of its pixels as one."""
        width, height = size
        mask = np.zeros((height, width), dtype=np.bool_)
        rows = slice(math.floor(self.top / scale), math.ceil(self.bottom / scale))
        mask[rows, math.floor(self.left / scale) : math.ceil(self.right / scale)] = True
        return mask


def mark_region(resolution: float = 1.0) -> Region:
    """The mark in pixels of the file: at (28, 28), 160x42 units of 1.5 times the resolution (core 4.0.3)."""
    scale = _SCALE * resolution
    first = _LEFT_TOP - _OUTLINE
    return Region(first, first, _LEFT_TOP + _WIDTH * scale + _OUTLINE, _LEFT_TOP + _HEIGHT * scale + _OUTLINE)
