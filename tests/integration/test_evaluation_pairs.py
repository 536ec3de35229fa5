"""A good clip and the same with one damage: clarity and watchability tell them apart and name the damage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from agent.domain import Asset, AssetKind
from agent.evaluation.evaluate import evaluate
from agent.evaluation.subject import Subject
from agent.evaluation.values import Evaluation, Metric, Score
from agent.media.probe import probe
from agent.media.storage import sha256_of
from tests import evaluation_clips as clips
from tests.media import X264

LOSSY = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")


@dataclass(frozen=True)
class Damage:
    """A clip, the metric that is to fall, the parts that may be named for it, and whether it is to block."""

    clip: Callable[[], Path]
    metric: Metric
    parts: tuple[str, ...]
    blocks: str = ""


def picture(filters: str, part: str, blocks: str = "", metric: Metric = Metric.WATCHABILITY) -> Damage:
    return Damage(partial(clips.with_picture, filters), metric, (part,), blocks)


def sound(filters: str, part: str, blocks: str = "") -> Damage:
    return Damage(partial(clips.with_sound, filters), Metric.WATCHABILITY, (part,), blocks)


def encoded(filters: str, *encoding: str, part: str = "detail") -> Damage:
    make = partial(clips.with_picture, filters, encoding=encoding or X264)
    return Damage(make, Metric.CLARITY, (part,))


WATCHED = {
    "strobe of 10 a second": picture(
        "drawbox=color=white:t=fill:enable='between(t,5,8)*lt(mod(n,3),1.5)'", "flashes", "flashes"
    ),
    "red, 5 a second": picture(
        "drawbox=color=red:t=fill:enable='between(t,5,8)*lt(mod(n,6),3)'", "flashes", "flashes"
    ),
    "flashes, 2 a second": picture(
        "drawbox=color=white:t=fill:enable='between(t,5,8)*lt(mod(n,15),3)'", "flicker"
    ),
    "inverted, 4 a second": picture("negate=enable='between(t,5,8)*lt(mod(n,8),4)'", "flashes", "flashes"),
    "a tenth of the picture flashes": picture(
        "drawbox=x=40:y=60:w=200:h=115:color=white:t=fill:enable='between(t,5,8)*lt(mod(n,4),2)'",
        "flashes",
        "flashes",
    ),
    "flicker of 2 %": picture("eq=brightness='0.02*sin(2*PI*9*t)':eval=frame", "flicker"),
    "pulse of 1.5 %": picture("eq=brightness='0.015*sin(2*PI*5*t)':eval=frame", "flicker"),
    "2 s black": picture("drawbox=color=black:t=fill:enable='between(t,7,9)'", "black", "black"),
    "2 black frames": picture("drawbox=color=black:t=fill:enable='between(n,200,201)'", "black"),
    "2 s freeze": picture(
        "loop=loop=60:size=1:start=200,trim=end_frame=360,setpts=N/30/TB", "freeze", "frozen"
    ),
    "1.4 s freeze": picture(
        "loop=loop=42:size=1:start=95,trim=end_frame=360,setpts=N/30/TB", "freeze", "frozen"
    ),
    "-20 LUFS": sound("volume=-6dB", "loudness"),
    "-40 LUFS": sound("volume=-26dB", "loudness"),
    "clipped": sound("volume=14dB", "loudness"),
    "silent": sound("volume=0", "silence", "silent"),
    "4 s hole": sound("volume=enable='between(t,4,8)':volume=0", "silence", "silent"),
    "1.8 s hole": sound("volume=enable='between(t,6.2,8)':volume=0", "silence", "silent"),
    "drop-outs of 0.3 s": sound("volume=enable='between(t,2,8)*lt(mod(t,1.1),0.3)':volume=0", "silence"),
    "left only": sound("pan=stereo|c0=c0|c1=0*c0", "balance"),
    "no track": Damage(clips.without_sound, Metric.WATCHABILITY, ("sound",)),
}
SHOWN = {
    "half size": encoded("scale=320:180", part="resolution"),
    "third size": encoded("scale=212:120", part="resolution"),
    "enlarged twice": encoded("scale=320:180,scale=640:360:flags=bicubic"),
    "enlarged 1.5 times": encoded("scale=426:240,scale=640:360:flags=lanczos"),
    "blurred": encoded("gblur=sigma=1.5"),
    "CRF 42": encoded("null", *LOSSY, "-crf", "42"),
    "120 kb/s": encoded("null", *LOSSY, "-b:v", "120k", "-maxrate", "120k", "-bufsize", "240k"),
    "10 a second": encoded("fps=10", *X264, "-r", "10", part="frame rate"),
    "12 in 30 a second": encoded("fps=12,fps=30", part="frame rate"),
    "cropped and stretched": encoded("crop=480:360,scale=640:360,setsar=1", part="aspect"),
    "stretched": encoded("scale=480:360,setsar=1", part="aspect"),
}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="session")
async def footage() -> Asset:
    """The good clip as the footage that the damaged ones were made of."""
    path = clips.good()
    digest = sha256_of(path)
    media = await probe(path)
    return Asset(path.name, AssetKind.VIDEO, path, path, digest, digest, path.stat().st_size, media)


async def judged(path: Path, cache: Path, *assets: Asset) -> Evaluation:
    return await evaluate(path, Subject(assets=assets), cache=cache, ocr=False)


def score(evaluation: Evaluation, metric: Metric) -> Score:
    found = evaluation.score_of(metric)
    assert found.value is not None
    return found


async def test_the_good_clip_is_good(cache: Path, footage: Asset):
    """With and without its footage; nothing is found."""
    for assets in ((), (footage,)):
        evaluation = await judged(clips.good(), cache, *assets)

        assert (score(evaluation, Metric.CLARITY).value or 0) >= 0.85
        assert (score(evaluation, Metric.WATCHABILITY).value or 0) >= 0.85
        assert [f for f in evaluation.findings if f.metric in (Metric.CLARITY, Metric.WATCHABILITY)] == []


@pytest.mark.parametrize("name", [*WATCHED, *SHOWN])
async def test_a_damage_is_found_and_named(name: str, cache: Path, footage: Asset):
    """At most 0.75, the damaged part is the weakest, and what has a moment has its frame."""
    damage = {**WATCHED, **SHOWN}[name]

    evaluation = await judged(damage.clip(), cache, footage)

    found = score(evaluation, damage.metric)
    assert found.weakest is not None
    assert (found.value or 0) <= 0.75, found
    assert found.weakest.name in damage.parts, found
    assert not evaluation.golden
    blocking = {finding.issue.code for finding in evaluation.blockers}
    assert not damage.blocks or damage.blocks in blocking, blocking
    assert all(f.evidence for f in evaluation.findings if f.issue.time_s is not None)


@pytest.mark.parametrize(("crf", "is_good"), [("28", True), ("45", False)])
async def test_coarse_coding_is_found_without_the_footage(crf: str, is_good: bool, cache: Path):
    """Deblocking hides the blocks of H.264: how coarsely it was quantised still tells."""
    path = clips.with_picture("null", encoding=(*LOSSY, "-crf", crf))

    found = score(await judged(path, cache), Metric.CLARITY)

    assert ((found.value or 0) >= 0.85) if is_good else ((found.value or 1) <= 0.75), found
    assert is_good or (found.weakest is not None and found.weakest.name == "compression")


@pytest.mark.parametrize(
    "filters",
    [
        "fade=in:0:20",
        "fade=in:0:30",
        "fade=out:st=11.2:d=0.8",
        "fade=out:st=5.5:d=0.5:enable='lt(t,6)',fade=in:st=6:d=0.5:enable='gte(t,6)'",
        "drawbox=x=40:y=40:w=80:h=60:color=white:t=fill:enable='between(t,5,8)*lt(mod(n,4),2)'",
        "eq=brightness=0.06:saturation=1.2",
    ],
)
async def test_what_is_meant_is_no_damage(filters: str, cache: Path):
    """Fades, a strobe smaller than a flash, a grade."""
    evaluation = await judged(clips.with_picture(filters), cache)

    assert (score(evaluation, Metric.WATCHABILITY).value or 0) >= 0.85
    assert not evaluation.blockers


async def test_quiet_phases_of_music_are_no_holes(cache: Path):
    """A fade of the last second, and a rest of 0.8 s."""
    path = clips.with_sound("afade=out:st=11:d=1,volume=enable='between(t,5.2,6)':volume=0")

    assert (score(await judged(path, cache), Metric.WATCHABILITY).value or 0) >= 0.85
