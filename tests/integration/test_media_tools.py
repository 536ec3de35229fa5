"""The tools that work on footage, on real files with real ffmpeg and a real Whisper."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import psutil
import pytest

from agent.domain import AssetKind
from agent.errors import MediaToolFailed
from agent.media import ffmpeg as ffmpeg_module
from agent.media.analysis.analyst import Analyst
from agent.media.analysis.speech import Transcriber
from agent.media.dummy import make_dummy
from agent.media.limited import RunLimits, run_limited
from agent.media.probe import probe
from agent.tools.base import ToolPlugin
from agent.tools.bridge import Bridge, ToolFailed
from agent.tools.built_in import footage_tools
from agent.tools.context import Page, ToolContext
from agent.tools.ffmpeg import TRIES
from tests import media
from tests.desk import DeskOnDisk
from tests.integration.test_analysis import whisper_folder
from tests.music import SENTENCES, music_file, talking_video

TOOLS: dict[str, ToolPlugin] = {tool.name: tool for tool in footage_tools()}
LIMITS = RunLimits(timeout_s=60, output_bytes=10**9)


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber(str(whisper_folder()))


@pytest.fixture
def desk(tmp_path: Path, transcriber: Transcriber) -> DeskOnDisk:
    return DeskOnDisk(tmp_path, Analyst(tmp_path / "cache", transcriber))


@pytest.fixture
async def context(desk: DeskOnDisk) -> ToolContext:
    nobody = cast(Page, None)
    bridge = Bridge(asyncio.get_running_loop())
    return ToolContext(nobody, None, bridge, "", None, 1, desk=desk)  # type: ignore[arg-type]


async def use(context: ToolContext, name: str, **arguments: object):
    """What the tool returns, its arguments validated as the model's are."""
    tool = TOOLS[name]
    return await tool.run(context, tool.arguments.model_validate(arguments))


async def take(desk: DeskOnDisk, path: Path, name: str) -> str:
    named = desk.scratch / name
    named.write_bytes(path.read_bytes())
    return (await desk.add_made(named)).name


async def test_a_talk_is_cut_and_captioned(desk: DeskOnDisk, context: ToolContext):
    """Keep-ranges leave every sentence; captions follow the cut; SRT and VTT are kept with it."""
    talk = await take(desk, talking_video(), "talk.mp4")

    kept = await use(context, "cut_list", asset=talk)
    made = await use(context, "captions", asset=talk, keep=kept)

    assert len(kept) == len(SENTENCES)
    length_s = sum(end - start for start, end in kept)
    times = [(caption["start"], caption["end"]) for caption in made["captions"]]
    assert [caption["text"] for caption in made["captions"]] == list(SENTENCES)
    assert times == sorted(times) and times[-1][1] <= length_s + 1
    assert {"talk.srt", "talk.vtt"} == set(desk.kept)
    assert desk.assets[-1].kind is AssetKind.CAPTIONS
    assert "loadPreset('WHISPER')" in made["lines"]


async def test_words_can_be_taken_out(desk: DeskOnDisk, context: ToolContext):
    """What is kept is shorter by the words, which are gone from the captions."""
    talk = await take(desk, talking_video(), "talk.mp4")

    kept = await use(context, "cut_list", asset=talk, pauses=False, words=["small"])
    made = await use(context, "captions", asset=talk, keep=kept)

    assert len(kept) == 2
    assert "My brother lives in a house." in [caption["text"] for caption in made["captions"]]


async def test_transcript_silences_beats_and_metadata(desk: DeskOnDisk, context: ToolContext):
    """Each returns plain JSON in seconds of the file."""
    talk = await take(desk, talking_video(), "talk.mp4")
    music = await take(desk, music_file(120, 12), "music.wav")

    assert (await use(context, "transcript", asset=talk))["language"] == "en"
    assert len(await use(context, "silences", asset=talk)) >= len(SENTENCES) - 1
    assert (await use(context, "beats", asset=music))["tempo_bpm"] == pytest.approx(120, abs=2)
    assert (await use(context, "beats", asset=talk))["times"] == []
    assert (await use(context, "metadata", asset=talk))["width"] == 640


async def test_what_has_no_sound_or_is_not_there_is_told(desk: DeskOnDisk, context: ToolContext):
    """The message names the asset, and what there is."""
    await take(desk, media.counter_video(1, frequency_hz=None), "mute.mp4")

    with pytest.raises(ToolFailed, match=r"'mute.mp4' has no sound"):
        await use(context, "silences", asset="mute.mp4")
    with pytest.raises(ToolFailed, match=r"no video or audio asset 'other.mp4'; there is 'mute.mp4'"):
        await use(context, "transcript", asset="other.mp4")


async def test_music_has_no_captions(desk: DeskOnDisk, context: ToolContext):
    """No words are invented: the tool says that nothing is said."""
    await take(desk, music_file(120, 6), "music.wav")

    with pytest.raises(ToolFailed, match="nothing is said"):
        await use(context, "captions", asset="music.wav")


async def test_footage_is_sped_up(desk: DeskOnDisk, context: ToolContext):
    """Half as long, picture and sound, as an asset of the session."""
    await take(desk, media.counter_video(2), "clip.mp4")
    arguments = ["-vf", "setpts=PTS/2", "-af", "atempo=2", "-c:v", "libx264", "-preset", "ultrafast"]

    made = await use(context, "ffmpeg", arguments=arguments, inputs=["clip.mp4"], output="fast.mp4")

    assert made["duration_s"] == pytest.approx(1.0, abs=0.1)
    assert desk.assets[-1].name == "fast.mp4"
    assert desk.assets[-1].media is not None and desk.assets[-1].media.audio_codec == "aac"
    assert not list(desk.scratch.glob(".ffmpeg-*"))


async def test_two_inputs_are_put_together(desk: DeskOnDisk, context: ToolContext):
    """A second asset is the second input of the graph."""
    await take(desk, media.counter_video(1), "a.mp4")
    await take(desk, media.counter_video(1, frequency_hz=880), "b.mp4")
    graph = "[0:v][1:v]hstack[v]"

    made = await use(
        context, "ffmpeg", arguments=["-filter_complex", graph, "-map", "[v]"], inputs=["a.mp4", "b.mp4"],
        output="both.mp4",
    )  # fmt: skip

    assert (made["width"], made["height"]) == (1280, 360)


async def test_a_faulty_command_fails_on_dummies_with_ffmpegs_words(desk: DeskOnDisk, context: ToolContext):
    """The footage is not touched, a hint is given, and after five failures no more is tried."""
    await take(desk, media.counter_video(1), "clip.mp4")

    for _ in range(TRIES):
        with pytest.raises(ToolFailed, match=r"On dummy files: ffmpeg failed: .*scale"):
            await use(
                context, "ffmpeg", arguments=["-vf", "scale=bogus:1"], inputs=["clip.mp4"], output="x.mp4"
            )
    with pytest.raises(ToolFailed, match="do without it"):
        await use(context, "ffmpeg", arguments=["-vf", "null"], inputs=["clip.mp4"], output="x.mp4")
    assert len(desk.assets) == 1


async def test_a_command_that_passes_on_dummies_and_fails_on_footage_says_so(
    desk: DeskOnDisk, context: ToolContext
):
    """What a second of dummy holds need not be in shorter footage."""
    await take(desk, media.counter_video(0.3, frequency_hz=None), "short.mp4")

    with pytest.raises(ToolFailed, match="not on the footage"):
        await use(
            context,
            "ffmpeg",
            arguments=["-ss", "0.5", "-frames:v", "1"],
            inputs=["short.mp4"],
            output="x.png",
        )
    assert len(desk.assets) == 1


@pytest.mark.parametrize(
    "output",
    ["../out.mp4", "/tmp/out.mp4", "a/b.mp4", "out.sh", ".mp4", "tee:a.mp4", "out.mp4|x", ""],
)
async def test_an_output_is_a_plain_name(desk: DeskOnDisk, context: ToolContext, output: str):
    """Nothing but a name with a media suffix; no folder, protocol or option."""
    await take(desk, media.counter_video(1), "clip.mp4")

    with pytest.raises(ToolFailed, match="plain file name"):
        await use(context, "ffmpeg", arguments=[], inputs=["clip.mp4"], output=output)
    assert len(desk.assets) == 1


async def test_options_hidden_in_an_assets_name_stay_a_name(desk: DeskOnDisk, context: ToolContext):
    """A file called like an option or a protocol is a file."""
    name = await take(desk, media.counter_video(1), "-y concat:x.mp4")

    made = await use(context, "ffmpeg", arguments=["-vf", "hflip"], inputs=[name], output="flip.mp4")

    assert made["width"] == 640


async def until(holds: Callable[[], bool]) -> None:
    """Returns when the condition holds, and fails when it does not within a minute."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  another process brings it about
            await asyncio.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Whether the process runs no more; one whose parent died before it may still wait to be reaped."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def fake_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a script in the place of ffmpeg."""

    def install(script: str) -> None:
        tool = tmp_path / "bin" / "ffmpeg"
        tool.parent.mkdir(exist_ok=True)
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(ffmpeg_module.shutil, "which", lambda name: str(tool))

    return install


async def test_an_ffmpeg_that_hangs_is_ended_with_its_children(tmp_path: Path, fake_ffmpeg):
    """At its limit the whole process group goes, and the reason names the limit."""
    fake_ffmpeg(f"sleep 300 & echo $! > {tmp_path}/child\nwait")
    began = time.monotonic()

    with pytest.raises(MediaToolFailed, match=r"took over 0\.5 s"):
        await run_limited([], [], tmp_path / "out.mp4", RunLimits(timeout_s=0.5, output_bytes=10**6))

    assert time.monotonic() - began < 60
    await until(lambda: has_ended(int((tmp_path / "child").read_text())))


async def test_a_cancelled_ffmpeg_is_ended(tmp_path: Path, fake_ffmpeg):
    """Nothing goes on after the job was stopped."""
    fake_ffmpeg(f"echo $$ > {tmp_path}/pid\nexec sleep 300")
    running = asyncio.create_task(run_limited([], [], tmp_path / "out.mp4", LIMITS))
    await until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text().strip()))

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    pid = int((tmp_path / "pid").read_text())
    await until(lambda: has_ended(pid))


async def test_an_output_that_grows_too_large_is_ended(tmp_path: Path):
    """The limit on its size ends it, the disk is not filled."""
    source = ["-f", "lavfi", "-i", "testsrc2=s=640x360", "-c:v", "ffv1"]
    source[source.index("-i") : source.index("-i")] = []

    with pytest.raises(MediaToolFailed, match="output is over 1 MB"):
        await run_limited([], source, tmp_path / "out.mkv", RunLimits(timeout_s=60, output_bytes=10**6))

    assert (tmp_path / "out.mkv").stat().st_size <= 1_100_000


async def test_binary_rubbish_in_ffmpegs_words_is_told_as_text(tmp_path: Path, fake_ffmpeg):
    """Whatever it prints, the error is readable and short."""
    fake_ffmpeg("head -c 300000 /dev/urandom >&2; head -c 300000 /dev/urandom; exit 1")

    with pytest.raises(MediaToolFailed) as failed:
        await run_limited([], [], tmp_path / "out.mp4", LIMITS)

    assert len(str(failed.value)) < 5000
    str(failed.value).encode()


async def test_a_run_tells_what_it_cost(tmp_path: Path):
    """Exact arguments, wall and processor time, and nothing of our environment in its own."""
    os.environ["ROUGHCUT_TEST_SECRET"] = "hidden"
    progress: list[float] = []
    source = media.counter_video(2)

    run = await run_limited(
        [source], ["-vf", "hflip"], tmp_path / "out.mp4", LIMITS, on_progress=progress.append
    )

    assert run.returncode == 0
    assert run.arguments[-1] == f"file:{tmp_path / 'out.mp4'}"
    assert run.cpu_s > 0 and run.wall_s > 0
    del os.environ["ROUGHCUT_TEST_SECRET"]


@pytest.mark.parametrize(
    "make", [media.counter_video, media.hevc_video, media.prores_video, media.ten_bit_video, media.tone],
    ids=lambda make: make.__name__,
)  # fmt: skip
async def test_a_dummy_has_the_streams_of_what_it_stands_for(desk: DeskOnDisk, tmp_path: Path, make):
    """Size, rate, pixel format, codecs and channels are the same; it is a second long."""
    path = make()
    await take(desk, path, f"clip{path.suffix}")

    dummy = await probe(await make_dummy(desk.assets[0], tmp_path))

    whole = desk.assets[0].media
    assert whole is not None
    for part in ("width", "height", "frame_rate", "pixel_format", "video_codec", "audio_codec", "channels"):
        assert getattr(dummy, part) == getattr(whole, part), part
    assert dummy.duration_s == pytest.approx(1.0, abs=0.15)


async def test_every_tool_can_be_tried_out_on_dummies(desk: DeskOnDisk, context: ToolContext):
    """Each of ours does its work on a dummy of footage, so that a broken set-up is found before a job."""
    await take(desk, media.counter_video(2), "clip.mp4")

    for tool in TOOLS.values():
        await tool.try_out(context)
