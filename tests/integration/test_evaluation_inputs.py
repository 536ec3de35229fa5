"""Files of every kind are evaluated without a crash; what is none of them is refused in words."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from agent.domain import Asset, AssetKind
from agent.errors import BadMedia
from agent.evaluation.evaluate import evaluate
from agent.evaluation.subject import Subject
from agent.evaluation.values import Evaluation, Metric
from agent.media.probe import probe
from tests import evaluation_clips as clips
from tests.media import X264, counter_video, made_by_ffmpeg, tone, variable_rate_video, vertical_phone_video

HDR = "log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"


def pattern(
    *encoding: str,
    size: str = "320x240",
    rate: str = "30",
    seconds: float = 1,
    louder_db: float = 0,
    suffix: str = ".mp4",
) -> Path:
    picture = f"testsrc2=size={size}:rate={rate}:duration={seconds:g}"
    sound = f"sine=frequency=440:duration={seconds:g},volume={louder_db:g}dB"
    return made_by_ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *encoding, suffix=suffix)


INPUTS: dict[str, Callable[[], Path]] = {
    "one frame": lambda: pattern(*X264, "-an", "-frames:v", "1"),
    "0.3 s": lambda: pattern(*X264, seconds=0.3),
    "no audio": lambda: pattern(*X264, "-an"),
    "mono": lambda: pattern(*X264, "-ac", "1"),
    "six channels": lambda: pattern(*X264, "-ac", "6"),
    "portrait": lambda: pattern(*X264, size="360x640"),
    "turned by its matrix": vertical_phone_video,
    "variable frame rate": variable_rate_video,
    "odd size": lambda: pattern("-c:v", "libx264", "-pix_fmt", "yuv444p", size="321x241"),
    "16 pixels": lambda: pattern(*X264, size="16x16"),
    "60 a second": lambda: pattern(*X264, rate="60"),
    "one a second": lambda: pattern(*X264, rate="1", seconds=4),
    "HDR": lambda: pattern("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", HDR),
    "4K": lambda: pattern("-c:v", "libx264", "-preset", "ultrafast", size="3840x2160", seconds=0.5),
    "wide pixels": lambda: pattern(*X264, "-vf", "setsar=16/15", size="720x576", rate="25"),
    "GIF": lambda: pattern("-an", size="160x90", suffix=".gif"),
}

FAULTLESS: dict[str, Callable[[], Path]] = {
    "portrait": lambda: faultless(*X264, size="720x1280"),
    "variable frame rate": lambda: faultless(
        *X264, "-vf", "select=lt(n\\,30)+not(mod(n\\,3))", "-fps_mode", "vfr"
    ),
    "60 a second": lambda: faultless(*X264, rate="60"),
    "HDR": lambda: faultless("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", HDR),
    "4K": lambda: faultless("-c:v", "libx264", "-preset", "ultrafast", size="3840x2160", seconds=0.5),
}


def faultless(*encoding: str, size: str = "1280x720", rate: str = "30", seconds: float = 2) -> Path:
    """Sharp, and as loud as it should be."""
    return pattern(*encoding, size=size, rate=rate, seconds=seconds, louder_db=6)


async def judged(path: Path, cache: Path, subject: Subject | None = None) -> Evaluation:
    return await evaluate(path, subject or Subject(), cache=cache, ocr=False)


@pytest.mark.parametrize("name", INPUTS)
async def test_every_kind_of_video_is_evaluated(name: str, tmp_path: Path):
    """Six scores of 0 to 1 or none, never golden unjudged, and nothing left in the cache's folder."""
    evaluation = await judged(INPUTS[name](), tmp_path)

    assert [score.metric for score in evaluation.scores] == list(Metric)
    assert all(score.value is None or 0 <= score.value <= 1 for score in evaluation.scores)
    assert not evaluation.golden
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FAULTLESS)
async def test_a_format_costs_no_score(name: str, tmp_path: Path):
    """What is sharp and sounds well is scored so in whatever way it is filmed and kept."""
    evaluation = await judged(FAULTLESS[name](), tmp_path)

    for metric in (Metric.CLARITY, Metric.WATCHABILITY):
        assert (evaluation.score_of(metric).value or 0) >= 0.75, metric


async def test_an_all_black_silent_file_is_blocked(tmp_path: Path):
    """For both reasons, each once."""
    black = made_by_ffmpeg(
        "-f", "lavfi", "-i", "color=black:size=320x240:rate=25:duration=2",
        "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-shortest", *X264, suffix=".mp4",
    )  # fmt: skip

    evaluation = await judged(black, tmp_path)

    assert [finding.issue.code for finding in evaluation.blockers] == ["black", "silent"]
    assert (evaluation.score_of(Metric.WATCHABILITY).value or 0) <= 0.3


async def test_a_damaged_tail_is_blocked_in_the_decoders_words(tmp_path: Path):
    """The last fifth of the bytes is noise; the header still promises all of it."""
    damaged = tmp_path / "damaged.mp4"
    shutil.copyfile(counter_video(3), damaged)
    content = bytearray(damaged.read_bytes())
    start = len(content) * 4 // 5
    content[start:] = bytes(index * 37 % 251 for index in range(len(content) - start))
    damaged.write_bytes(content)

    evaluation = await judged(damaged, tmp_path / "cache")

    assert "damaged_file" in [finding.issue.code for finding in evaluation.blockers]


async def test_what_is_no_video_is_refused(tmp_path: Path):
    """Text, sound, half a file."""
    text = tmp_path / "notes.mp4"
    text.write_text("not a video")
    half = tmp_path / "half.mp4"
    half.write_bytes(counter_video(3).read_bytes()[:40_000])

    for path in (text, half, tone(), tmp_path / "missing.mp4"):
        with pytest.raises(BadMedia):
            await judged(path, tmp_path / "cache")


async def test_an_asset_that_is_missing_some_edges_is_still_a_source(tmp_path: Path):
    """A plain picture has none: detail is judged without it."""
    plain = made_by_ffmpeg("-f", "lavfi", "-i", "color=gray:size=640x360", "-frames:v", "1", suffix=".png")
    media = await probe(plain)
    asset = Asset("plain.png", AssetKind.IMAGE, plain, plain, "0" * 64, "0" * 64, 1, media)

    evaluation = await judged(pattern(*X264, size="640x360"), tmp_path, Subject(assets=(asset,)))

    assert evaluation.score_of(Metric.CLARITY).value is not None


async def test_a_cancelled_evaluation_leaves_nothing_behind(tmp_path: Path):
    """No ffmpeg and no file."""
    decoding = asyncio.Event()
    path = made_by_ffmpeg("-stream_loop", "9", "-i", str(clips.good()), "-c", "copy", suffix=".mp4")

    def tell(what: str, done: float) -> None:
        if what == "decoding":
            decoding.set()

    task = asyncio.create_task(evaluate(path, Subject(), cache=tmp_path, ocr=False, on_progress=tell))
    await asyncio.wait_for(decoding.wait(), 60)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    children = psutil.Process().children(recursive=True)
    assert [child for child in children if str(path) in " ".join(child.cmdline())] == []
    assert list(tmp_path.iterdir()) == []
