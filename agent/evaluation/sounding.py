"""When a composition is sure to be heard: what its footage sounds like, where and how loudly it is played."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.timeline import audible_clips, loudest
from agent.media.analysis.sound import WAVEFORM_PARTS_PER_S
from agent.media.analysis.values import Span

SURE_SHARE = 0.2
"""Of the loudest peak, 14 dB under it. A file is silent 20 dB under its loudness, and no loudness is over the
peaks: gain, encoder and limiter cannot make one of the other.
"""
LEAST_PEAK = 0.01
"""-40 dBFS: where nothing is louder, it is noise that is heard."""

_Envelope = NDArray[np.float64]
"""The peak of each fiftieth of a second, as a share of full scale."""


def sounding_s(summary: CompositionSummary, waveforms: Mapping[str, Sequence[float]], span: Span) -> float:
    """Seconds of *span* in which the composition is sure to be heard, by the *waveforms* of its footage.

    0 where a clip plays something whose waveform is not known: it may be louder than all the rest.
    """
    clips = list(audible_clips(summary))
    if any(clip.asset not in waveforms for clip in clips):
        return 0.0
    peaks, sure = _mixed(summary, clips, waveforms)
    if peaks.max(initial=0.0) < LEAST_PEAK:
        return 0.0
    first, last = (max(0, round(edge_s * WAVEFORM_PARTS_PER_S)) for edge_s in (span.start_s, span.end_s))
    heard = sure[first:last] >= SURE_SHARE * peaks.max()
    return float(heard.sum()) / WAVEFORM_PARTS_PER_S


def _mixed(
    summary: CompositionSummary, clips: Sequence[ClipSummary], waveforms: Mapping[str, Sequence[float]]
) -> tuple[_Envelope, _Envelope]:
    """How loud each moment can be at most, and how loud it is at least, by its loudest clip."""
    count = math.ceil(summary.duration_seconds * WAVEFORM_PARTS_PER_S)
    at_most, at_least = np.zeros(count), np.zeros(count)
    for clip in clips:
        played = _played(clip, np.asarray(waveforms[clip.asset or ""], np.float64), count)
        at_most = np.maximum(at_most, played * (loudest(clip) or 0.0))
        if "volume" not in clip.animated:
            at_least = np.maximum(at_least, _unfaded(clip, played) * (clip.volume or 0.0))
    return at_most, at_least


def _played(clip: ClipSummary, waveform: _Envelope, count: int) -> _Envelope:
    """The waveform where and when the clip plays it, on the composition's time."""
    first, last = _part(clip.start_seconds, count), _part(clip.end_seconds, count)
    start = round((clip.source_start_seconds or 0.0) * WAVEFORM_PARTS_PER_S)
    shown = waveform[start : start + max(0, last - first)]
    played = np.zeros(count)
    played[first : first + len(shown)] = shown
    return played


def _unfaded(clip: ClipSummary, played: _Envelope) -> _Envelope:
    """Without what the clip fades in and out."""
    count = len(played)
    whole = np.zeros(count)
    first = _part(clip.start_seconds + (clip.fade_in_seconds or 0.0), count)
    last = _part(clip.end_seconds - (clip.fade_out_seconds or 0.0), count)
    whole[first:last] = played[first:last]
    return whole


def _part(time_s: float, count: int) -> int:
    return min(count, max(0, round(time_s * WAVEFORM_PARTS_PER_S)))
