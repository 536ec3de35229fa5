"""The finished file against what was approved: the file is checked, not the preview (invariant 4)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from agent.domain import Artifact, ExportSettings, FrameSample, Issue, MediaInfo, Severity
from agent.errors import BadMedia
from agent.media.artifact_frames import DecodedFrames, decode_frames
from agent.media.probe import probe
from agent.media.similarity import is_black, luma_of, picture_of, similarity
from agent.media.storage import sha256_of
from agent.media.watermark import mark_region

MIN_SIMILARITY = 0.95
BLACK_STRETCH_S = 0.5
FROZEN_STRETCH_S = 1.0
DURATION_TOLERANCE_S = 0.1
"""AAC pads its last frame (21 ms at 48 kHz), and the last picture may be a frame shorter than the sound."""
_MOVING_SIMILARITY = 0.98


class Figures(Protocol):
    """What a composition's summary says of its size and length."""

    @property
    def width(self) -> int:
        """Pixels of the composition."""

    @property
    def height(self) -> int:
        """Pixels of the composition."""

    @property
    def duration_seconds(self) -> float:
        """Length of the composition."""


async def check_artifact(
    path: Path,
    *,
    summary: Figures,
    samples: Sequence[FrameSample],
    export: ExportSettings,
    frame_rate: float | None = None,
    has_sound: bool | None = None,
    marked: bool = True,
) -> tuple[Artifact, tuple[Issue, ...]]:
    """The probed file and what is wrong with it; no blocker among the issues: it is what was approved.

    *frame_rate* is that of the render (None: of *export*, else of the file), *has_sound* whether the
    composition has any (None: not checked), *marked* whether core drew its mark, which no sample shows.
    Raises `BadMedia` for a file that is no media at all, `MediaToolFailed` when its frames cannot be decoded.
    """
    info = await probe(path)
    artifact = Artifact(path, await asyncio.to_thread(sha256_of, path), path.stat().st_size, info)
    rate = frame_rate or export.fps or info.frame_rate
    if not info.video_codec or not rate:
        raise BadMedia(f"{path.name} has no picture.")
    issues = _figure_issues(info, summary, export, rate, has_sound)
    mark = mark_region(export.resolution) if marked else None
    frames = await decode_frames(path, info, samples, rate, ignored=mark)
    issues += _count_issues(frames.frame_count, summary, rate)
    issues += _similarity_issues(frames)
    issues += _stretch_issues(frames, samples, rate)
    return artifact, tuple(issues)


def _blocker(code: str, message: str, time_s: float | None = None, fix: str = "") -> Issue:
    return Issue(code, message, Severity.BLOCKER, time_s, fix or "Render again.", source="artifact")


def _figure_issues(
    info: MediaInfo, expected: Figures, export: ExportSettings, rate: float, has_sound: bool | None
) -> list[Issue]:
    issues = []
    size = tuple(round(side * export.resolution) for side in (expected.width, expected.height))
    # 4:2:0 encoders round odd sides to even ones.
    if any(
        abs(found - wanted) > 1
        for found, wanted in zip((info.width or 0, info.height or 0), size, strict=True)
    ):
        issues.append(
            _blocker(
                "artifact_size", f"Expected {size[0]}x{size[1]}, the file is {info.width}x{info.height}."
            )
        )
    if abs(info.duration_s - expected.duration_seconds) > max(DURATION_TOLERANCE_S, 1.5 / rate):
        issues.append(
            _blocker(
                "artifact_duration",
                f"Expected {expected.duration_seconds:.2f} s, the file lasts {info.duration_s:.2f} s.",
            )
        )
    if has_sound is not None and has_sound != (info.audio_codec is not None):
        found = info.audio_codec or "none"
        issues.append(
            _blocker("artifact_sound", f"Expected {'sound' if has_sound else 'no sound'}, found {found}.")
        )
    return issues


def _count_issues(frame_count: int, expected: Figures, rate: float) -> list[Issue]:
    wanted = math.floor(expected.duration_seconds * rate + 1e-6)
    if abs(frame_count - wanted) <= 1:
        return []
    return [_blocker("artifact_frames", f"Expected {wanted} frames, {frame_count} can be decoded.")]


def _similarity_issues(frames: DecodedFrames) -> list[Issue]:
    worst = min(frames.similarities, key=lambda pair: pair[1], default=None)
    if worst is None or worst[1] > MIN_SIMILARITY:
        return []
    sample, value = worst
    message = f"The frame at {sample.timestamp_s:.2f} s is not the approved one (SSIM {value:.3f})."
    return [_blocker("artifact_differs", message, sample.timestamp_s)]


def _stretch_issues(frames: DecodedFrames, samples: Sequence[FrameSample], rate: float) -> list[Issue]:
    """Black and frozen stretches that the approved samples inside them do not show."""
    approved = [(sample.timestamp_s, luma_of(picture_of(sample.jpeg))) for sample in samples]
    issues = []
    for start, end in _runs(frames.black, BLACK_STRETCH_S * rate):
        inside = [luma for time_s, luma in approved if start <= time_s * rate < end]
        if not all(is_black(luma) for luma in inside):
            message = (
                f"The file is black from {start / rate:.2f} to {end / rate:.2f} s, what was approved is not."
            )
            issues.append(_blocker("artifact_black", message, start / rate))
        elif not inside:
            message = f"The file is black from {start / rate:.2f} to {end / rate:.2f} s, between two samples."
            issues.append(Issue("artifact_black", message, Severity.WARNING, start / rate, source="artifact"))
    for start, end in _runs(frames.still, FROZEN_STRETCH_S * rate):
        inside = [luma for time_s, luma in approved if start <= time_s * rate < end]
        if any(similarity(first, second) < _MOVING_SIMILARITY for first, second in pairwise(inside)):
            message = (
                f"The file stands still from {start / rate:.2f} to {end / rate:.2f} s, the approved moves."
            )
            issues.append(_blocker("artifact_frozen", message, start / rate))
    return issues


def _runs(flags: Sequence[bool], shortest: float) -> list[tuple[int, int]]:
    """First index and index after the last of each run of true flags that is not shorter than *shortest*."""
    runs, start = [], None
    for index, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = index
        elif not flag and start is not None:
            if index - start >= shortest:
                runs.append((start, index))
            start = None
    return runs
