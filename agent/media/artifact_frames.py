"""One pass over all frames of a finished file: how many, black, still, and how like the approved samples."""

from __future__ import annotations

import io
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agent.domain import FrameSample, MediaInfo
from agent.errors import MediaToolFailed
from agent.media.ffmpeg import input_args, raw_frames
from agent.media.similarity import Luma, is_black, luma_of, similarity
from agent.media.watermark import Region

_DEFAULT_WIDTH = 320
_STILL_MEAN_LEVELS = 0.35
_STILL_PEAK_LEVELS = 12.0
"""Encoders refine a still picture a little from frame to frame; more than this somewhere is movement."""
_TIMEOUT_BASE_S = 120.0
_TIMEOUT_PER_MEDIA_SECOND = 10.0


@dataclass
class DecodedFrames:
    """What the pass leaves; the flags have one entry a frame."""

    black: list[bool] = field(default_factory=list)
    still: list[bool] = field(default_factory=list)
    """Whether a frame equals the one that began its still run."""
    similarities: list[tuple[FrameSample, float]] = field(default_factory=list)

    @property
    def frame_count(self) -> int:
        """Frames that could be decoded."""
        return len(self.black)


async def decode_frames(
    path: Path,
    info: MediaInfo,
    samples: Sequence[FrameSample],
    frame_rate: float,
    *,
    ignored: Region | None = None,
) -> DecodedFrames:
    """Decode every frame at half the samples' size and compare those at the samples' times.

    Half the size, because browser and ffmpeg scale and subsample differently at single pixels. Memory does
    not grow with the file's length. Raises `MediaToolFailed` when nothing can be decoded.
    """
    width, height = _analysis_size(info, samples)
    mask = None if ignored is None else ignored.mask((width, height), (info.width or width) / width)
    wanted = {math.floor(sample.timestamp_s * frame_rate + 1e-3): sample for sample in samples}
    result = DecodedFrames()
    run_start = luma = np.zeros((height, width))
    async with aclosing(_raw_frames(path, info, width, height)) as frames:
        async for raw in frames:
            luma = luma_of(np.frombuffer(raw, np.uint8).reshape(height, width, 3))
            still = result.frame_count > 0 and _is_still(luma, run_start)
            run_start = run_start if still else luma
            if sample := wanted.pop(result.frame_count, None):
                result.similarities.append((sample, _compare(luma, sample, mask)))
            result.black.append(is_black(luma))
            result.still.append(still)
    if not result.frame_count:
        raise MediaToolFailed(f"No frame of {path.name} can be decoded.")
    # The sample of the very end may lie past the last frame.
    result.similarities += [(sample, _compare(luma, sample, mask)) for sample in wanted.values()]
    return result


def _raw_frames(path: Path, info: MediaInfo, width: int, height: int) -> AsyncGenerator[bytes, None]:
    args = [*input_args(path), "-map", "0:v:0", "-fps_mode", "passthrough"]
    args += ["-vf", f"scale={width}:{height}:flags=area", "-pix_fmt", "rgb24"]
    timeout_s = _TIMEOUT_BASE_S + _TIMEOUT_PER_MEDIA_SECOND * info.duration_s
    return raw_frames(args, width * height * 3, timeout_s=timeout_s)


def _analysis_size(info: MediaInfo, samples: Sequence[FrameSample]) -> tuple[int, int]:
    if samples:
        return max(1, samples[0].width // 2), max(1, samples[0].height // 2)
    width = min(_DEFAULT_WIDTH, info.width or _DEFAULT_WIDTH)
    return width, max(1, round(width * (info.height or 1) / (info.width or 1)))


def _is_still(luma: Luma, run_start: Luma) -> bool:
    difference = np.abs(luma - run_start)
    return bool(difference.mean() < _STILL_MEAN_LEVELS and difference.max() < _STILL_PEAK_LEVELS)


def _compare(luma: Luma, sample: FrameSample, mask: NDArray[np.bool_] | None) -> float:
    height, width = luma.shape
    with Image.open(io.BytesIO(sample.jpeg)) as image:
        approved = image.convert("RGB").resize((width, height), Image.Resampling.BOX)
    return similarity(luma, luma_of(np.asarray(approved)), mask)
