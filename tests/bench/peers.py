"""Others that do the job without a browser of ours: ffmpeg always, MoviePy and Remotion where installed."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from agent.media.ffmpeg import input_args, run_ffmpeg
from tests.bench import job
from tests.bench.meter import Work, seconds_of

_LIMIT_S = 600
_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
_REMOTION = Path(__file__).parent / "remotion"
_SKIPPED_MOVIEPY = "MoviePy is not installed: .venv/bin/pip install -e '.[bench]'"
_SKIPPED_REMOTION = "Remotion is not installed: npm install --prefix tests/bench/remotion (read its licence)"


def installed_peers(footage: Path, folder: Path) -> tuple[dict[str, Work], tuple[str, ...]]:
    """Each peer that is here, writing into *folder*, and a sentence for each that is not."""
    peers: dict[str, Work] = {
        f"ffmpeg x264 {preset}": partial(_ffmpeg, footage, folder / f"{preset}.mp4", preset)
        for preset in ("veryfast", "medium")
    }
    skipped = []
    if importlib.util.find_spec("moviepy"):
        peers["MoviePy"] = partial(_in_thread, partial(_moviepy, footage, folder / "moviepy.mp4"))
    else:
        skipped.append(_SKIPPED_MOVIEPY)
    if (_REMOTION / "node_modules").is_dir():
        peers["Remotion"] = partial(_in_thread, partial(_remotion, footage, folder / "remotion.mp4"))
    else:
        skipped.append(_SKIPPED_REMOTION)
    return peers, tuple(skipped)


async def _ffmpeg(footage: Path, output: Path, preset: str) -> float:
    title = (
        f"drawtext=fontfile={_FONT}:text={job.TITLE}:fontsize={job.TITLE_PX}:fontcolor=white:"
        f"x=(w-text_w)/2:y=(h-text_h)/2:alpha='min(1,t/{job.FADE_S})'"
    )
    codecs = ["-c:v", "libx264", "-preset", preset, "-b:v", str(job.VIDEO_BITRATE)]
    codecs += ["-c:a", "libopus", "-b:a", str(job.AUDIO_BITRATE)]
    return await seconds_of(
        run_ffmpeg([*input_args(footage), "-vf", title, *codecs, str(output)], timeout_s=_LIMIT_S)
    )


async def _in_thread(render: Callable[[], None]) -> float:
    return await seconds_of(asyncio.to_thread(render))


def _moviepy(footage: Path, output: Path) -> None:
    """Its own defaults (x264 medium), at the job's bitrates."""
    import moviepy  # installed on request only
    from moviepy.video.fx import CrossFadeIn

    with moviepy.VideoFileClip(str(footage)) as picture:
        title = (
            moviepy.TextClip(font=str(_FONT), text=job.TITLE, font_size=job.TITLE_PX, color="white")
            .with_duration(job.SECONDS)
            .with_position("center")
            .with_effects([CrossFadeIn(job.FADE_S)])
        )
        moviepy.CompositeVideoClip([picture, title]).write_videofile(
            str(output),
            fps=job.FRAME_RATE,
            bitrate=str(job.VIDEO_BITRATE),
            audio_codec="libopus",
            audio_bitrate=str(job.AUDIO_BITRATE),
            temp_audiofile=str(output.with_suffix(".ogg")),
            logger=None,
        )


def _remotion(footage: Path, output: Path) -> None:
    subprocess.run(
        ["node", "render.mjs", str(footage), str(output)],
        cwd=_REMOTION,
        check=True,
        timeout=_LIMIT_S,
        capture_output=True,
    )
