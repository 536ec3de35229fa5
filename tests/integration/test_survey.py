"""Footage is looked at once for a session, and what fails is told instead of ending the job."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from agent.domain import JobEvent, Stage
from agent.media.analysis.brief import brief
from agent.media.ingest import ingest
from agent.services import build_services
from agent.settings import Settings
from agent.steps import Attempt
from agent.store.session_store import SessionStore
from agent.tools.trial import DECODABLE
from agent.workspace import Workspace
from tests import media
from tests.integration.test_analysis import whisper_folder
from tests.music import talking_video
from tests.stored import session_at


def settings_for(tmp_path: Path, **others: object) -> Settings:
    """A model is set, and nothing of this machine's caches."""
    known = {"home": tmp_path, "cache": tmp_path / "cache", "speech_model": str(whisper_folder())}
    return Settings(**({"model": "any"} | known | others))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    with session_at(tmp_path) as store:
        yield store


async def workspace_with(
    store: SessionStore, told: list[JobEvent], *paths: Path, **settings: object
) -> Workspace:
    """A session with the footage and no page."""
    services = build_services(settings_for(store.home, **settings))
    store.save_assets(await ingest(paths, store.folder.root, decodable=DECODABLE))
    return Workspace(services, store, told.append, Attempt())


async def test_footage_is_looked_at_once(
    store: SessionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Progress is told, chart and figures are in the session; a follow-up needs neither ffmpeg nor cache."""
    told: list[JobEvent] = []
    workspace = await workspace_with(store, told, talking_video(), media.still())

    first = await workspace.survey(workspace.assets)
    shutil.rmtree(tmp_path / "cache")
    monkeypatch.setenv("PATH", "")
    again = await workspace.survey(workspace.assets)

    name = workspace.assets[0].name
    assert again == first and list(first) == [name]
    assert "market" in brief(first[name])
    with Image.open(workspace.folder.chart_path(workspace.assets[0])) as chart:
        assert chart.width == 1600
    poster = workspace.folder.chart_path(workspace.assets[0]).with_suffix(".poster.png")
    with Image.open(poster) as picture:
        assert picture.size == (640, 360)
    assert {event.stage for event in told} == {Stage.INGEST}
    assert {f"{name}: {part}" for part in ("picture", "sound", "words")} <= {e.message for e in told}


async def test_nobody_looks_for_the_offline_model(store: SessionStore, tmp_path: Path):
    """It asks for what it needs by its tools."""
    workspace = await workspace_with(store, [], talking_video(), model=None)

    assert await workspace.survey(workspace.assets) == {}
    assert list((workspace.folder.root / "analysis").iterdir()) == []


async def test_what_cannot_be_decoded_is_a_note(store: SessionStore, tmp_path: Path):
    """Each part says why it is missing, and it is not tried again in every follow-up."""
    workspace = await workspace_with(store, [], talking_video())
    workspace.assets[0].path.write_bytes(b"no longer media")

    (found,) = (await workspace.survey(workspace.assets)).values()

    assert (found.picture, found.sound, found.transcript) == (None, None, None)
    assert [note.partition(" failed: ")[0] for note in found.notes] == [
        "Looking at the picture",
        "Looking at the sound",
    ]
    assert list((await workspace.survey(workspace.assets)).values()) == [found]


async def test_words_wait_for_a_model_that_is_not_here(
    store: SessionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Ingest fetches nothing from a hub; the note says how to get the words."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    workspace = await workspace_with(store, [], talking_video(), speech_model="tiny")

    (found,) = (await workspace.survey(workspace.assets)).values()

    assert found.sound is not None and found.transcript is None
    assert "asking for them fetches it" in found.notes[0]


async def test_a_damaged_analysis_is_made_again(store: SessionStore, tmp_path: Path):
    """Half a file in the session is no end of a job."""
    workspace = await workspace_with(store, [], media.tone())
    first = await workspace.survey(workspace.assets)
    (kept,) = (workspace.folder.root / "analysis").glob("*.json")

    kept.write_text('{"duration_s": 2')

    assert await workspace.survey(workspace.assets) == first
    assert json.loads(kept.read_text())["duration_s"] == 2
