"""Brings sound to a loudness that a platform expects, and measures what the encoder made of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent.domain import Loudness, LoudnessTarget
from agent.errors import BadInput
from agent.media.analysis.sound import SILENT_LUFS, loudness_of
from agent.media.ffmpeg import ProgressCallback, input_args, run_ffmpeg

PROFILES = {
    "web": LoudnessTarget(-14.0, -1.0),
    "podcast": LoudnessTarget(-16.0, -1.0),
    "broadcast": LoudnessTarget(-23.0, -1.0),
    "broadcast-us": LoudnessTarget(-24.0, -2.0),
}
"""Web: usual for social platforms, no standard. Podcast: AES TD1008 for speech, rounded up as the platforms
do. Broadcast: EBU R 128. Broadcast-us: ATSC A/85.
"""
TOLERANCE_LU = 1.0
"""What EBU R 128 allows where a level cannot be met exactly."""

QUIETEST_LUFS, LOUDEST_LUFS = -60.0, -5.0

_STATED = re.compile(r"^// loudness: ([+-]\d+(?:\.\d+)?) (LUFS|LU)$", re.MULTILINE)
_MOST_GAIN_DB = 30.0
"""More would make the noise of an almost silent recording the loudest thing in it."""
_MARGIN_DB = 1.0
"""Encoders overshoot: a limiter at -2 dB was measured to come out at -0.7 dBTP."""
_NEAR_LU = 0.5
_TRIES = 4
_OVERSAMPLED_HZ = 192_000
_BASE_TIMEOUT_S, _TIMEOUT_PER_SECOND = 60.0, 1.0


def loudness_target(text: str) -> LoudnessTarget | None:
    """The target that a profile's name or a figure in LUFS means; None for `off`. Raises `BadInput`."""
    if text in PROFILES:
        return PROFILES[text]
    if text == "off":
        return None
    try:
        level = float(text.lower().removesuffix("lufs"))
    except ValueError:
        level = 0.0
    if not QUIETEST_LUFS <= level <= LOUDEST_LUFS:  # false for nan, too
        raise BadInput(
            f"Expected a loudness of {', '.join(PROFILES)}, off, or a figure such as -18; found {text!r}.",
            hint="Leave it out for -14 LUFS, the usual level of the web.",
        )
    return LoudnessTarget(level, -1.0)


def stated_loudness(program: str, usual: LoudnessTarget | None) -> LoudnessTarget | None:
    """The target in a program's line `// loudness: -16 LUFS` or, over *usual*, `// loudness: +3 LU`.

    Without such a line it is *usual*. Where that is off, LU count from the loudness of the web.
    """
    found = _STATED.search(program)
    if found is None:
        return usual
    base = usual or PROFILES["web"]
    level = float(found[1]) + (base.integrated_lufs if found[2] == "LU" else 0.0)
    return replace(base, integrated_lufs=min(max(level, QUIETEST_LUFS), LOUDEST_LUFS))


async def encode_at(
    source: Path,
    output: Path,
    target: LoudnessTarget,
    encoding: Sequence[str],
    duration_s: float,
    *,
    on_progress: ProgressCallback | None = None,
) -> Loudness:
    """Writes the first sound of *source* by *encoding* to *output*; returns the loudness measured there.

    One gain for the whole, and a limiter only where peaks would exceed the target's; encoded again until the
    file is within half a LU and its true peak within the target, at most four times. What is silent, or so
    soft that over 30 dB were needed, keeps its distance. Raises `MediaToolFailed`.
    """
    found = await loudness_of(source, duration_s)
    gain_db = (
        0.0
        if found.integrated_lufs <= SILENT_LUFS
        else _bounded(target.integrated_lufs - found.integrated_lufs)
    )
    ceiling_db = target.true_peak_dbtp - _MARGIN_DB
    for _ in range(_TRIES):
        filters = _filters(gain_db, ceiling_db, limited=found.true_peak_dbtp + gain_db > ceiling_db)
        arguments = [*input_args(source), "-map", "0:a:0", "-vn", "-af", filters, *encoding, str(output)]
        limit_s = _BASE_TIMEOUT_S + _TIMEOUT_PER_SECOND * duration_s
        await run_ffmpeg(arguments, timeout_s=limit_s, on_progress=on_progress)
        made = await loudness_of(output, duration_s)
        short_lu = target.integrated_lufs - made.integrated_lufs
        over_db = made.true_peak_dbtp - target.true_peak_dbtp
        wanted_db = _bounded(gain_db + short_lu)
        silent = made.integrated_lufs <= SILENT_LUFS
        if silent or (over_db <= 0 and (abs(short_lu) <= _NEAR_LU or wanted_db == gain_db)):
            break
        gain_db = wanted_db
        ceiling_db -= max(0.0, over_db)
    return made


def _bounded(gain_db: float) -> float:
    return min(gain_db, _MOST_GAIN_DB)


def _filters(gain_db: float, ceiling_db: float, *, limited: bool) -> str:
    """The limiter sees peaks between samples because it works on four times as many."""
    gain = f"volume={gain_db:.2f}dB"
    if not limited:
        return gain
    ceiling = 10 ** (ceiling_db / 20)
    limiter = f"alimiter=limit={ceiling:.4f}:attack=5:release=80:level=false"
    return f"{gain},aresample={_OVERSAMPLED_HZ},{limiter},aresample=48000"
