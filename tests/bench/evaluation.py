"""Evaluating a finished video: a minute of 1080p with captions, and the memory that ten minutes take."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from functools import partial
from pathlib import Path

from agent.browser.protocol import Box, ClipSummary, CompositionSummary, LayerSummary
from agent.evaluation.evaluate import evaluate
from agent.evaluation.subject import Subject
from tests.bench import job
from tests.bench.figures import Figure, Measured, Say, at_most
from tests.bench.meter import interleaved, seconds_of
from tests.media import FONT, made_by_ffmpeg

_SECONDS, _CAPTION_S = 60, 2
_TEN_MINUTES_S = 600
_FOOTAGE_S = 10
_SPOKEN = "Caption {number} of thirty"
_MEMORY_LIMIT_S = 900

_PEAK_OF_ITS_OWN = """
import asyncio, json, resource, sys, tempfile
from pathlib import Path
from agent.evaluation.evaluate import evaluate
from agent.evaluation.subject import Subject
with tempfile.TemporaryDirectory(prefix="roughcut-bench-") as cache:
    asyncio.run(evaluate(Path(sys.argv[1]), Subject(), cache=Path(cache), ocr=False))
used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([kib / 1024 for kib in used]))
"""


async def measure(rounds: int, say: Say) -> Measured:
    """Wall seconds with OCR of all captions, without transcription and model; resident memory at its peak of
    a process of its own, and of the largest ffmpeg below it.
    """
    captioned = _captioned()
    spent = await interleaved({"evaluation": partial(_evaluate, captioned)}, rounds, say)
    say("ten minutes")
    own, largest_child = await _peaks_mib(_ten_minutes())
    seconds = tuple(each.seconds for each in spent["evaluation"])
    return Measured(
        (
            Figure("evaluation: 60 s, 30 captions", "s", seconds, at_most(20), "1080p30, six metrics, OCR"),
            Figure("evaluation: peak memory", "MiB", (own,), at_most(600), "10 minutes of 1080p30"),
            Figure("evaluation: its ffmpeg's", "MiB", (largest_child,), None, "frames in flight"),
        )
    )


async def _evaluate(path: Path) -> float:
    subject = Subject(summary=_summary())
    with tempfile.TemporaryDirectory(prefix="roughcut-bench-") as cache:
        return await seconds_of(evaluate(path, subject, cache=Path(cache)))


async def _peaks_mib(path: Path) -> tuple[float, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PEAK_OF_ITS_OWN, str(path), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(_MEMORY_LIMIT_S):
        said, _ = await process.communicate()
    own, largest_child = json.loads(said)
    return own, largest_child


def _captioned() -> Path:
    drawn = ",".join(
        f"drawtext=fontfile={FONT}:text='{_SPOKEN.format(number=number)}':fontsize=64:fontcolor=white:borderw=4:"
        f"x=(w-text_w)/2:y=h*0.82:enable='between(t,{number * _CAPTION_S},{(number + 1) * _CAPTION_S - 0.1})'"
        for number in range(_SECONDS // _CAPTION_S)
    )
    return made_by_ffmpeg(
        "-stream_loop", _times(_SECONDS), "-i", str(job.footage(_FOOTAGE_S)), "-vf", drawn,
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-c:a", "copy", suffix=".mp4",
    )  # fmt: skip


def _ten_minutes() -> Path:
    footage = str(job.footage(_FOOTAGE_S))
    return made_by_ffmpeg(
        "-stream_loop", _times(_TEN_MINUTES_S), "-i", footage, "-c", "copy", suffix=".mp4"
    )  # fmt: skip


def _times(seconds: int) -> str:
    """How often the footage is repeated after its first time."""
    return str(seconds // _FOOTAGE_S - 1)


def _summary() -> CompositionSummary:
    film = ClipSummary(type="VIDEO", start_seconds=0, end_seconds=_SECONDS, volume=1, animated=())
    box = Box(x=400, y=0.82 * job.HEIGHT, width=job.WIDTH - 800, height=80)
    captions = tuple(
        ClipSummary(
            type="TEXT",
            start_seconds=number * _CAPTION_S,
            end_seconds=(number + 1) * _CAPTION_S - 0.1,
            text=_SPOKEN.format(number=number),
            box=box,
            animated=(),
        )
        for number in range(_SECONDS // _CAPTION_S)
    )
    layers = (
        LayerSummary(index=0, mode="SEQUENTIAL", clips=captions),
        LayerSummary(index=1, mode="DEFAULT", clips=(film,)),
    )
    return CompositionSummary(
        width=job.WIDTH, height=job.HEIGHT, duration_seconds=_SECONDS, background="#000000", layers=layers,
        warnings=(),
    )  # fmt: skip
