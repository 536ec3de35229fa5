"""A file in which nothing is heard is held against what its footage sounds like."""

from pathlib import Path

import pytest

from agent.domain import Asset, AssetKind, Severity
from agent.evaluation.as_composed import as_composed
from agent.evaluation.evaluate import evaluate
from agent.evaluation.subject import Subject
from agent.media.analysis.analyst import Analyst
from agent.media.probe import probe
from agent.media.storage import sha256_of
from tests.compositions import footage, summary
from tests.media import X264, made_by_ffmpeg, tone_source

SECONDS = 2
SILENCE = ["-f", "lavfi", "-i", f"anullsrc=r=48000:cl=stereo:d={SECONDS}"]


def video(*sound: str) -> Path:
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=30:duration={SECONDS}"]
    return made_by_ffmpeg(*picture, *sound, *X264, "-c:a", "aac", "-shortest", suffix=".mp4")


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        pytest.param(tone_source(SECONDS), Severity.BLOCKER, id="of loud footage"),
        pytest.param(SILENCE, Severity.WARNING, id="of silent footage"),
    ],
)
async def test_a_silent_file_of_loud_footage_is_blocked(
    source: list[str], severity: Severity, tmp_path: Path
):
    """Its sound was lost on the way; what is silent in the footage itself is only told."""
    path = video(*source)
    digest = sha256_of(path)
    asset = Asset(path.name, AssetKind.VIDEO, path, path, digest, digest, 1, await probe(path))
    played = footage(0, SECONDS, asset=path.name, volume=1.0)
    subject = Subject(summary([played], width=320, height=180, duration=SECONDS), assets=(asset,))

    judged = await evaluate(video(*SILENCE), subject, cache=tmp_path / "scores", ocr=False)
    found = await as_composed(judged, subject, Analyst(tmp_path / "analysis", None))

    assert [(one.issue.code, one.issue.severity) for one in found.findings] == [("silent", severity)]
