"""How loud a file is, where it is silent, and the samples that beats and a waveform are made of."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.domain import Loudness
from agent.errors import MediaToolFailed
from agent.media.analysis.values import Span
from agent.media.ffmpeg import ffmpeg_output, ffmpeg_report, input_args

SAMPLE_RATE_HZ = 22_050
WAVEFORM_PARTS_PER_S = 50
SHORTEST_SILENCE_S = 0.3

Samples = NDArray[np.float32]
"""Mono, -1 to 1."""

_BELOW_SPEECH_DB = 20.0
_QUIETEST_DB, _LOUDEST_DB = -60.0, -30.0
SILENT_LUFS = -70.0
"""The absolute gate of EBU R 128: a file that reports this has no sound to speak of."""
_SLOWEST = 0.2
_FROM_START = "aresample=async=1:first_pts=0"
"""Silence where the sound begins later than the file, or has a hole."""

_FIGURE = r"(-?(?:\d+\.?\d*|inf))"
_SUMMARY = re.compile(
    rf"Summary:.*?I:\s+{_FIGURE} LUFS.*?LRA:\s+{_FIGURE} LU.*?Peak:\s+{_FIGURE} dBFS", re.DOTALL
)
_SILENCE = re.compile(r"silence_(start|end): (-?\d+\.?\d*)")


async def loudness_of(path: Path, duration_s: float) -> Loudness:
    """By ffmpeg's `ebur128`, over the first sound of the file. Raises `MediaToolFailed`."""
    return loudness_in(await _filtered(path, "ebur128=peak=true:framelog=verbose", duration_s))


def loudness_in(report: str) -> Loudness:
    """From the summary that `ebur128` ends with. Raises `MediaToolFailed` where there is none."""
    # A graph that is set up anew when the first frame comes leaves an empty summary before the real one.
    found = _SUMMARY.search(report, max(0, report.rfind("Summary:")))
    if found is None:
        raise MediaToolFailed("ffmpeg measured no loudness.")
    integrated, spread, peak = (_decibels(figure) for figure in found.groups())
    return Loudness(integrated, spread, peak)


async def silences_of(path: Path, loudness: Loudness, duration_s: float) -> tuple[Span, ...]:
    """Stretches of at least 0.3 s that stay 20 dB under the file's own loudness, by ffmpeg's `silencedetect`.

    The threshold keeps between -60 and -30 dB, so that the noise of a room is silence in a loud file and a
    quiet voice is none in a soft one. A file with no sound to speak of is one silence; so is what
    comes before and after a sound that is shorter than the file.
    """
    if loudness.integrated_lufs <= SILENT_LUFS:
        return (Span(0.0, duration_s),)
    threshold_db = silence_threshold_db(loudness)
    detect = f"silencedetect=noise={threshold_db}dB:d={SHORTEST_SILENCE_S}"
    whole = f"{_FROM_START},apad=whole_dur={duration_s:.3f},{detect}"
    report = await _filtered(path, whole, duration_s)
    return _spans(report, duration_s)


def silence_threshold_db(loudness: Loudness) -> float:
    """The level under which a file of this loudness is silent."""
    return min(_LOUDEST_DB, max(_QUIETEST_DB, loudness.integrated_lufs - _BELOW_SPEECH_DB))


async def samples_of(path: Path, duration_s: float, rate_hz: int = SAMPLE_RATE_HZ) -> Samples:
    """The first sound of the file as mono samples, from the file's own start. Raises `MediaToolFailed`."""
    arguments = [
        *input_args(path),
        "-map",
        "0:a:0",
        "-vn",
        "-af",
        _FROM_START,
        "-ac",
        "1",
    ]
    arguments += ["-ar", str(rate_hz), "-f", "f32le", "pipe:1"]
    raw = await ffmpeg_output(arguments, timeout_s=_limit_s(duration_s))
    return np.frombuffer(raw, np.float32)


def waveform(samples: Samples) -> tuple[float, ...]:
    """The peak of each fiftieth of a second."""
    part = SAMPLE_RATE_HZ // WAVEFORM_PARTS_PER_S
    whole = samples[: len(samples) // part * part].reshape(-1, part)
    return tuple(round(float(peak), 3) for peak in np.abs(whole).max(axis=1, initial=0.0))


async def _filtered(path: Path, audio_filter: str, duration_s: float) -> str:
    arguments = [*input_args(path), "-map", "0:a:0", "-vn", "-af", audio_filter, "-f", "null", "-"]
    return await ffmpeg_report(arguments, timeout_s=_limit_s(duration_s))


def _limit_s(duration_s: float) -> float:
    return 60 + _SLOWEST * duration_s


def _spans(report: str, duration_s: float) -> tuple[Span, ...]:
    """From lines `silence_start: 1.2` and `silence_end: 3.4`; the last may be open until the end."""
    spans: list[Span] = []
    start: float | None = None
    for what, figure in _SILENCE.findall(report):
        if what == "start":
            start = max(0.0, float(figure))
        elif start is not None:
            spans.append(Span(round(start, 3), round(min(float(figure), duration_s), 3)))
            start = None
    if start is not None and duration_s - start >= SHORTEST_SILENCE_S:
        spans.append(Span(round(start, 3), round(duration_s, 3)))
    return tuple(spans)


def _decibels(figure: str) -> float:
    """No sound at all is `-inf` to ffmpeg."""
    return SILENT_LUFS if figure.endswith("inf") or figure == "nan" else float(figure)
