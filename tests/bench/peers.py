"""Others that do the job without a browser of ours: ffmpeg always, MoviePy and Remotion where installed.

Each peer that is a program of its own gets the job as JSON and answers the seconds of the render alone, so
that neither an interpreter's start nor a bundler counts against it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from agent.media.ffmpeg import input_args, run_ffmpeg
from browser_pool.chromium.find import find_browser
from tests.bench import job
from tests.bench.meter import Work, seconds_of
from tests.media import ROOT

_LIMIT_S = 600
_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
_PROGRAMS = Path(__file__).parent
# It wants an older Pillow than we do.
_MOVIEPY_PYTHON = ROOT / ".cache" / "peers" / "moviepy" / "bin" / "python"
_INSTALL_MOVIEPY = (
    "MoviePy is not installed: python3 -m venv .cache/peers/moviepy && "
    ".cache/peers/moviepy/bin/pip install 'moviepy>=2.2,<3'"
)
_INSTALL_REMOTION = (
    "Remotion is not installed (mind its licence): "
    "npm install --prefix tests/bench/remotion --no-package-lock"
)


def installed_peers(footage: Path, folder: Path) -> tuple[dict[str, Work], tuple[str, ...]]:
    """Each peer that is here, working in *folder*, and a sentence for each that is not."""
    programs = {
        "MoviePy": (_MOVIEPY_PYTHON, [_MOVIEPY_PYTHON, _PROGRAMS / "moviepy_job.py"], _INSTALL_MOVIEPY),
        "Remotion": (
            _PROGRAMS / "remotion" / "node_modules",
            ["node", _PROGRAMS / "remotion" / "render.mjs"],
            _INSTALL_REMOTION,
        ),
    }
    peers: dict[str, Work] = {
        f"ffmpeg x264 {preset}": partial(_ffmpeg, footage, folder / f"{preset}.mp4", preset)
        for preset in ("veryfast", "medium")
    }
    peers |= {
        name: partial(_program, command, _job(footage, folder / f"{name}.mp4"))
        for name, (needed, command, _) in programs.items()
        if needed.exists()
    }
    return peers, tuple(install for needed, _, install in programs.values() if not needed.exists())


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


async def _program(command: Sequence[str | Path], work: dict[str, object]) -> float:
    done = await asyncio.to_thread(
        subprocess.run,
        [*command, json.dumps(work)],
        check=True,
        timeout=_LIMIT_S,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout.split()[-1])


def _job(footage: Path, output: Path) -> dict[str, object]:
    return {
        "footage": str(footage),
        "output": str(output),
        "folder": str(output.parent),
        "browser": str(find_browser(None)),
        "font": str(_FONT),
        "title": job.TITLE,
        "titlePx": job.TITLE_PX,
        "fadeFrames": job.FADE_S * job.FRAME_RATE,
        "width": job.WIDTH,
        "height": job.HEIGHT,
        "fps": job.FRAME_RATE,
        "frames": job.FRAMES,
        "videoBitrate": job.VIDEO_BITRATE,
        "audioBitrate": job.AUDIO_BITRATE,
    }
