"""Black, empty and frozen stretches in the samples that the program does not declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from agent.browser.protocol import CompositionSummary
from agent.critic.timeline import FOOTAGE_TYPES, TEXT_TYPES, is_fading, shown_at
from agent.domain import Expectation, Issue, Severity
from agent.media.similarity import Picture, is_black, luma_of

STRETCH_S = 1.0
"""Footage has black frames of its own at cuts and ends; one second of them is a fault of the edit."""
FROZEN_S = 2.0
_APART_S = 0.45
_UNIFORM_LEVELS = 2.5
_BRIGHT_LEVEL = 0.4 * 255
_BRIGHT_SHARE = 0.0005
_EQUAL_LEVELS = 0.3
_CHANGED_LEVELS = 4.0
_BLOCK, _FLAT_LEVELS, _FLAT_SHARE = 8, 0.6, 0.25
_CAMERA_SHARE = 0.2
"""Most of what a camera takes changes a little all the time; most of a recorded screen does not."""


@dataclass(frozen=True)
class Frame:
    """A decoded sample."""

    time_s: float
    picture: Picture
    index: int = 0


def check_pictures(
    frames: Sequence[Frame], summary: CompositionSummary, expectation: Expectation
) -> list[Issue]:
    """Issues of what the samples show, apart from texts."""
    stands_still = () if "still" in expectation.liberties else _frozen(_apart(frames), summary)
    return [
        *_stretches(frames, summary, "black_frame", "black", _is_dark),
        *_stretches(frames, summary, "empty_frame", "one plain colour", _is_uniform),
        *stands_still,
    ]


def _stretches(
    frames: Sequence[Frame],
    summary: CompositionSummary,
    code: str,
    looks: str,
    is_bad: Callable[[Frame, CompositionSummary], bool],
) -> Iterator[Issue]:
    for bad, run in groupby(frames, lambda frame: is_bad(frame, summary)):
        if not bad:
            continue
        times = [frame.time_s for frame in run]
        everything = len(times) == len(frames)
        footage = any(clip.type in FOOTAGE_TYPES for time_s in times for clip in shown_at(summary, time_s))
        blocking = footage and (everything or times[-1] - times[0] >= STRETCH_S)
        yield Issue(
            code,
            f"The picture is {looks} from {times[0]:.2f} to {times[-1]:.2f} s, no fade is declared there.",
            Severity.BLOCKER if blocking else Severity.WARNING,
            times[0],
            "See that footage is shown there: its layer on top, its range in the file, its opacity over 0.",
        )


def _is_dark(frame: Frame, summary: CompositionSummary) -> bool:
    luma = luma_of(frame.picture)
    if not is_black(luma) or not _is_expected_to_show(frame, summary):
        return False
    # White letters on black are a title card.
    bright = float(np.mean(luma > _BRIGHT_LEVEL)) >= _BRIGHT_SHARE
    return not (bright and any(clip.type in TEXT_TYPES for clip in shown_at(summary, frame.time_s)))


def _is_uniform(frame: Frame, summary: CompositionSummary) -> bool:
    return (
        _spread(frame) < _UNIFORM_LEVELS
        and not is_black(luma_of(frame.picture))
        and _is_expected_to_show(frame, summary)
    )


def _is_expected_to_show(frame: Frame, summary: CompositionSummary) -> bool:
    """A gap is an issue of its own, and a declared fade is none."""
    return bool(shown_at(summary, frame.time_s)) and not is_fading(summary, frame.time_s)


def _apart(frames: Sequence[Frame]) -> list[Frame]:
    """Samples with time between them to change; those about a cut are a frame apart."""
    chosen: list[Frame] = []
    for frame in frames:
        if not chosen or frame.time_s - chosen[-1].time_s >= _APART_S:
            chosen.append(frame)
    return chosen


def _frozen(frames: Sequence[Frame], summary: CompositionSummary) -> Iterator[Issue]:
    """Stretches of equal samples under a playing video; a blocker where the footage moves elsewhere."""
    pairs = [pair for pair in pairwise(frames) if _one_video_plays(pair, summary)]
    camera = [_changed_share(*pair) > _CAMERA_SHARE for pair in pairs if not _equal(*pair)]
    moves = len(camera) > 0 and sum(camera) * 2 > len(camera)
    for equal, run in groupby(pairs, lambda pair: _equal(*pair)):
        stretch = list(run)
        start_s, end_s = stretch[0][0].time_s, stretch[-1][1].time_s
        if not equal or end_s - start_s < FROZEN_S:
            continue
        yield Issue(
            "frozen_frames",
            f"The picture stands still from {start_s:.2f} to {end_s:.2f} s while a video plays.",
            Severity.BLOCKER if moves or _is_filmed(stretch[0][0]) else Severity.WARNING,
            start_s,
            f"End the clip at {start_s:.2f} s, or use another range of the footage.",
        )


def _one_video_plays(pair: tuple[Frame, Frame], summary: CompositionSummary) -> bool:
    first, second = ({id(clip) for clip in shown_at(summary, f.time_s) if clip.type == "VIDEO"} for f in pair)
    return bool(first & second)


def _equal(first: Frame, second: Frame) -> bool:
    """Whether two pictures are one; plain ones are issues of their own."""
    return float(_differences(first, second).mean()) < _EQUAL_LEVELS and _spread(first) >= _UNIFORM_LEVELS


def _is_filmed(frame: Frame) -> bool:
    """Whether hardly any of the picture is flat, as of a camera and unlike a recorded screen."""
    luma = luma_of(frame.picture)
    height, width = (size // _BLOCK * _BLOCK for size in luma.shape)
    blocks = luma[:height, :width].reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    return float(np.mean(blocks.std(axis=(1, 3)) < _FLAT_LEVELS)) < _FLAT_SHARE


def _spread(frame: Frame) -> float:
    return float(frame.picture.reshape(-1, 3).std(axis=0).max())


def _changed_share(first: Frame, second: Frame) -> float:
    return float(np.mean(_differences(first, second) > _CHANGED_LEVELS))


def _differences(first: Frame, second: Frame) -> Picture:
    wide = np.int16
    return np.abs(first.picture.astype(wide) - second.picture.astype(wide)).astype(np.uint8)
