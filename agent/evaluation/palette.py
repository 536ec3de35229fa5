"""How the colours of a picture are spread, whatever its exposure: hue by saturation."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.media.similarity import Picture

HUES, SATURATIONS = 18, 6

Palette = NDArray[np.float32]
"""(HUES, SATURATIONS), shares that sum to 1."""

_HUE_RANGE, _LEVELS = 180, 256


def palette_of(picture: Picture) -> Palette:
    """The palette of one picture, or of several laid side by side."""
    hsv = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2HSV)
    counts = cv2.calcHist([hsv], [0, 1], None, [HUES, SATURATIONS], [0, _HUE_RANGE, 0, _LEVELS])
    return np.asarray(counts / max(1.0, float(counts.sum())), dtype=np.float32)
