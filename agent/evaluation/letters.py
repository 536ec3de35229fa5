"""The letters of a line in a picture: how they stand out, whether the frame cuts them, whether they stay."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.critic.contrast import contrast_ratio, relative_luminance
from agent.media.ocr import TextBox
from agent.media.similarity import Picture

_HEIGHT_PX = 64
"""Lines are brought to this height, so that strokes and the ring around them have about the same width."""
_RING_OUTER, _RING_INNER, _CORE = (np.ones((size, size), np.uint8) for size in (9, 3, 3))
_SLICES = 8
_WORST_PERCENTILE = 20
"""Low, because a word that cannot be read is not made up for by the others."""
_FEWEST_PIXELS = 20
_LEAST_PX = 4
_EDGE_PX = 2.0
_CUT_SHARE = 0.6
"""Strokes on the frame's edge, of those in the line's busiest row. Over moving pictures: 0.84 to 1.00
where the line is cut, 0.00 to 0.46 where it is whole.
"""

Mask = NDArray[np.uint8]
Luminance = NDArray[np.float64]


@dataclass(frozen=True)
class Letters:
    """A line with its letters told from what is around them; the masks are enlarged."""

    box: TextBox
    core: Mask
    ring: Mask

    @classmethod
    def within(cls, picture: Picture, box: TextBox) -> Letters | None:
        """Of one line of text in *box*; None where the box is too small for letters.

        Letters are told by Otsu's threshold, on the side of it that the box's border has less of.
        """
        area = _enlarged(picture, box)
        if area is None:
            return None
        letters = _told_apart(area)
        core = cv2.erode(letters, _CORE)
        core = core if np.count_nonzero(core) > _FEWEST_PIXELS else letters
        ring = cv2.dilate(letters, _RING_OUTER) - cv2.dilate(letters, _RING_INNER)
        return cls(box, np.asarray(core, np.uint8), np.asarray(ring, np.uint8))

    def contrast(self, picture: Picture) -> float:
        """WCAG's contrast of the letters to the ring around them, 1 where nothing can be told.

        The median of both in each of eight slices along the line, of which the 20th percentile counts. An
        outline, a shadow and a plate are in the ring. On plain plates it meets the true ratio to 0.05 from
        text of 22 pixels on.
        """
        area = _enlarged(picture, self.box)
        if area is None:
            return 1.0
        luminance = relative_luminance(area)
        slices = np.array_split(np.arange(area.shape[1]), _SLICES)
        ratios = [
            _ratio(luminance[:, columns], self.core[:, columns], self.ring[:, columns]) for columns in slices
        ]
        found = [ratio for ratio in ratios if ratio is not None]
        return float(np.percentile(found, _WORST_PERCENTILE)) if found else 1.0

    def remains(self, picture: Picture) -> float:
        """How much of these letters another picture shows at their place: 1 for all, 0 for other content.

        By the correlation of its luminance with the letters against their ring.
        """
        area = _enlarged(picture, self.box)
        if area is None:
            return 0.0
        marked = (self.core > 0) | (self.ring > 0)
        levels, wanted = relative_luminance(area)[marked], (self.core > 0)[marked].astype(np.float64)
        if levels.std() < 1e-3 or wanted.std() == 0:
            return 0.0
        return abs(float(np.corrcoef(levels, wanted)[0, 1]))


def cut_by_frame(picture: Picture, box: TextBox) -> bool:
    """Whether the line in *box* runs out of the picture above or below: strokes end on the edge itself."""
    height = picture.shape[0]
    at_top, at_bottom = box.top <= _EDGE_PX, box.bottom >= height - 1 - _EDGE_PX
    crop = _crop(picture, box)
    if not (at_top or at_bottom) or min(crop.shape[:2]) < _LEAST_PX:
        return False
    strokes = np.abs(np.diff(_told_apart(crop).astype(np.int8), axis=1)).sum(axis=1)
    edge = max(strokes[0] if at_top else 0, strokes[-1] if at_bottom else 0)
    return bool(edge >= _CUT_SHARE * strokes.max() > 0)


def at_side(picture: Picture, box: TextBox) -> bool:
    """Whether the line reaches the picture's left or right edge."""
    return box.left <= _EDGE_PX or box.right >= picture.shape[1] - 1 - _EDGE_PX


def _crop(picture: Picture, box: TextBox) -> Picture:
    height, width = picture.shape[:2]
    top, bottom = max(0, int(np.floor(box.top))), min(height, int(np.ceil(box.bottom)))
    left, right = max(0, int(np.floor(box.left))), min(width, int(np.ceil(box.right)))
    return picture[top:bottom, left:right]


def _enlarged(picture: Picture, box: TextBox) -> Picture | None:
    crop = _crop(picture, box)
    if min(crop.shape[:2]) < _LEAST_PX:
        return None
    scale = _HEIGHT_PX / crop.shape[0]
    return np.asarray(cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def _told_apart(area: Picture) -> Mask:
    grey = cv2.cvtColor(np.ascontiguousarray(area), cv2.COLOR_RGB2GRAY)
    kinds = (cv2.THRESH_BINARY, cv2.THRESH_BINARY_INV)
    masks = [np.asarray(cv2.threshold(grey, 0, 1, kind + cv2.THRESH_OTSU)[1], np.uint8) for kind in kinds]
    return min(masks, key=_border_share)


def _border_share(mask: Mask) -> float:
    return float(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean())


def _ratio(luminance: Luminance, letters: Mask, ring: Mask) -> float | None:
    inside, around = luminance[letters > 0], luminance[ring > 0]
    if min(len(inside), len(around)) < _FEWEST_PIXELS:
        return None
    return contrast_ratio(np.median(inside, keepdims=True), np.median(around, keepdims=True)).item()
