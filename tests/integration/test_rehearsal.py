"""Programs are tried on stand-ins before large footage is sent to a browser on another machine."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from agent import workspace as workspace_module
from agent.browser.protocol import Composed, Rejected
from agent.domain import JobEvent
from agent.media.dummy import make_stand_in
from agent.media.ingest import examine, ingest
from agent.media.probe import probe
from agent.media.similarity import similarity
from agent.services import build_services
from agent.settings import Settings
from agent.tools.trial import DECODABLE
from agent.workspace import Workspace, open_workspace
from tests import media
from tests.browser_fixtures import Browsers
from tests.compositions import samples_of
from tests.stored import session_at

PROGRAM = """composition.resize(640, 360);
const layer = await composition.add(new core.Layer());
await layer.add(new core.VideoClip(asset('big_buck_bunny_720p_5s.mp4'), { width: '100%' }));
"""
MISTAKEN = PROGRAM.replace("bunny", "rabbit")


@pytest_asyncio.fixture
async def remote(
    browsers: Browsers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Workspace, list[JobEvent]]]:
    """A session in a browser on another machine, for which any footage is large."""
    monkeypatch.setattr(workspace_module, "REHEARSED_BYTES", 0)
    told: list[JobEvent] = []
    settings = Settings(home=tmp_path, cdp_url=browsers.options("remote").cdp_url)
    with session_at(tmp_path) as store:
        async with open_workspace(build_services(settings), store, told.append) as workspace:
            await workspace.add_footage(await examine([media.BUNNY]))
            yield workspace, told


async def test_footage_is_sent_when_a_program_has_composed(remote: tuple[Workspace, list[JobEvent]]):
    """A program that fails costs no transfer; the one that composes is composed again, on the footage."""
    workspace, told = remote
    whole_mb = media.BUNNY.stat().st_size // 10**6

    rejected = await workspace.page.compose(MISTAKEN)
    before = sent_mb(told)
    composed = await workspace.page.compose(PROGRAM)
    (frame, *_) = await workspace.page.sample(times=[2.0])

    assert isinstance(rejected, Rejected) and isinstance(composed, Composed)
    assert before == {0} and sent_mb(told) == {0, whole_mb}
    assert composed.summary.duration_seconds == pytest.approx(5.28, abs=0.05)
    assert composed.fingerprint == await workspace.recompose(PROGRAM)
    (original,) = samples_of(media.BUNNY, [2.0])
    assert similarity(luma(frame.jpeg), luma(original.jpeg)) > 0.8


async def test_a_browser_that_reads_our_files_gets_no_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is sent there, so nothing is saved."""
    monkeypatch.setattr(workspace_module, "REHEARSED_BYTES", 0)
    services = build_services(Settings(home=tmp_path))

    with session_at(tmp_path) as store:
        async with open_workspace(services, store, lambda event: None) as workspace:
            await workspace.add_footage(await examine([media.BUNNY]))

    assert list((store.folder.root / "proxies").iterdir()) == []


@pytest.mark.parametrize(
    "make",
    [
        media.counter_video,
        media.hevc_video,
        media.vertical_phone_video,
        media.tone,
        media.variable_rate_video,
    ],
    ids=lambda make: make.__name__,
)
async def test_a_stand_in_has_size_and_length_of_the_footage(make: Callable[[], Path], tmp_path: Path):
    """As it is shown, whatever codec the footage is in."""
    (asset,) = await ingest([make()], tmp_path, decodable=DECODABLE)
    whole = asset.media
    assert whole is not None

    stand_in = await make_stand_in(asset, tmp_path)

    found = await probe(stand_in.page_path)
    assert (found.width, found.height) == (whole.width, whole.height)
    assert (found.video_codec is None, found.audio_codec is None) == (
        whole.video_codec is None,
        whole.audio_codec is None,
    )
    assert found.duration_s == pytest.approx(whole.duration_s, abs=0.05)
    assert (stand_in.name, stand_in.kind) == (asset.name, asset.kind)
    assert stand_in.sha256 != asset.sha256
    assert stand_in.page_path.stat().st_size < asset.page_path.stat().st_size


def sent_mb(told: Sequence[JobEvent]) -> set[int | None]:
    """The sizes of what was sent."""
    return {event.total for event in told if event.message.startswith("sending ")}


def luma(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("L"), np.float64)
