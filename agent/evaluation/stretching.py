"""Whether the footage keeps its shape: how much wider than high the file shows it, wherever it is cropped."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from statistics import median

import cv2
import numpy as np

from agent.evaluation.features import Features
from agent.evaluation.matching import compared_stills, likest_of, readable
from agent.evaluation.sources import SIGNATURE_RATE, Source, frame_at
from agent.media.similarity import Luma, Picture, luma_of, picture_of

_LEAST_LIKENESS = 0.5
"""A cropped and stretched frame is still more like its own than this; another shot is told by its corners."""
_WIDTH_PX = 640
_CORNERS = 800
_DISTINCT = 0.75
"""The nearest corner is nearer than the second by this (Lowe, *Distinctive image features*, 2004)."""
_FEWEST_CORNERS, _LEAST_SHARE = 25, 0.5
_OFF_PX = 2.0
_MOST_TURNED = 0.02
_FEWEST_STILLS, _ENOUGH_STILLS = 2, 6


async def stretch_of(features: Features, sources: Sequence[Source]) -> float | None:
    """Width over height of what is square in the footage; None where too few frames can be laid over it.

    The median of affine transforms (RANSAC) between corners (ORB) of the compared stills and of the frames
    of the footage most like them. What is turned as well is an effect, not a fault.
    """
    known = [(source, await asyncio.to_thread(readable, source)) for source in sources]
    found = []
    stills = list(compared_stills(features)) if known else []
    for still in stills[:: max(1, len(stills) // _ENOUGH_STILLS)]:
        picture = await asyncio.to_thread(still.picture)
        likest = likest_of(picture, known)
        if likest.likeness < _LEAST_LIKENESS:
            continue
        jpeg = await frame_at(likest.source.path, likest.index / SIGNATURE_RATE)
        if jpeg is not None:
            found.append(await asyncio.to_thread(_stretch, picture, picture_of(jpeg), likest.source))
    measured = [stretch for stretch in found if stretch is not None]
    return median(measured) if len(measured) >= _FEWEST_STILLS else None


def _stretch(picture: Picture, footage: Picture, source: Source) -> float | None:
    """Of the footage in its own shape, whatever that of its pixels is."""
    shown = _scaled(picture, picture.shape[1] / picture.shape[0])
    own = _scaled(footage, source.width / max(1, source.height))
    corners = cv2.ORB.create(_CORNERS)
    shown_at, shown_as = corners.detectAndCompute(shown, None)
    own_at, own_as = corners.detectAndCompute(own, None)
    if min(len(shown_at), len(own_at)) < _FEWEST_CORNERS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(own_as, shown_as, k=2)
    near = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _DISTINCT * pair[1].distance]
    if len(near) < _FEWEST_CORNERS:
        return None
    start = np.asarray([own_at[match.queryIdx].pt for match in near], np.float32)
    end = np.asarray([shown_at[match.trainIdx].pt for match in near], np.float32)
    affine, kept = cv2.estimateAffine2D(start, end, ransacReprojThreshold=_OFF_PX)
    if affine is None or int(kept.sum()) < max(_FEWEST_CORNERS, _LEAST_SHARE * len(near)):
        return None
    (across, skew, _), (turn, down, _) = affine.tolist()
    turned = max(abs(skew), abs(turn)) > _MOST_TURNED * math.sqrt(abs(across * down))
    return None if turned or across * down <= 0 else abs(across / down)


def _scaled(picture: Picture, aspect: float) -> Luma:
    size = (_WIDTH_PX, max(1, round(_WIDTH_PX / aspect)))
    return np.asarray(cv2.resize(luma_of(picture), size, interpolation=cv2.INTER_AREA), np.uint8)
