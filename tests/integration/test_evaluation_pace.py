"""Punchiness and the start of real clips: cuts on the beat pass, each damage is known for what it is."""

from pathlib import Path

import numpy as np
import pytest

from agent.evaluation.declared import Declared, DeclaredText
from agent.evaluation.decode import decode
from agent.evaluation.features import Features
from agent.evaluation.profiles import PROFILES
from agent.evaluation.punchiness import DENSITY, SYNC, punchiness
from agent.evaluation.retention import LEAD, MOVEMENT, retention
from agent.evaluation.values import Assessment
from agent.media.analysis.values import Span
from agent.media.probe import probe
from tests.evaluation_clips import SECONDS, good, with_picture, with_sound, without_sound
from tests.media import sized_video
from tests.music import talking_video

TITLED = Declared(known=True, has_sound=True, texts=(DeclaredText("Hello", Span(0.2, 3.0)),))


async def decoded(video: Path, folder: Path) -> Features:
    return await decode(video, await probe(video), (), folder)


async def pace(video: Path, folder: Path, profile: str = "social") -> Assessment:
    return punchiness(await decoded(video, folder), TITLED, PROFILES[profile], None)


async def test_cuts_on_the_beat_pass(tmp_path: Path):
    """Found in picture and sound of the file itself."""
    found = await pace(good(), tmp_path)

    assert found.score.value is not None and found.score.value >= 0.85
    assert found.findings == ()


RANDOM = tuple(float(cut) for cut in np.sort(np.random.default_rng(11).uniform(1, 11, 5)).round(2))


@pytest.mark.parametrize(
    ("video", "weakest"),
    [
        pytest.param(lambda: with_sound("atrim=start=0.1,asetpts=PTS-STARTPTS"), SYNC, id="100 ms late"),
        pytest.param(lambda: with_sound("atrim=start=0.21,asetpts=PTS-STARTPTS"), SYNC, id="210 ms late"),
        pytest.param(lambda: good(cuts_s=RANDOM), SYNC, id="random"),
        pytest.param(lambda: with_sound("adelay=250:all=1,atrim=end=12"), SYNC, id="sound 250 ms late"),
        pytest.param(lambda: with_sound("volume=0"), SYNC, id="silent"),
        pytest.param(lambda: without_sound(), SYNC, id="no track"),
        pytest.param(lambda: good(4, cuts_s=np.arange(0.2, 3.9, 0.2).round(2)), DENSITY, id="frantic"),
    ],
)
async def test_a_damaged_pace_is_known_for_its_damage(tmp_path: Path, video, weakest: str):
    """Far from golden, and the damaged part is the weakest."""
    found = await pace(video(), tmp_path)

    assert found.score.value is not None and found.score.value <= 0.75
    assert found.score.weakest is not None and found.score.weakest.name == weakest


async def test_a_talk_is_cut_in_its_pauses(tmp_path: Path):
    """One shot of a talk is a talk; a social video would be cut."""
    features = await decoded(talking_video(), tmp_path)

    talk = punchiness(features, TITLED, PROFILES["talking_head"], None).score
    social = punchiness(features, TITLED, PROFILES["social"], None).score

    assert talk.value is not None and talk.value >= 0.85
    assert social.value is not None and social.value <= 0.75


async def test_half_a_second_has_a_pace(tmp_path: Path):
    """However short, there is a score and no exception."""
    found = await pace(sized_video(321, 181), tmp_path)

    assert found.score.value is not None and 0 <= found.score.value <= 1


async def start(video: Path, folder: Path) -> Assessment:
    return await retention(await decoded(video, folder), TITLED, None, None)


async def test_a_start_that_moves_passes(tmp_path: Path):
    """As far as it can be measured: without a model it is not complete."""
    found = await start(good(), tmp_path)

    assert found.score.value is not None and found.score.value >= 0.85
    assert not found.score.complete


@pytest.mark.parametrize(
    ("filters", "weakest"),
    [
        pytest.param("drawbox=color=black:t=fill:enable='lt(t,1.8)'", LEAD, id="black"),
        pytest.param(f"loop=loop=200:size=1:start=0,trim=duration={SECONDS},fps=30", MOVEMENT, id="still"),
    ],
)
async def test_a_dead_start_is_known_for_it(tmp_path: Path, filters: str, weakest: str):
    """Black for nearly two seconds, or one picture for six."""
    found = await start(with_picture(filters), tmp_path)

    assert found.score.value is not None and found.score.value <= 0.75
    assert found.score.weakest is not None and found.score.weakest.name == weakest


async def test_a_fade_in_is_no_dead_start(tmp_path: Path):
    """Twenty frames from black are a fade, declared or not."""
    found = await start(with_picture("fade=in:0:20"), tmp_path)

    assert found.score.value is not None and found.score.value >= 0.85
