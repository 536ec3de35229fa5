"""When to look: once a second, and where a composition is most likely to be wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.timeline import TEXT_TYPES, visible_clips

SAMPLES_PER_SECOND = 1.0
EXTRA_FRAMES = 96
"""Most frames beside the regular ones; drawing and judging one takes about 30 ms."""
_ROUNDING_S = 1e-3
"""Summaries have milliseconds."""
BESIDE_FRAMES = 4
"""So far from a cut the picture is the clip's own again: a defect of three frames lies between."""


def sampling_times(summary: CompositionSummary, frame_rate: float) -> tuple[float, ...]:
    """The regular times of the whole composition and the interesting ones among them, in order."""
    regular = math.ceil(summary.duration_seconds * SAMPLES_PER_SECOND)
    times = {index / SAMPLES_PER_SECOND for index in range(max(1, regular))}
    return tuple(sorted(times | set(interesting_times(summary, frame_rate, EXTRA_FRAMES))))


def interesting_times(summary: CompositionSummary, frame_rate: float, budget: int) -> tuple[float, ...]:
    """At most *budget* times on frames of the composition, in order.

    Cuts, middles of texts and keyframes of the picture come first, with the last frame before them; then the
    middles of captions and transitions; then what is a little beside the cuts. A group for which the budget
    is too small is thinned evenly.
    """
    last = max(0, math.floor(summary.duration_seconds * frame_rate) - 1)
    chosen: set[int] = set()
    for group in (_first(summary), _second(summary), _third(summary, frame_rate)):
        indexes = {_frame_at(time_s, frame_rate) + beside for time_s, beside in group}
        wanted = sorted(index for index in indexes - chosen if 0 <= index <= last)
        chosen.update(_thinned(wanted, budget - len(chosen)))
    return tuple(index / frame_rate for index in sorted(chosen))


def _first(summary: CompositionSummary) -> Iterator[tuple[float, int]]:
    """Times, and how many frames beside them."""
    for clip in visible_clips(summary):
        for time_s in (clip.start_seconds, clip.end_seconds):
            yield from ((time_s, -1), (time_s, 0))
        if clip.type in TEXT_TYPES:
            yield (clip.start_seconds + clip.end_seconds) / 2, 0
        for time_s in _key_times(clip):
            yield from ((time_s, -1), (time_s, 0))


def _second(summary: CompositionSummary) -> Iterator[tuple[float, int]]:
    for clip in visible_clips(summary):
        yield from (((cue.start_seconds + cue.end_seconds) / 2, 0) for cue in clip.cues)
        if clip.transition is not None:
            half_s = (clip.transition_seconds or 1.0) / 2
            yield from ((clip.end_seconds + shift * half_s, 0) for shift in (-1, -0.5, 0.5, 1))
        yield from (((first + second) / 2, 0) for first, second in _ramps(clip))


def _third(summary: CompositionSummary, frame_rate: float) -> Iterator[tuple[float, int]]:
    for clip in visible_clips(summary):
        frames = (clip.end_seconds - clip.start_seconds) * frame_rate
        if clip.type not in TEXT_TYPES and frames > BESIDE_FRAMES:
            yield clip.start_seconds, BESIDE_FRAMES
            yield clip.end_seconds, -1 - BESIDE_FRAMES


def _key_times(clip: ClipSummary) -> Iterable[float]:
    return {time_s for keyframes in clip.keyframes for time_s in keyframes.seconds}


def _ramps(clip: ClipSummary) -> Iterator[tuple[float, float]]:
    """From keyframe to keyframe of the opacity: a fade is held against its middle."""
    for keyframes in clip.keyframes:
        if keyframes.key == "opacity":
            yield from zip(keyframes.seconds, keyframes.seconds[1:], strict=False)


def _frame_at(time_s: float, frame_rate: float) -> int:
    """The first frame that shows what begins then."""
    return math.ceil((time_s - _ROUNDING_S) * frame_rate)


def _thinned(indexes: list[int], count: int) -> list[int]:
    if len(indexes) <= count:
        return indexes
    return [indexes[round(at * (len(indexes) - 1) / (count - 1))] for at in range(count)] if count > 1 else []
