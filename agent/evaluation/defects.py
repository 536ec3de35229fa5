"""Stretches of a file that nothing declares: black, standing still, silent; and light that flickers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from agent.evaluation.declared import Declared, uncovered_s
from agent.evaluation.features import Curve, Heard, Seen
from agent.media.analysis.values import Span

LONGEST_FADE_S = 1.0
"""Up to this, darkness that comes or goes by degrees is a fade, whoever made the file."""
SHORTEST_FREEZE_S = 0.9
"""A tenth less than what blocks, for a run whose last frame the encoder changed."""

_SLACK_S = 0.1
_SOUND_SLACK_S = 0.3
_RAMP_S = 0.5
_LARGEST_STEP = 0.5
_LEAST_RISE = 0.05
_FLICKER_S = 1.0
_SMOOTHED_S = 0.25
_FEWEST_FRAMES = 12


def black_spans(seen: Seen, declared: Declared) -> tuple[Span, ...]:
    """Black from one frame on that is neither declared nor a fade."""
    spans = _undeclared(seen.black, (*declared.fades, *declared.dark), _SLACK_S, 0.5 / seen.rate)
    return tuple(span for span in spans if not _is_fade(seen, span))


def frozen_spans(seen: Seen, declared: Declared) -> tuple[Span, ...]:
    """Stretches of nearly a second and more in which the picture stands and no still is declared."""
    excused = (*declared.stills, *declared.dark, *seen.black)
    return tuple(_undeclared(seen.frozen, excused, _SLACK_S, SHORTEST_FREEZE_S))


def silent_spans(heard: Heard, declared: Declared, longest_s: float) -> tuple[Span, ...]:
    """Silences longer than *longest_s* that no pause of the composition declares."""
    return tuple(_undeclared(heard.silences, declared.pauses, _SOUND_SLACK_S, longest_s))


def drop_outs(heard: Heard, declared: Declared) -> tuple[Span, ...]:
    """Those that no pause of the composition declares."""
    return tuple(_undeclared(heard.drop_outs, declared.pauses, _SOUND_SLACK_S, 0.0))


def worst_flicker(seen: Seen) -> tuple[float, float]:
    """How far the light swings from its mean in the worst second of a shot, 0 to 1, and when that begins.

    The brightening of the typical place, summed up, less its mean over a quarter of a second: the
    median of its size. Movement, a cut and a single flash leave the median as it is.
    """
    edges = [0, *(round(cut * seen.rate) for cut in seen.cuts_s), seen.frame_count]
    light = np.cumsum(np.where(seen.dark, 0.0, seen.brightening))
    worst, at_s = 0.0, 0.0
    for first, last in pairwise(edges):
        swings = _swings(light[first + 1 : last - 1], seen.rate)
        if len(swings) and swings.max() > worst:
            worst, at_s = float(swings.max()), (first + 1 + int(swings.argmax())) / seen.rate
    return worst, at_s


def _swings(light: Curve, rate: float) -> Curve:
    """Of each second that begins at a frame of one shot; empty for a shot of a few frames."""
    if len(light) < _FEWEST_FRAMES:
        return np.zeros(0)
    smoothed_over = max(3, round(_SMOOTHED_S * rate)) | 1
    padded = np.pad(light, smoothed_over // 2, mode="reflect", reflect_type="odd")
    fast = light - np.convolve(padded, np.full(smoothed_over, 1 / smoothed_over), "valid")
    window = min(len(fast), round(_FLICKER_S * rate))
    return np.asarray(np.median(np.abs(np.lib.stride_tricks.sliding_window_view(fast, window)), axis=1))


def _undeclared(
    spans: Sequence[Span], excused: Sequence[Span], slack_s: float, longer_than_s: float
) -> Iterator[Span]:
    return (span for span in spans if uncovered_s(span, excused, slack_s) > longer_than_s)


def _is_fade(seen: Seen, span: Span) -> bool:
    """Short darkness with a ramp at each end that is not an end of the file."""
    if span.duration_s > LONGEST_FADE_S:
        return False
    first, last = round(span.start_s * seen.rate), round(span.end_s * seen.rate)
    reach = max(3, round(_RAMP_S * seen.rate))
    before, after = seen.luma[max(0, first - reach) : first + 1], seen.luma[last - 1 : last + reach]
    return (first == 0 or _ramps(before[::-1])) and (last >= seen.frame_count or _ramps(after))


def _ramps(luma: Curve) -> bool:
    """Whether it rises, and by degrees."""
    rise = float(luma.max() - luma[0])
    return rise > _LEAST_RISE and float(np.diff(luma).max()) <= _LARGEST_STEP * rise
