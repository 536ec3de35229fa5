"""The job that all contenders do: five seconds of 1080p30 with sound, and a title that fades in."""

from __future__ import annotations

from pathlib import Path

from agent.domain import Asset, AssetKind
from agent.media.storage import sha256_of
from tests.media import made_by_ffmpeg

WIDTH, HEIGHT, FRAME_RATE = 1920, 1080, 30
SECONDS = 5
FRAMES = SECONDS * FRAME_RATE
VIDEO_BITRATE, AUDIO_BITRATE = 10_000_000, 128_000
TITLE, TITLE_PX, FADE_S = "Roughcut", 160, 1

FOOTAGE_NAME = "footage.mp4"
FOOTAGE_TYPE = "video/mp4"

# core draws a font size of 1 about 3 pixels high at 1080 lines.
PROGRAM = f"""\
const footage = await asset('{FOOTAGE_NAME}');
const picture = new core.Layer();
await composition.add(picture);
const titles = new core.Layer();
await composition.add(titles);
await picture.add(new core.VideoClip(footage, {{ height: '100%' }}));
await titles.add(new core.TextClip({{
  text: '{TITLE}', duration: {SECONDS}, font: {{ family: 'sans-serif', weight: '700', size: 54 }},
  align: 'center', baseline: 'middle', position: 'center', color: '#ffffff',
  animations: [{{ key: 'opacity', frames: [{{ time: 0, value: 0 }}, {{ time: {FADE_S}, value: 100 }}] }}],
}}));
"""


def footage(seconds: float = SECONDS) -> Path:
    """H.264 with AAC: everything moves, in part along a fractal, as camera footage moves everywhere.

    x264's own distance between key frames, so one at the start and none after it in these lengths.
    """
    size = f"size={WIDTH}x{HEIGHT}:rate={FRAME_RATE}"
    half = f"{WIDTH // 2}x{HEIGHT // 2}"
    return made_by_ffmpeg(
        "-f", "lavfi", "-i", f"testsrc2={size}",
        "-f", "lavfi", "-i", f"mandelbrot=size={half}:rate={FRAME_RATE}:start_scale=0.5",
        "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
        "-filter_complex", "[0][1]overlay=x=W/4:y=H/4",
        "-t", f"{seconds:g}", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "9999",
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart",
        suffix=".mp4",
    )  # fmt: skip


def asset(path: Path) -> Asset:
    """The footage as the operator page gets it."""
    digest = sha256_of(path)
    return Asset(FOOTAGE_NAME, AssetKind.VIDEO, path, path, digest, digest, path.stat().st_size)
