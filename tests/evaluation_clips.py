"""Good clips and damaged ones to evaluate, 640x360, made once by ffmpeg and kept by digest of recipe."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tests.media import BUNNY, X264, made_by_ffmpeg
from tests.music import music_file

SECONDS = 12
SIZE = (640, 360)
RATE = 30
BPM = 120
ON_THE_BEAT = (2.0, 4.0, 6.0, 8.0, 10.0)
"""Cuts that fall on beats of the music."""
AAC = ("-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2")

_AT_MINUS_14_LUFS = "volume={gain}dB,alimiter=limit=0.7:level=false"
_ENCODED = (*X264, "-r", str(RATE))
_BUNNY_SHOTS = ((0.0, ""), (2.6, "hflip,"), (1.2, "crop=iw*0.7:ih*0.7:0:0,"))
_FRACTALS = ((-0.7436, -0.1318), (-0.5610, -0.6400), (-1.2560, -0.3800))


def good(
    seconds: float = SECONDS, *, size: tuple[int, int] = SIZE, cuts_s: Sequence[float] = ON_THE_BEAT
) -> Path:
    """Hard cuts between moving pictures at *cuts_s*, music at -14 LUFS whose beats are each half second."""
    edges = [0.0, *cuts_s, seconds]
    shots = [_shot(number, end - start, size) for number, (start, end) in enumerate(pairwise(edges))]
    inputs = [argument for source, _ in shots for argument in source]
    chains = [f"[{number}:v]{chain}[v{number}]" for number, (_, chain) in enumerate(shots)]
    joined = "".join(f"[v{number}]" for number in range(len(shots))) + f"concat=n={len(shots)}[v]"
    sound = f"[{len(shots)}:a]{_AT_MINUS_14_LUFS.format(gain=6.6)}[a]"
    return made_by_ffmpeg(
        *inputs, "-i", str(music_file(BPM, seconds)), "-filter_complex", ";".join([*chains, joined, sound]),
        "-map", "[v]", "-map", "[a]", "-t", f"{seconds:g}", *_ENCODED, *AAC, suffix=".mp4",
    )  # fmt: skip


def with_picture(filters: str, *, source: Path | None = None, encoding: Sequence[str] = _ENCODED) -> Path:
    """*source* (the good clip) with *filters* over its picture; the sound is the same."""
    return made_by_ffmpeg(
        "-i", str(source or good()), "-vf", filters, *encoding, "-c:a", "copy", suffix=".mp4"
    )  # fmt: skip


def with_sound(filters: str, *, source: Path | None = None) -> Path:
    """*source* (the good clip) with *filters* over its sound; the picture is the same."""
    return made_by_ffmpeg(
        "-i", str(source or good()), "-c:v", "copy", "-af", filters, *AAC, suffix=".mp4"
    )  # fmt: skip


def with_overlay(image: Path, placing: str, *, prepared: str = "null", source: Path | None = None) -> Path:
    """*source* (the good clip) with *image*, after the filters *prepared*, laid over it at *placing*."""
    graph = f"[1:v]{prepared}[image];[0:v][image]overlay={placing}"
    return made_by_ffmpeg(
        "-i", str(source or good()), "-i", str(image), "-filter_complex", graph,
        *_ENCODED, "-c:a", "copy", suffix=".mp4",
    )  # fmt: skip


def without_sound(source: Path | None = None) -> Path:
    """The picture of *source* (the good clip) alone."""
    return made_by_ffmpeg("-i", str(source or good()), "-c:v", "copy", "-an", suffix=".mp4")


def _shot(number: int, seconds: float, size: tuple[int, int]) -> tuple[list[str], str]:
    """Input and filters of a shot unlike the others: by turns a cartoon and a fractal."""
    frames = round(seconds * RATE)
    fitted = (
        f"fps={RATE},scale={size[0]}:{size[1]}:force_original_aspect_ratio=increase,crop={size[0]}:{size[1]},"
        f"setsar=1,trim=end_frame={frames},setpts=PTS-STARTPTS,format=yuv420p"
    )
    turn = number // 2 % 3
    if number % 2 == 0:
        start_s, filters = _BUNNY_SHOTS[turn]
        return ["-stream_loop", "-1", "-ss", f"{start_s}", "-i", str(BUNNY)], f"{filters}{fitted}"
    x, y = _FRACTALS[turn]
    fractal = (
        f"mandelbrot=size={size[0]}x{size[1]}:rate={RATE}:start_x={x}:start_y={y}:start_scale=0.6:end_pts=300"
    )
    return ["-f", "lavfi", "-i", fractal], fitted
