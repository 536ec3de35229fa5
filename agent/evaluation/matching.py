"""Which frame of the footage a frame of the file was made of, and what is left of its detail."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agent.evaluation.declared import Declared, DeclaredImage, DeclaredText
from agent.evaluation.features import Features, Still
from agent.evaluation.sharpness import fine_share
from agent.evaluation.sources import SIGNATURE_RATE, SIGNATURE_SIZE, Signatures, Source, frame_at, signature
from agent.media.similarity import Picture, picture_of

LEAST_LIKENESS = 0.9
"""Correlation of signatures; letters over a picture leave more, another shot has less."""

Normed = NDArray[np.float32]

_STILLS = 12
_STEP_S = 2.0
_WHOLE_SHARE = 0.5
"""A larger image is the picture, not something over it."""


@dataclass(frozen=True)
class Match:
    """A frame of the file and one of the footage that shows the same; `detail` is what is left of its own."""

    time_s: float
    source: Source
    likeness: float
    detail: float


@dataclass(frozen=True)
class Likest:
    """The signature of the footage that is most like a frame of the file."""

    likeness: float
    index: int
    source: Source


async def matches_of(features: Features, declared: Declared, sources: Sequence[Source]) -> tuple[Match, ...]:
    """For each still that is compared the frame of the footage most like it, where one is like it at all."""
    known = [(source, await asyncio.to_thread(readable, source)) for source in sources]
    stills = list(compared_stills(features)) if known else []
    found = [await _match(still, declared, known) for still in stills]
    return tuple(match for match in found if match is not None)


def likest_of(picture: Picture, known: Sequence[tuple[Source, Normed]]) -> Likest:
    """Of at least one source, each with its `readable` signatures."""
    wanted = _normed(signature(picture)[None])[0]
    indices = [int((grey @ wanted).argmax()) for _, grey in known]
    each = (
        Likest(float(grey[at] @ wanted), at, source)
        for at, (source, grey) in zip(indices, known, strict=True)
    )
    return max(each, key=lambda found: found.likeness)


def readable(source: Source) -> Normed:
    """The signatures of *source*, ready to be compared."""
    return _normed(
        np.fromfile(source.signatures, np.uint8).reshape(-1, SIGNATURE_SIZE[0] * SIGNATURE_SIZE[1])
    )


def moments(duration_s: float) -> tuple[float, ...]:
    """Seconds at which stills are compared: at most twelve, at least two seconds apart."""
    count = max(1, min(_STILLS, round(duration_s / _STEP_S)))
    return tuple(round(duration_s * (number + 0.5) / count, 3) for number in range(count))


def compared_stills(features: Features) -> Iterator[Still]:
    """The stills of those moments."""
    for moment in moments(features.duration_s):
        if (still := features.still_at(moment)) is not None:
            yield still


def overlaid(declared: Declared, time_s: float, picture: Picture) -> NDArray[np.bool_] | None:
    """Where letters and logos are declared then; None: nowhere."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), dtype=np.bool_)
    overlays: tuple[DeclaredText | DeclaredImage, ...] = (*declared.texts, *declared.images)
    for shown in overlays:
        box = shown.box
        if box is None or not shown.span.start_s <= time_s < shown.span.end_s:
            continue
        if box.width * box.height > _WHOLE_SHARE:
            continue
        top, bottom = max(0.0, box.y) * height, max(0.0, box.y + box.height) * height
        left, right = max(0.0, box.x) * width, max(0.0, box.x + box.width) * width
        mask[math.floor(top) : math.ceil(bottom), math.floor(left) : math.ceil(right)] = True
    return mask if mask.any() else None


async def _match(still: Still, declared: Declared, known: Sequence[tuple[Source, Normed]]) -> Match | None:
    picture = await asyncio.to_thread(still.picture)
    likest = likest_of(picture, known)
    if likest.likeness < LEAST_LIKENESS:
        return None
    jpeg = await frame_at(likest.source.path, likest.index / SIGNATURE_RATE)
    if jpeg is None:
        return None
    ignored = overlaid(declared, still.time_s, picture)
    left = await asyncio.to_thread(_detail, picture, picture_of(jpeg), ignored)
    return None if left is None else Match(still.time_s, likest.source, likest.likeness, left)


def _detail(picture: Picture, footage: Picture, ignored: NDArray[np.bool_] | None) -> float | None:
    """Of the footage in the size of the file: what it held beyond that is not asked for."""
    height, width = picture.shape[:2]
    scaled = Image.fromarray(footage).resize((width, height), Image.Resampling.BICUBIC)
    held = fine_share(np.asarray(scaled, dtype=np.uint8), ignored)
    return fine_share(picture, ignored) / held if held > 0 else None


def _normed(signatures: Signatures) -> Normed:
    """Of mean 0 and length 1, so that a product is a correlation; a plain picture is like none."""
    levels = signatures.astype(np.float32) - signatures.mean(axis=1, keepdims=True)
    return np.asarray(
        levels / np.maximum(np.linalg.norm(levels, axis=1, keepdims=True), 1.0), dtype=np.float32
    )
