"""What is wrong for a few frames: clips of a blink, glitches, frames of another shot at a cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.picture_checks import Frame
from agent.critic.sampling import BESIDE_FRAMES
from agent.critic.timeline import TEXT_TYPES, label_of, length_s, shown_at, visible_clips
from agent.domain import Expectation, Issue
from agent.media.similarity import luma_of

BLINK_FRAMES = 4
"""Shorter than this, a clip is a flicker to the eye."""
_GLITCH_S = 0.35
_OTHER_LEVELS = 22.0
_SAME_SHARE = 0.35
_CUT_LEVELS = 30.0
_SMALL_SHARE = 0.02
_GRID = (18, 32)
_USUAL_RATE = 30.0


@dataclass(frozen=True)
class _Look:
    """A frame, coarse enough that grain and letters hardly count."""

    time_s: float
    levels: NDArray[np.float64]


def check_moments(
    frames: Sequence[Frame], summary: CompositionSummary, expectation: Expectation
) -> list[Issue]:
    """Blockers for what only a flash edit would do on purpose."""
    if "quick" in expectation.liberties:
        return []
    frame_rate = _frame_rate(frames)
    looks = [_Look(frame.time_s, _coarse(frame)) for frame in frames]
    return [
        *_blinks(summary, frame_rate),
        *_glitches(looks, summary),
        *_strays(looks, summary, frame_rate),
    ]


def _frame_rate(frames: Sequence[Frame]) -> float:
    """Of the grid that the samples lie on."""
    last = max(frames, key=lambda frame: frame.index, default=None)
    return last.index / last.time_s if last is not None and last.time_s > 0 and last.index else _USUAL_RATE


def _blinks(summary: CompositionSummary, frame_rate: float) -> Iterator[Issue]:
    for clip in visible_clips(summary):
        frames = length_s(clip) * frame_rate
        if clip.type in TEXT_TYPES or not 0.5 <= frames < BLINK_FRAMES or _is_small(clip, summary):
            continue
        yield Issue(
            "blink",
            f"{label_of(clip)} is there for {frames:.0f} frames at {clip.start_seconds:.2f} s: it flickers.",
            time_s=clip.start_seconds,
            suggested_fix="Show it for longer, or leave it out.",
        )


def _glitches(looks: Sequence[_Look], summary: CompositionSummary) -> Iterator[Issue]:
    """Pictures unlike those just before and after, which are alike."""
    for at, look in enumerate(looks):
        before = [other for other in looks[:at] if look.time_s - other.time_s <= _GLITCH_S / 2]
        after = [other for other in looks[at + 1 :] if other.time_s - look.time_s <= _GLITCH_S / 2]
        if not before or not after or _changes(summary, before[0].time_s, after[-1].time_s):
            continue
        apart = min(_difference(look, other) for other in (before[0], after[-1]))
        if apart > _OTHER_LEVELS and _difference(before[0], after[-1]) < _SAME_SHARE * apart:
            yield Issue(
                "glitch",
                f"The picture is another for a moment at {look.time_s:.2f} s, and then as before.",
                time_s=look.time_s,
                suggested_fix="Look at the clips and keyframes of that moment.",
            )


def _strays(looks: Sequence[_Look], summary: CompositionSummary, frame_rate: float) -> Iterator[Issue]:
    """Frames of another shot of the same file at the edge of a clip, left over by a cut a little beside."""
    for clip in visible_clips(summary):
        if clip.type != "VIDEO" or clip.animated or clip.transition or _is_small(clip, summary):
            continue
        inside = [look for look in looks if clip.start_seconds < look.time_s < clip.end_seconds]
        for edge_s in (clip.start_seconds, clip.end_seconds):
            near = [look for look in inside if abs(look.time_s - edge_s) * frame_rate <= BESIDE_FRAMES + 1.5]
            if len(near) < 2 or _changes(summary, near[0].time_s, near[-1].time_s):
                continue
            if _difference(near[0], near[-1]) > _CUT_LEVELS:
                yield Issue(
                    "stray_frames",
                    f"{label_of(clip)} has frames of another shot at {edge_s:.2f} s.",
                    time_s=edge_s,
                    suggested_fix="Move that end of its range by a few frames, to the cut in the file.",
                )


def _changes(summary: CompositionSummary, from_s: float, to_s: float) -> bool:
    """Whether other clips of the picture are there before and after, or one of them fades."""
    before, after = shown_at(summary, from_s), shown_at(summary, to_s)
    return [clip for clip in before if clip.type not in TEXT_TYPES] != [
        clip for clip in after if clip.type not in TEXT_TYPES
    ]


def _is_small(clip: ClipSummary, summary: CompositionSummary) -> bool:
    if clip.box is None:
        return True
    share = clip.box.width * clip.box.height / (summary.width * summary.height)
    return share < _SMALL_SHARE


def _coarse(frame: Frame) -> NDArray[np.float64]:
    luma = luma_of(frame.picture)
    rows, columns = (min(cells, size) for cells, size in zip(_GRID, luma.shape, strict=True))
    height, width = luma.shape[0] // rows * rows, luma.shape[1] // columns * columns
    cells = luma[:height, :width].reshape(rows, height // rows, columns, width // columns)
    return np.asarray(cells.mean(axis=(1, 3)), dtype=np.float64)


def _difference(first: _Look, second: _Look) -> float:
    return float(np.abs(first.levels - second.levels).mean())
