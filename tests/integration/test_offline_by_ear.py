"""The offline model with ears on the real page and its critic: what was heard goes into the composition."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.protocol import ClipSummary
from agent.composer import EditRequest, Greenlit
from agent.critic.expectation import expectation
from agent.domain import Asset
from agent.media.analysis.analyst import Analyst
from agent.media.analysis.speech import Transcriber
from agent.models.offline.model import OfflineModel
from agent.tools.built_in import composing_tools, footage_tools
from tests import media
from tests.desk import DeskOnDisk
from tests.integration.test_analysis import whisper_folder
from tests.music import SENTENCES, music_file, talking_video
from tests.planned_edit import edit_by_plan
from tests.unit.paper_page import NoDocs

BEAT_S = 0.5


class DeskAtPage(DeskOnDisk):
    """What is made is opened in the page as well."""

    def __init__(self, folder: Path, analyst: Analyst, page: OperatorPage) -> None:
        super().__init__(folder, analyst)
        self._page = page

    async def add_made(self, path: Path) -> Asset:
        made = await super().add_made(path)
        await self._page.add_asset(made)
        return made


@dataclass(frozen=True)
class Studio:
    """A page and a desk with footage."""

    page: OperatorPage
    desk: DeskAtPage

    async def edit(self, prompt: str, names: str, previous: str | None = None) -> Greenlit:
        """Carries the prompt out on the named assets; fails unless there is a green light."""
        given = tuple(asset for name in names.split() for asset in self.desk.assets if asset.name == name)
        request = EditRequest(prompt, given, previous, expectation(prompt, given))
        tools = (*composing_tools(NoDocs()), *footage_tools())
        return await edit_by_plan(request, OfflineModel(), self.page, tools, self.desk)


@pytest_asyncio.fixture(scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    """Two talks, two pictures and music; analyses are kept for all tests."""
    folder = tmp_path_factory.mktemp("studio")
    files = {
        "talk.mp4": talking_video(SENTENCES[:2]),
        "more.mp4": talking_video(SENTENCES[2:]),
        "one.png": still("testsrc"),
        "two.png": still("smptebars"),
        "music.wav": music_file(60 / BEAT_S, 8),
    }
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        desk = DeskAtPage(folder, Analyst(folder / "cache", Transcriber(str(whisper_folder()))), page)
        for name, path in files.items():
            named = folder / name
            named.write_bytes(path.read_bytes())
            await desk.add_made(named)
        yield Studio(page, desk)


def still(source: str) -> Path:
    return media.made_by_ffmpeg(
        "-f", "lavfi", "-i", f"{source}=size=320x180", "-frames:v", "1", suffix=".png"
    )


def clips_of(outcome: Greenlit, kind: str) -> list[ClipSummary]:
    clips = [clip for layer in outcome.summary.layers for clip in layer.clips if clip.type == kind]
    return sorted(clips, key=lambda clip: clip.start_seconds)


async def test_captions_of_two_talks_are_each_with_their_own(studio: Studio):
    """With the pauses gone and a dissolve between the talks, but none where a pause was."""
    outcome = await studio.edit(
        "remove the pauses, dissolve between the clips over 0.2 seconds and caption it", "talk.mp4 more.mp4"
    )

    footage, captions = clips_of(outcome, "VIDEO"), clips_of(outcome, "CAPTION")
    assert [clip.asset for clip in footage] == ["talk.mp4"] * 2 + ["more.mp4"] * 2
    assert [bool(clip.transition) for clip in footage] == [False, True, False, False]
    assert len(captions) == 2
    first, second = captions
    assert first.end_seconds <= footage[2].start_seconds <= second.start_seconds
    assert outcome.summary.warnings == ()


async def test_an_upright_talk_is_captioned_above_its_lower_third(studio: Studio):
    """Smaller lines, and out of each other's way."""
    outcome = await studio.edit("make it 9:16, caption it, lower third 'Jane Doe'", "talk.mp4")

    assert (outcome.summary.width, outcome.summary.height) == (360, 640)
    assert "y: '60%'" in outcome.program
    assert outcome.summary.warnings == ()


async def test_a_faster_talk_loses_its_pauses_and_is_captioned(studio: Studio):
    """Pauses and words are those of the faster talk; what was made of it is no footage of its own later."""
    outcome = await studio.edit("speed it up 1.25x, remove the pauses and caption it", "talk.mp4")
    names = " ".join(asset.name for asset in studio.desk.assets if asset.name.startswith("talk"))

    slower = await studio.edit("back to normal speed", names, outcome.program)

    assert {clip.asset for clip in clips_of(outcome, "VIDEO")} == {"talk.speed-1.25.mp4"}
    assert {clip.asset for clip in clips_of(slower, "VIDEO")} == {"talk.mp4"}
    assert slower.summary.duration_seconds > 1.15 * outcome.summary.duration_seconds


async def test_pictures_change_on_the_beat(studio: Studio):
    """Every fourth beat is two seconds; the music goes along and ends with them."""
    outcome = await studio.edit("cut on every 4th beat of music.wav", "one.png two.png music.wav")

    pictures, music = clips_of(outcome, "IMAGE"), clips_of(outcome, "AUDIO")
    changes = [clip.start_seconds for clip in pictures[1:]]
    assert len(changes) >= 2
    assert all(abs(change / BEAT_S - round(change / BEAT_S)) * BEAT_S < 1 / 30 for change in changes)
    assert music[-1].end_seconds == pytest.approx(pictures[-1].end_seconds, abs=0.05)
