"""The approved frames beside what the file shows at their times; core's mark is in the file alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agent.evaluation.features import Features
from agent.evaluation.subject import Subject
from agent.media.similarity import Picture, picture_of
from agent.media.watermark import mark_region

_GREY = 128


class Pair(NamedTuple):
    """Two pictures of one size, grey where the mark may be."""

    approved: Picture
    found: Picture
    ignored: NDArray[np.bool_]
    """Where they are grey."""


def approved_pairs(features: Features, subject: Subject) -> Iterator[Pair]:
    """A pair for each approved frame at whose time the file has a still."""
    region = mark_region(subject.export.resolution if subject.export else 1.0)
    for sample in subject.samples:
        still = features.still_at(sample.timestamp_s)
        if still is not None:
            size = sample.width, sample.height
            mark = region.mask(size, (features.media.width or sample.width) / sample.width)
            yield Pair(_greyed(picture_of(sample.jpeg), mark), _greyed(still.scaled(*size), mark), mark)


def _greyed(picture: Picture, mark: NDArray[np.bool_]) -> Picture:
    return np.where(mark[..., None], np.uint8(_GREY), picture)
