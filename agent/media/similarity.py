"""How alike two pictures are, and which are black or frozen."""

from __future__ import annotations

import io
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

Picture: TypeAlias = NDArray[np.uint8]
"""Height x width x 3, sRGB."""

Luma: TypeAlias = NDArray[np.float64]
"""Height x width, 0 to 255."""

BLACK_LEVEL = 0.10 * 255
BLACK_SHARE = 0.98
"""The defaults of ffmpeg's blackdetect: 98 % of the pixels under 10 % luma."""

_WINDOW = 8
_K1, _K2, _PEAK = 0.01, 0.03, 255.0
_REC_601 = np.array([0.299, 0.587, 0.114])


def picture_of(jpeg: bytes) -> Picture:
    """The decoded JPEG."""
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.uint8)


def luma_of(picture: Picture) -> Luma:
    """Luma by the weights JPEG uses."""
    return np.asarray(picture @ _REC_601, dtype=np.float64)


def is_black(luma: Luma) -> bool:
    """Whether nearly all of the picture is darker than a tenth of white."""
    return bool(np.mean(luma < BLACK_LEVEL) >= BLACK_SHARE)


def similarity(first: Luma, second: Luma, ignored: NDArray[np.bool_] | None = None) -> float:
    """Mean structural similarity, 1 for equal pictures, over windows that touch no *ignored* pixel.

    SSIM after Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to
    Structural Similarity", IEEE Transactions on Image Processing 13(4), 2004: its constants, 8x8 windows.
    """
    if first.shape != second.shape:
        raise ValueError(f"Expected pictures of one size, found {first.shape} and {second.shape}")
    if min(first.shape) < _WINDOW:
        return 1.0 - float(np.mean(np.abs(first - second))) / _PEAK
    values = _ssim_map(first, second)
    if ignored is not None:
        touched = sliding_window_view(ignored, (_WINDOW, _WINDOW)).any(axis=(2, 3))
        values = values[~touched]
    return float(values.mean()) if values.size else 1.0


def _ssim_map(first: Luma, second: Luma) -> Luma:
    c1, c2 = (_K1 * _PEAK) ** 2, (_K2 * _PEAK) ** 2
    mean_1, mean_2 = _window_means(first), _window_means(second)
    variance_1 = _window_means(first * first) - mean_1**2
    variance_2 = _window_means(second * second) - mean_2**2
    covariance = _window_means(first * second) - mean_1 * mean_2
    numerator = (2 * mean_1 * mean_2 + c1) * (2 * covariance + c2)
    return numerator / ((mean_1**2 + mean_2**2 + c1) * (variance_1 + variance_2 + c2))


def _window_means(values: Luma) -> Luma:
    """Means of all 8x8 windows by a summed-area table."""
    table = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    n = _WINDOW
    sums = table[n:, n:] - table[:-n, n:] - table[n:, :-n] + table[:-n, :-n]
    return np.asarray(sums / (n * n), dtype=np.float64)
