"""Every picture of a video, small, so that a replay can be held against it when the file is long gone.

Digests of decoded pictures would not do: Chromium's H.264 encoder divides a picture among its threads by
how long each took, so two encodings of equal pictures differ in a few low bits (measured on two cores, 100
frames of 720p: 2 to 4 decode to equal bits, PSNR 46-64 dB; VP9 and AV1: all). What goes into the encoder
is equal bit by bit, as the samples show.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from agent.media.ffmpeg import input_args, raw_frames
from agent.media.storage import written_aside

WIDTH, HEIGHT, CHANNELS = 48, 27, 3
SAME_WITHIN_LEVELS = 6
"""Of 255, for the mean of each of the 48x27 fields. Encoder noise reached 3 on the footage of the demo, whose
neighbouring pictures differ by 29 at the median."""
_TIMEOUT_S = 1800.0
_PICTURE_BYTES = HEIGHT * WIDTH * CHANNELS
_STRETCH_FRAMES = 1000
"""Compared at a time: 4 MB of each record."""
_COMPRESSION = 6

_Pictures: TypeAlias = NDArray[np.uint8]
"""Pictures x height x width x channels."""
_NO_PICTURES: _Pictures = np.empty((0, HEIGHT, WIDTH, CHANNELS), np.uint8)


@dataclass(frozen=True)
class FrameComparison:
    """Two records side by side, picture by picture."""

    first_frames: int
    again_frames: int
    same_frames: int
    largest_difference: int
    """In levels of 255, over all fields of all pictures that both have."""


async def write_frame_record(video: Path, target: Path) -> None:
    """Writes the record of `video` to `target`, a .gz: its pictures as 48x27 RGB, in order."""
    small = ["-map", "0:v:0", "-vf", f"scale={WIDTH}:{HEIGHT}:flags=area,format=rgb24"]
    frames = raw_frames([*input_args(video), *small], _PICTURE_BYTES, timeout_s=_TIMEOUT_S)
    with written_aside(target) as aside, gzip.open(aside, "wb", _COMPRESSION) as record:
        async with aclosing(frames):
            async for frame in frames:
                record.write(frame)


def compare_frame_records(first: Path, again: Path) -> FrameComparison:
    """How many pictures are the same to the eye, within `SAME_WITHIN_LEVELS`."""
    first_frames = again_frames = same_frames = largest = 0
    for before, after in zip_longest(_pictures(first), _pictures(again), fillvalue=_NO_PICTURES):
        first_frames, again_frames = first_frames + len(before), again_frames + len(after)
        both = min(len(before), len(after))
        differences = np.abs(before[:both].astype(np.int16) - after[:both]).max(axis=(1, 2, 3), initial=0)
        same_frames += int((differences <= SAME_WITHIN_LEVELS).sum())
        largest = max(largest, int(differences.max(initial=0)))
    return FrameComparison(first_frames, again_frames, same_frames, largest)


def _pictures(path: Path) -> Iterator[_Pictures]:
    """The record in stretches of as many pictures, the last of fewer."""
    with gzip.open(path, "rb") as record:
        while stretch := record.read(_STRETCH_FRAMES * _PICTURE_BYTES):
            yield np.frombuffer(stretch, np.uint8).reshape(-1, HEIGHT, WIDTH, CHANNELS)
