"""Taking footage in: what is seen and heard in 1080p footage, and what is said, as times real time."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from agent.media.analysis.analyst import Analyst, Footage
from agent.media.analysis.speech import Transcriber
from agent.media.analysis.survey import survey
from agent.media.ingest import ingest
from agent.tools.trial import DECODABLE
from tests.bench import job
from tests.bench.figures import Figure, Measured, Say, at_least
from tests.bench.meter import Spent, interleaved, seconds_of
from tests.integration.test_analysis import whisper_folder
from tests.media import made_by_ffmpeg
from tests.music import talking_video

_SECONDS = 30
_LOOKING, _TRANSCRIBING = "all but transcription", "transcription (tiny.en)"


async def measure(rounds: int, say: Say) -> Measured:
    """Seconds of footage taken in per second: stored by digest, cuts, loudness, silences, beats, the chart;
    and the words apart, with their model loaded. Nothing is known from an earlier round.
    """
    footage, transcriber = _talk(), Transcriber(str(whisper_folder()))
    spent = await interleaved(
        {
            _LOOKING: partial(_look, footage),
            _TRANSCRIBING: partial(_transcribe, footage, transcriber),
        },
        rounds,
        say,
    )
    return Measured((_figure(_LOOKING, spent[_LOOKING], 5), _figure(_TRANSCRIBING, spent[_TRANSCRIBING], 10)))


def _talk() -> Path:
    """The picture of the other benches over a voice that speaks, pauses and begins again."""
    return made_by_ffmpeg(
        "-i", str(job.footage(_SECONDS)), "-stream_loop", "-1", "-i", str(talking_video()),
        "-map", "0:v", "-map", "1:a", "-c", "copy", "-t", f"{_SECONDS}", suffix=".mp4",
    )  # fmt: skip


async def _look(path: Path) -> float:
    with tempfile.TemporaryDirectory(prefix="roughcut-bench-") as folder:
        return await seconds_of(_take_in(path, Path(folder)))


async def _take_in(path: Path, folder: Path) -> None:
    (asset,) = await ingest([path], folder, decodable=DECODABLE)
    await survey(Footage.of(asset), Analyst(folder / "cache", None), folder / "chart.png")


async def _transcribe(path: Path, transcriber: Transcriber) -> float:
    return await seconds_of(transcriber.transcribe(path, _SECONDS))


def _figure(what: str, spent: Sequence[Spent], target: float) -> Figure:
    cores = sum(each.cpu_seconds for each in spent) / sum(each.seconds for each in spent)
    return Figure(
        f"ingest: {what}",
        "x real time",
        tuple(_SECONDS / each.seconds for each in spent),
        at_least(target),
        f"{_SECONDS} s of 1080p30, {cores:.1f} cores busy",
    )
