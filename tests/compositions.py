"""Compositions without a browser: summaries as the page writes them, and samples decoded by ffmpeg."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from agent.browser.protocol import Box, ClipSummary, CompositionSummary, LayerSummary, Warning
from agent.domain import FrameSample
from tests.media import BUNNY, cached, made_by_ffmpeg

TITLE_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"
BUNNY_SECONDS = 5.28
_LIMIT_S = 60


def samples_of(
    video: Path, times: Sequence[float], *, width: int = 640, frame_rate: float = 25
) -> list[FrameSample]:
    """JPEGs of *video* at *times*, as the page would sample them."""
    return [_sample(video, time_s, width, frame_rate) for time_s in times]


def every_second(
    video: Path, duration_s: float = BUNNY_SECONDS, *, frame_rate: float = 25
) -> list[FrameSample]:
    """Samples at 1 fps and the last frame."""
    times = [float(second) for second in range(int(duration_s) + 1) if second < duration_s - 1 / frame_rate]
    return samples_of(video, [*times, duration_s - 1 / frame_rate], frame_rate=frame_rate)


def edited_bunny(video_filter: str) -> Path:
    """The bundled footage without sound through an ffmpeg filter."""
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-an"]
    return made_by_ffmpeg("-i", str(BUNNY), "-vf", video_filter, *encoder, suffix=".mp4")


def drawn_title(text: str, *, colour: str = "white", size: int = 96, y: int = 312, more: str = "") -> str:
    """Filter that draws *text* centred in a frame of 1280x720, with its top at *y*."""
    return (
        f"drawtext=fontfile={TITLE_FONT}:text='{text}':fontcolor={colour}:fontsize={size}:"
        f"x=(w-text_w)/2:y={y}{more}"
    )


def clip(kind: str, start: float, end: float, **figures: object) -> ClipSummary:
    """A clip as the page sums it up."""
    return ClipSummary.model_validate(
        {"type": kind, "start_seconds": start, "end_seconds": end, "animated": (), **figures}
    )


def footage(start: float = 0, end: float = BUNNY_SECONDS, **figures: object) -> ClipSummary:
    """A video clip that fills the frame."""
    return clip("VIDEO", start, end, **{"asset": "bunny.mp4", "opacity": 100, **figures})


def title(text: str, start: float = 0, end: float = BUNNY_SECONDS, **figures: object) -> ClipSummary:
    """A text clip where `drawn_title` draws it by default; *box* is (x, y, width, height)."""
    given = {"font_size": 96, "color": "#FFFFFF", "opacity": 100, "box": (240, 312, 800, 96), **figures}
    x, y, width, height = given["box"]  # type: ignore[misc]
    box = Box(x=x, y=y, width=width, height=height)
    return clip("TEXT", start, end, **{**given, "text": text, "box": box})


def summary(
    *layers: Sequence[ClipSummary],
    width: int = 1280,
    height: int = 720,
    duration: float = BUNNY_SECONDS,
    warnings: Sequence[Warning] = (),
) -> CompositionSummary:
    """A composition of *layers*, the top one first."""
    return CompositionSummary(
        width=width,
        height=height,
        duration_seconds=duration,
        background="#000000",
        layers=tuple(
            LayerSummary(index=index, mode="DEFAULT", clips=tuple(clips))
            for index, clips in enumerate(layers)
        ),
        warnings=tuple(warnings),
    )


def _sample(video: Path, time_s: float, width: int, frame_rate: float) -> FrameSample:
    frame_index = round(time_s * frame_rate)

    def extract(output: Path) -> None:
        chosen = f"select='eq(n,{frame_index})',scale={width}:-2:flags=bilinear"
        command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-i", str(video)]
        command += ["-vf", chosen, "-frames:v", "1", "-q:v", "2", str(output)]
        subprocess.run(command, check=True, timeout=_LIMIT_S, capture_output=True)

    jpeg = cached(["sample", video.name, frame_index, width], extract, suffix=".jpg").read_bytes()
    return FrameSample(frame_index / frame_rate, frame_index, width, _height_of(jpeg), jpeg)


def _height_of(jpeg: bytes) -> int:

    with Image.open(BytesIO(jpeg)) as image:
        return image.height
