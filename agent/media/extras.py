"""What goes along with a finished video: a GIF of it, stills from it."""

from __future__ import annotations

from pathlib import Path

from agent.domain import MediaInfo
from agent.media.ffmpeg import input_args, run_ffmpeg
from agent.media.storage import written_aside

GIF_RATE, GIF_WIDTH = 12, 480
_TIMEOUT_S, _TIMEOUT_PER_SECOND = 60.0, 5.0


async def write_gif(video: Path, media: MediaInfo, output: Path) -> None:
    """The whole video as a GIF, 12 pictures a second, at most 480 pixels wide, with colours of its own.

    Raises `OutputRefused` when it cannot be written, `MediaToolFailed` when ffmpeg fails.
    """
    shape = f"fps={GIF_RATE},scale='min({GIF_WIDTH},iw)':-2:flags=lanczos"
    graph = f"[0:v]{shape},split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer[v]"
    await _write(video, media, ["-filter_complex", graph, "-map", "[v]", "-f", "gif"], output)


async def write_still(video: Path, media: MediaInfo, at_s: float, output: Path) -> None:
    """The picture at *at_s* as PNG, the last one for a time at or beyond the end. Raises as `write_gif`."""
    frame_s = 1 / (media.frame_rate or 30)
    seek_s = max(0.0, min(at_s, media.duration_s - 1.5 * frame_s))
    arguments = ["-map", "0:v:0", "-ss", f"{seek_s:.6f}", "-frames:v", "1", "-f", "image2", "-c:v", "png"]
    await _write(video, media, arguments, output)


async def _write(video: Path, media: MediaInfo, arguments: list[str], output: Path) -> None:
    limit_s = _TIMEOUT_S + _TIMEOUT_PER_SECOND * media.duration_s
    with written_aside(output) as aside:
        await run_ffmpeg([*input_args(video), "-an", *arguments, str(aside)], timeout_s=limit_s)
