"""The one decode of a file: small pictures of all frames, a few full-size stills, loudness and samples."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.domain import MediaInfo
from agent.errors import MediaToolFailed
from agent.evaluation.features import Features, Heard, Still
from agent.evaluation.listening import LEVELS, LOUDNESS, heard
from agent.evaluation.looking import Looking
from agent.media.analysis.scenes import HEIGHT, WIDTH
from agent.media.analysis.sound import SAMPLE_RATE_HZ
from agent.media.ffmpeg import input_args, raw_frames

HIGHEST_RATE, LOWEST_RATE = 60.0, 1.0
VARIABLE_RATE = 30.0
"""At least: a variable rate is often given as a mean that is far under the rate of what moves."""

_CHUNK = 120
_SUMMED = 16
_REPORT_LINES = 200_000
_SAMPLES = "samples.f32"
_BASE_TIMEOUT_S, _TIMEOUT_PER_SECOND = 60.0, 4.0


async def decode(
    path: Path,
    media: MediaInfo,
    moments_s: Sequence[float],
    folder: Path,
    *,
    ignored: NDArray[np.bool_] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Features:
    """Everything that the metrics measure, from one pass over *path*; memory does not grow with the pictures.

    The stills nearest to *moments_s* lie in *folder*, which is the caller's to remove. *ignored*
    (HEIGHT x WIDTH) does not count as movement. *on_progress* gets the seconds that were seen. Raises
    `MediaToolFailed` when nothing can be decoded.
    """
    rate = analysis_rate(media)
    indices = sorted({max(0, math.floor(moment * rate + 1e-3)) for moment in moments_s})
    report: deque[str] = deque(maxlen=_REPORT_LINES)
    arguments = _arguments(path, media, rate, indices, folder)
    looking, chunk, seen = Looking(rate, ignored), [], 0
    limit_s = _BASE_TIMEOUT_S + _TIMEOUT_PER_SECOND * media.duration_s
    async with aclosing(
        raw_frames(arguments, WIDTH * HEIGHT * 3, timeout_s=limit_s, report=report)
    ) as frames:
        async for frame in frames:
            chunk.append(frame)
            seen += 1
            if len(chunk) == _CHUNK:
                await asyncio.to_thread(_look, looking, chunk)
                chunk = []
                if on_progress:
                    on_progress(seen / rate)
    if not seen:
        raise MediaToolFailed(f"No frame of {path.name} can be decoded.")
    if chunk:
        await asyncio.to_thread(_look, looking, chunk)
    return Features(
        media=media,
        duration_s=media.duration_s,
        seen=await asyncio.to_thread(looking.seen),
        heard=await asyncio.to_thread(_heard, report, folder, media),
        stills=_stills(indices, rate, folder),
        faults=tuple(line for line in report if "[error]" in line or "[fatal]" in line),
    )


def analysis_rate(media: MediaInfo) -> float:
    """Frames a second that are looked at."""
    least = VARIABLE_RATE if media.variable_frame_rate else LOWEST_RATE
    return min(HIGHEST_RATE, max(least, media.frame_rate or VARIABLE_RATE))


def _arguments(path: Path, media: MediaInfo, rate: float, indices: Sequence[int], folder: Path) -> list[str]:
    """One graph: the frames split into small ones and stills, the sound into measurements and samples."""
    small = f"[small]scale={WIDTH}:{HEIGHT}:flags=area,format=rgb24[pictures]"
    outputs: list[str] = []
    if indices:
        size = "" if media.square_pixels else f"{media.width}:{media.height}:"
        still = f"scale={size}out_color_matrix=bt601:out_range=full,format=yuvj420p"
        chains = [f"[0:V:0]fps={rate}:start_time=0,split[small][whole]", small]
        chains.append(f"[whole]select='{_one_of(indices)}',{still}[stills]")
        outputs += ["-map", "[stills]", "-fps_mode", "passthrough", "-q:v", "1", "-qmin", "1"]
        outputs += [str(folder / _still_name("%06d"))]
    else:
        chains = [f"[0:V:0]fps={rate}:start_time=0[small]", small]
    if media.audio_codec:
        chains.append(f"[0:a:0]asplit[measured][mono];[measured]{LEVELS},{LOUDNESS}[levels]")
        chains.append(f"[mono]aresample={SAMPLE_RATE_HZ}:async=1:first_pts=0[samples]")
        outputs += ["-map", "[levels]", "-f", "null", "-"]
        outputs += ["-map", "[samples]", "-ac", "1", "-f", "f32le", str(folder / _SAMPLES)]
    return [*input_args(path), "-filter_complex", ";".join(chains), *outputs, "-map", "[pictures]"]


def _one_of(indices: Sequence[int]) -> str:
    """Expression that holds for these frames; a tree, because ffmpeg refuses long sums."""
    if len(indices) <= _SUMMED:
        return "+".join(f"eq(n,{index})" for index in indices)
    half = len(indices) // 2
    return f"if(lt(n,{indices[half]}),{_one_of(indices[:half])},{_one_of(indices[half:])})"


def _look(looking: Looking, chunk: Sequence[bytes]) -> None:
    looking.see(np.frombuffer(b"".join(chunk), np.uint8).reshape(-1, HEIGHT, WIDTH, 3))


def _heard(report: Sequence[str], folder: Path, media: MediaInfo) -> Heard | None:
    if not media.audio_codec:
        return None
    samples = np.fromfile(folder / _SAMPLES, np.float32)
    return heard("\n".join(report), samples, media.duration_s)


def _stills(indices: Sequence[int], rate: float, folder: Path) -> tuple[Still, ...]:
    """Moments after the last frame have no still."""
    named = ((index, folder / _still_name(f"{number:06d}")) for number, index in enumerate(indices, start=1))
    return tuple(Still(round(index / rate, 3), path) for index, path in named if path.exists())


def _still_name(number: str) -> str:
    return f"still-{number}.jpg"
