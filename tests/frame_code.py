"""Footage whose frames carry their number as sixteen black and white blocks, and the reader of it."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from agent.media.similarity import Luma, luma_of, similarity
from agent.media.watermark import mark_region
from tests.media import X264, made_by_ffmpeg, tone_source

WIDTH, HEIGHT = 640, 360
_BITS = 16
_LIMIT_S = 60
_REC_709 = "scale=out_color_matrix=bt709,format=yuv420p"
"""Of what has no label, ffmpeg makes something else than browsers see in it."""
_BLACK, _WHITE = 64, 192


def coded_video(
    seconds: float = 5,
    *,
    rate: str = "30",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    colour: str | None = None,
    sound: Sequence[str] | None = None,
) -> Path:
    """H.264 and AAC; the lowest fifth of each frame is its number, highest bit first.

    Above it something moves, or *colour* is all there is. *sound* is an input of ffmpeg, else a tone.
    """
    width, height = size
    band_height = height // 5
    shape = f"size={width}x{height}:rate={rate}:duration={seconds:g}"
    picture = f"testsrc2={shape}" if colour is None else f"color={colour}:{shape},{_REC_709}"
    bit = f"255*mod(floor(N/pow(2,{_BITS - 1}-X)),2)"
    band = (
        f"color=size={_BITS}x2:rate={rate}:duration={seconds:g},format=gray,geq=lum='{bit}',"
        f"scale={width}:{band_height}:flags=neighbor,format=yuv420p"
    )
    source = f"{picture}[picture];{band}[band];[picture][band]overlay=0:{height - band_height}"
    labels = (
        [] if colour is None else ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    )
    heard = tone_source(seconds) if sound is None else sound
    return made_by_ffmpeg(
        "-f", "lavfi", "-i", source, *heard, *X264, *labels, "-c:a", "aac", suffix=".mp4"
    )  # fmt: skip


def frame_number(luma: Luma) -> int:
    """The number that a frame carries; fails for a blend of two frames, whose blocks are grey."""
    height, width = luma.shape
    band = luma[round(height * 0.87) : round(height * 0.93)]
    block = width / _BITS
    levels = [band[:, round((n + 0.3) * block) : round((n + 0.7) * block)].mean() for n in range(_BITS)]
    assert all(level < _BLACK or level > _WHITE for level in levels), f"no clear code: {levels}"
    return sum(1 << (_BITS - 1 - n) for n, level in enumerate(levels) if level > _WHITE)


def shown_number(frame_index: int, frame_rate: Fraction, *, footage_rate: Fraction, start_s: float) -> int:
    """The number that an edit shows in one of its frames, when its footage is kept from *start_s* on."""
    source_s = Fraction(start_s).limit_denominator(1000) + frame_index / frame_rate
    return int(source_s * footage_rate)


def decoded(video: Path) -> list[Luma]:
    """Every frame of *video*, 640x360."""
    command = ["ffmpeg", "-v", "error", "-i", str(video), "-fps_mode", "passthrough"]
    command += ["-vf", f"scale={WIDTH}:{HEIGHT}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=_LIMIT_S).stdout
    return [luma_of(frame) for frame in np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3)]


def luma_of_jpeg(jpeg: bytes) -> Luma:
    """A sample, at the size at which it was taken."""
    with Image.open(io.BytesIO(jpeg)) as image:
        return luma_of(np.asarray(image.convert("RGB")))


def similarity_outside_the_mark(first: Luma, second: Luma) -> float:
    """SSIM of two frames of 640x360, of which one has core's mark."""
    height, width = first.shape
    return similarity(first, second, mark_region().mask((width, height)))
