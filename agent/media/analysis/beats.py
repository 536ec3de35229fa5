"""Where the beats of music are, and whether there is a beat at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.media.analysis.sound import SAMPLE_RATE_HZ, Samples
from agent.media.analysis.values import Beats

LEAST_STRENGTH = 0.40
MOST_VARIATION = 0.06
"""Measured: music 0.73-0.86 and 0.006-0.018, with noise as loud 0.45 and 0.025; speech 0.19 and 0.10."""

Curve = NDArray[np.float64]

_HOP = 220
_FRAME_RATE_HZ = SAMPLE_RATE_HZ / _HOP
_SHORTEST_S = 4.0
_WINDOW = 1024
_BANDS = 40
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 10_000.0
_SLOWEST_BPM, _FASTEST_BPM = 50.0, 220.0
_USUAL_BPM, _OCTAVES = 120.0, 0.9
_TIGHTNESS = 100.0
_BIAS_S = 0.010
"""Found beats are this much early, measured on music of known beats."""
_AUDIBLE = 0.01
_BATCH = 2000


def find_beats(samples: Samples) -> Beats | None:
    """The beats, or None where nothing repeats steadily enough to be one.

    Onsets by the spectral flux of a mel spectrogram, tempo by autocorrelation with a preference for 120 a
    minute, times by the dynamic programming of Ellis, *Beat Tracking by Dynamic Programming* (2007). Music
    under 90 a minute is often taken at double tempo.
    """
    if len(samples) < _SHORTEST_S * SAMPLE_RATE_HZ or not samples.any():
        return None
    onsets = _onsets(samples)
    tempo = _tempo(onsets)
    frames = _best_path(_smoothed(onsets, tempo.period), tempo.period)
    intervals = np.diff(frames) / _FRAME_RATE_HZ
    if len(intervals) < 4:
        return None
    variation = float(intervals.std() / intervals.mean())
    if tempo.strength < LEAST_STRENGTH or variation > MOST_VARIATION:
        return None
    times = tuple(round(float(frame) / _FRAME_RATE_HZ + _BIAS_S, 3) for frame in frames)
    return Beats(times, round(60 / float(intervals.mean()), 1), round(tempo.strength, 2), round(variation, 3))


@dataclass(frozen=True)
class _Tempo:
    period: float
    """In frames of the onset curve."""
    strength: float


def _onsets(samples: Samples) -> Curve:
    """How much louder the bands of the spectrum have become, 100 times a second, in standard deviations."""
    padded = np.pad(samples, (_WINDOW // 2, _WINDOW // 2))
    count = 1 + (len(padded) - _WINDOW) // _HOP
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count]
    levels = np.concatenate(
        [_band_levels(windows[first : first + _BATCH]) for first in range(0, count, _BATCH)]
    )
    levels = np.maximum(levels, levels.max() - 80)
    rises = np.maximum(0, np.diff(levels, axis=0, prepend=levels[:1])).mean(axis=1)
    softened = np.convolve(rises, _normed(np.hanning(5)), "same")
    above = np.maximum(0, softened - np.convolve(softened, np.full(100, 0.01), "same"))
    return np.asarray(above / (above.std() + 1e-9))


def _band_levels(windows: Samples) -> Curve:
    """Decibels of each mel band: (window, band)."""
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), axis=1)) ** 2
    return np.asarray(10 * np.log10(np.maximum(spectrum @ _mel_bands().T, 1e-10)))


def _mel_bands() -> Curve:
    """Triangles that are equally wide on the mel scale: (band, frequency)."""
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE_HZ)
    lowest, highest = _mel(_LOWEST_HZ), _mel(min(_HIGHEST_HZ, SAMPLE_RATE_HZ / 2))
    edges = 700 * (10 ** (np.linspace(lowest, highest, _BANDS + 2) / 2595) - 1)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (frequencies - left) / (centre - left), (right - frequencies) / (right - centre)
    return np.asarray(np.clip(np.minimum(rising, falling), 0, 1))


def _mel(frequency_hz: float) -> float:
    return float(2595 * np.log10(1 + frequency_hz / 700))


def _tempo(onsets: Curve) -> _Tempo:
    """The period at which the onsets repeat, and how well they do."""
    count = len(onsets)
    power = np.abs(np.fft.rfft(onsets, 2 * count)) ** 2
    repeats = np.fft.irfft(power)[:count]
    repeats /= repeats[0]
    lags = np.arange(1, count)
    bpm = 60 * _FRAME_RATE_HZ / lags
    preference = np.exp(-0.5 * (np.log2(bpm / _USUAL_BPM) / _OCTAVES) ** 2)
    # The support of the double period lets the beat win over its half.
    doubled = np.interp(2 * lags, np.arange(count), repeats, right=0)
    scores = np.where(
        (bpm >= _SLOWEST_BPM) & (bpm <= _FASTEST_BPM), (repeats[1:] + 0.5 * doubled) * preference, -1
    )
    lag = int(lags[scores.argmax()])
    return _Tempo(_peak_near(repeats, lag), float(repeats[lag]))


def _peak_near(curve: Curve, index: int) -> float:
    """The top of the parabola through a maximum and its neighbours."""
    if not 1 < index < len(curve) - 1:
        return float(index)
    before, here, after = curve[index - 1 : index + 2]
    return float(index + 0.5 * (before - after) / (before - 2 * here + after + 1e-12))


def _smoothed(onsets: Curve, period: float) -> Curve:
    reach = np.arange(-round(period), round(period) + 1)
    return np.convolve(onsets, np.exp(-0.5 * (32 * reach / period) ** 2), "same")


def _best_path(onsets: Curve, period: float) -> NDArray[np.int64]:
    """Frames of the beats: as much onset as possible at intervals as near to *period* as possible."""
    steps = np.arange(-int(2 * period), -int(period / 2) + 1)
    penalties = -_TIGHTNESS * np.log(-steps / period) ** 2
    before = np.full(len(onsets), -1)
    scores = onsets.copy()
    started = False
    for frame in range(len(onsets)):
        reachable = steps >= -frame
        if not reachable.any():
            continue
        values = penalties[reachable] + scores[frame + steps[reachable]]
        best = int(values.argmax())
        scores[frame] = onsets[frame] + values[best]
        started = started or bool(onsets[frame] >= _AUDIBLE * onsets.max())
        before[frame] = frame + steps[reachable][best] if started else -1
    last_period = scores[-int(period) - 1 :]
    path = [len(onsets) - len(last_period) + int(last_period.argmax())]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return _without_silent_ends(np.array(path[::-1]), onsets)


def _without_silent_ends(path: NDArray[np.int64], onsets: Curve) -> NDArray[np.int64]:
    heard = onsets[path]
    audible = np.flatnonzero(heard > 0.5 * np.sqrt(np.mean(heard**2)))
    return path[audible[0] : audible[-1] + 1] if len(audible) else path


def _normed(window: Curve) -> Curve:
    return np.asarray(window / window.sum())
