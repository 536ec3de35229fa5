"""Footage as bad as it comes, and a machine that runs out of disk while it is taken in."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import huggingface_hub
import pytest

from agent.domain import AssetKind
from agent.errors import OutputRefused
from agent.media.analysis.analyst import Analyst, Footage
from agent.media.analysis.speech import Transcriber
from agent.media.analysis.survey import survey
from agent.media.analysis.values import Analysis
from agent.media.ingest import ingest
from agent.media.probe import kind_of, probe
from agent.media.storage import sha256_of
from agent.tools.bridge import Bridge, ToolFailed
from agent.tools.built_in import footage_tools
from agent.tools.context import ToolContext
from agent.tools.trial import DECODABLE
from tests import media
from tests.desk import DeskOnDisk
from tests.e2e.cli import command, command_environment
from tests.integration.test_analysis import whisper_folder
from tests.music import SENTENCES, talking_video

FULL = """#!/bin/sh
echo "av_interleaved_write_frame(): $(cat /dev/zero 2>&1 > /dev/full)" >&2
exit 1
"""
"""An ffmpeg whose disk is full: the words are the system's own."""


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber(str(whisper_folder()))


async def surveyed(path: Path, folder: Path, transcriber: Transcriber) -> Analysis:
    info = await probe(path)
    footage = Footage(path, sha256_of(path), kind_of(path, info), info)
    return await survey(footage, Analyst(folder / "cache", transcriber), folder / "chart.png")


async def test_a_fifth_of_a_second_is_looked_at(tmp_path: Path, transcriber: Transcriber):
    """It has a chart, no cut, no beat and no word."""
    found = await surveyed(media.counter_video(0.2), tmp_path, transcriber)

    assert found.notes == ()
    assert found.picture is not None and found.picture.cuts_s == ()
    assert found.sound is not None and found.sound.beats is None
    assert found.transcript is not None and found.transcript.words == ()
    assert (tmp_path / "chart.png").stat().st_size > 0


async def test_a_hole_in_the_sound_costs_only_what_is_in_it(tmp_path: Path, transcriber: Transcriber):
    """The sentences before and after the damage are heard."""
    spoken = media.made_by_ffmpeg("-i", str(talking_video()), "-vn", "-b:a", "128k", suffix=".mp3")
    hurt = bytearray(spoken.read_bytes())
    middle = len(hurt) // 2
    hurt[middle : middle + 3000] = b"\x55" * 3000
    path = media.cached(["hurt", *SENTENCES], lambda output: output.write_bytes(hurt), suffix=".mp3")

    found = await surveyed(path, tmp_path, transcriber)

    assert found.transcript is not None
    heard = " ".join(word.text for word in found.transcript.words)
    assert "weather" in heard and "watching" in heard


async def test_words_are_where_they_are_in_a_file_whose_sound_begins_late(
    tmp_path: Path, transcriber: Transcriber
):
    """Two seconds of picture come first."""
    late = media.made_by_ffmpeg(
        *media.counter_source(8), "-itsoffset", "2", "-i", str(talking_video(SENTENCES[:1])),
        "-map", "0:v", "-map", "1:a", *media.X264, "-c:a", "aac", suffix=".mkv",
    )  # fmt: skip

    found = await surveyed(late, tmp_path, transcriber)

    assert found.transcript is not None
    assert found.transcript.words[0].start_s == pytest.approx(2.0, abs=0.2)


async def test_a_model_that_is_none_costs_only_the_words(tmp_path: Path):
    """The rest of the analysis is there, and the note names the model."""
    info = await probe(talking_video())
    footage = Footage(talking_video(), sha256_of(talking_video()), AssetKind.VIDEO, info)

    found = await Analyst(tmp_path, Transcriber(str(tmp_path))).analysis(footage)

    assert found.sound is not None and found.picture is not None and found.transcript is None
    assert str(tmp_path) in found.notes[0]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("/nowhere/w", "There is no folder '/nowhere/w' with a Whisper model. Set ROUGHCUT_SPEECH_MODEL"),
        ("enormous", "There is no Whisper model 'enormous'. Set ROUGHCUT_SPEECH_MODEL"),
        ("nobody/none", "'nobody/none' is not on this machine, and could not be fetched. Try again"),
    ],
)
async def test_a_model_that_cannot_be_had_is_one_line_with_the_next_step(
    model: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """In our words: those of the model hub are long, and of repositories that nobody has named."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    footage = Footage(
        talking_video(), sha256_of(talking_video()), AssetKind.VIDEO, await probe(talking_video())
    )

    (note,) = (await Analyst(tmp_path, Transcriber(model)).analysis(footage)).notes

    assert said in note
    assert "Hub" not in note and "Repo" not in note and "\n" not in note


async def test_a_filmstrip_that_was_lost_is_made_again(tmp_path: Path, transcriber: Transcriber):
    """The cache may be cleared in parts."""
    first = await surveyed(talking_video(), tmp_path, transcriber)
    chart = (tmp_path / "chart.png").read_bytes()
    next((tmp_path / "cache").glob("*-filmstrip.jpg")).unlink()

    assert await surveyed(talking_video(), tmp_path, transcriber) == first
    assert (tmp_path / "chart.png").read_bytes() == chart


def test_two_processes_look_at_one_file_at_once(tmp_path: Path):
    """Both find the same, and the cache holds each part once."""
    settings = {"ROUGHCUT_CACHE": str(tmp_path / "cache"), "ROUGHCUT_SPEECH_MODEL": str(whisper_folder())}
    running = [
        subprocess.Popen(
            command("inspect", talking_video(), "--json"),
            env=command_environment(tmp_path, **settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=180) for process in running]

    assert [process.returncode for process in running] == [0, 0], ended
    one, other = (json.loads(said)["analysis"] for said, _ in ended)
    assert one == other
    parts = sorted(path.name.split("-", 2)[2] for path in (tmp_path / "cache/analysis").iterdir())
    assert parts == ["filmstrip.jpg", "picture.json", "sound.json", "words-model.json"]


async def test_two_jobs_take_the_same_file_in_at_once(tmp_path: Path):
    """One session, one content: both have the same copy and the same proxy, and nothing half is left."""
    takes = [ingest([media.hevc_video()], tmp_path, decodable=DECODABLE) for _ in range(2)]

    one, other = await asyncio.gather(*takes)

    assert one[0].page_path == other[0].page_path
    assert sha256_of(one[0].page_path) == one[0].page_sha256 == other[0].page_sha256
    assert len(list((tmp_path / "assets").iterdir())) == len(list((tmp_path / "proxies").iterdir())) == 1


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ffmpeg finds no space; ffprobe is the real one, and the footage was made before."""
    media.hevc_video()
    media.counter_video(1)
    tool = tmp_path / "bin" / "ffmpeg"
    tool.parent.mkdir()
    tool.write_text(FULL)
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")


@pytest.mark.usefixtures("full_disk")
async def test_a_full_disk_ends_the_ingest_in_its_own_words(tmp_path: Path):
    """Nothing half is left where the proxy should be."""
    with pytest.raises(OutputRefused, match="No space is left"):
        await ingest([media.hevc_video()], tmp_path, decodable=DECODABLE)

    assert list((tmp_path / "proxies").iterdir()) == []


@pytest.mark.usefixtures("full_disk")
async def test_a_full_disk_is_told_to_the_model(tmp_path: Path):
    """The tool's failure holds the reason, and its scratch folder is gone."""
    desk = DeskOnDisk(tmp_path, Analyst(tmp_path / "cache", None))
    await desk.add_made(media.copied(media.counter_video(1), tmp_path / "clip.mp4"))
    context = ToolContext(None, None, Bridge(asyncio.get_running_loop()), "", None, 1, desk=desk)
    ffmpeg = next(tool for tool in footage_tools() if tool.name == "ffmpeg")
    given = ffmpeg.arguments(arguments=["-vf", "hflip"], inputs=["clip.mp4"], output="flip.mp4")

    with pytest.raises(ToolFailed, match="No space left on device"):
        await ffmpeg.run(context, given)

    assert not list(tmp_path.glob(".ffmpeg-*"))
