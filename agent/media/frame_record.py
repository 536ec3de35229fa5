"""Every picture of a video, small, so that a replay can be held against it when the file is long gone.

Digests of decoded pictures would not do: Chromium's H.264 encoder divides a picture among its threads by
how long each took, so two encodings of equal pictures differ in a few low bits (measured on two cores, 100
frames of 720p: 2 to 4 decode to equal bits, PSNR 46-64 dB; VP9 and AV1: all). What goes into the encoder
is equal bit by bit, as the samples show.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent.media.ffmpeg import input_args, raw_frames

WIDTH, HEIGHT, CHANNELS = 48, 27, 3
SAME_WITHIN_LEVELS = 6
"""Of 255, for the mean of each of the 48x27 fields. Encoder noise reached 3 on the footage of the demo, whose
neighbouring pictures differ by 29 at the median."""
_TIMEOUT_S = 1800.0


@dataclass(frozen=True)
class FrameComparison:
    """Two records side by side, picture by picture."""

    first_frames: int
    again_frames: int
    same_frames: int
    largest_difference: int
    """In levels of 255, over all fields of all pictures that both have."""


async def write_frame_record(video: Path, target: Path) -> None:
    """Writes the record of `video` to `target`, an .npz: its pictures as 48x27 RGB, in order."""
    small = ["-map", "0:v:0", "-vf", f"scale={WIDTH}:{HEIGHT}:flags=area,format=rgb24"]
    frames = raw_frames([*input_args(video), *small], HEIGHT * WIDTH * CHANNELS, timeout_s=_TIMEOUT_S)
    async with aclosing(frames):
        pictures = b"".join([frame async for frame in frames])
    shape = (-1, HEIGHT, WIDTH, CHANNELS)
    np.savez_compressed(target, pictures=np.frombuffer(pictures, np.uint8).reshape(shape))


def compare_frame_records(first: Path, again: Path) -> FrameComparison:
    """How many pictures are the same to the eye, within `SAME_WITHIN_LEVELS`."""
    before, after = _pictures(first), _pictures(again)
    both = min(len(before), len(after))
    differences = np.abs(before[:both].astype(np.int16) - after[:both]).max(axis=(1, 2, 3), initial=0)
    return FrameComparison(
        first_frames=len(before),
        again_frames=len(after),
        same_frames=int((differences <= SAME_WITHIN_LEVELS).sum()),
        largest_difference=int(differences.max(initial=0)),
    )


def _pictures(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with np.load(path) as record:
        pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = record["pictures"]
        return pictures
