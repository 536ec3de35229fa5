"""Edits by ear without a model: pauses, captions, beats and speed, measured in the delivered file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from agent.media.analysis.analyst import Analyst, Footage
from agent.media.analysis.speech import Transcriber
from agent.media.analysis.values import Analysis, Span, Word
from agent.media.probe import kind_of, probe
from agent.media.storage import sha256_of
from tests import media
from tests.e2e.cli import Ended, roughcut
from tests.integration.test_analysis import whisper_folder
from tests.music import SENTENCES, music, music_file, talking_video, word_error_rate

FPS = 30
BPM, FIRST_BEAT_S, MUSIC_S = 120, 0.2, 10
TWO_SENTENCES = SENTENCES[:2]


def hearing(tmp_path: Path) -> dict[str, str]:
    """Settings with ears and a cache of the test's own."""
    return {"ROUGHCUT_SPEECH_MODEL": str(whisper_folder()), "ROUGHCUT_CACHE": str(tmp_path / "cache")}


def edit(tmp_path: Path, files: dict[str, Path], request: str) -> tuple[Ended, Path]:
    """The files under these names, edited without a model; where the result goes."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content.read_bytes())
    output, home = tmp_path / "out.mp4", tmp_path / "home"
    named = [tmp_path / name for name in files]
    return roughcut("edit", *named, request, "-o", output, "--json", home=home, **hearing(tmp_path)), output


async def analysis_of(path: Path, tmp_path: Path) -> Analysis:
    info = await probe(path)
    footage = Footage(path, sha256_of(path), kind_of(path, info), info)
    return await Analyst(tmp_path / "cache", Transcriber(str(whisper_folder()))).analysis(footage)


def sentences_of(words: tuple[Word, ...]) -> list[Span]:
    """From the first word up to the last of each sentence."""
    spans, start_s = [], None
    for word in words:
        start_s = word.start_s if start_s is None else start_s
        if word.text.endswith("."):
            spans.append(Span(start_s, word.end_s))
            start_s = None
    return spans


def dark_stretches(video: Path) -> list[Span]:
    """When a dark plate lies on the bright bars in the lower part of the test picture."""
    crop = "crop=iw/4:ih/24:iw*3/8:ih*0.81,scale=16:4,format=gray"
    command = ["ffmpeg", "-v", "error", "-i", video, "-vf", crop, "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
    levels = np.frombuffer(raw, np.uint8).reshape(-1, 64).mean(axis=1)
    dark = levels < (levels.min() + levels.max()) / 2
    edges = np.flatnonzero(np.diff(np.concatenate([[0], dark, [0]]).astype(int)))
    return [Span(start / FPS, end / FPS) for start, end in edges.reshape(-1, 2)]


async def test_pauses_go_and_captions_come_with_their_words(tmp_path: Path):
    """Every word is there, no pause over half a second, a caption with its sentence; a replay agrees."""
    ended, output = edit(tmp_path, {"talk.mp4": talking_video()}, "Remove the pauses and caption it")

    assert ended.code == 0, ended.stderr
    found = await analysis_of(output, tmp_path)
    assert found.transcript is not None and found.sound is not None
    words = found.transcript.words
    assert word_error_rate(" ".join(word.text for word in words)) <= 0.05
    assert max((silence.duration_s for silence in found.sound.silences), default=0) <= 0.5
    said, shown = sentences_of(words), dark_stretches(output)
    assert len(said) == len(shown) == len(SENTENCES)
    for sentence, caption in zip(said, shown, strict=True):
        assert caption.start_s == pytest.approx(sentence.start_s, abs=0.25)
        assert caption.end_s == pytest.approx(sentence.end_s, abs=0.25)
    assert ended.json["artifact"]["media"]["audio_codec"] == "aac"
    assert found.sound.loudness.integrated_lufs == pytest.approx(-14, abs=1)
    session = ended.json["folder"]
    again = roughcut("replay", session, "--json", home=tmp_path / "home", **hearing(tmp_path))
    assert again.code == 0, again.stdout + again.stderr


def test_a_follow_up_goes_on_from_what_was_heard(tmp_path: Path):
    """Pauses that are put back are there again, and the captions, of another cut, go along."""
    (tmp_path / "talk.mp4").write_bytes(talking_video(TWO_SENTENCES).read_bytes())
    requests = "remove the pauses and caption it in the paper style\nput the pauses back\n/quit\n"

    ended = roughcut(
        "chat", tmp_path / "talk.mp4", "-o", tmp_path / "out.mp4", home=tmp_path / "home",
        stdin=requests, **hearing(tmp_path),
    )  # fmt: skip

    assert ended.code == 0, ended.stdout + ended.stderr
    session = next((tmp_path / "home/sessions").iterdir())
    history = json.loads((session / "history.json").read_text())
    cut, whole = ((session / job["composition"]).read_text() for job in history["jobs"])
    assert [program.count("core.VideoClip(") for program in (cut, whole)] == [2, 1]
    assert '"talk.captions.json"' in cut and '"talk-2.captions.json"' in whole
    assert "loadPreset('PAPER')" in whole
    assert {"talk.srt", "talk-2.srt"} <= {path.name for path in (session / "outputs").iterdir()}


async def test_shots_change_on_the_beat(tmp_path: Path):
    """At least nine of ten cuts in the delivered file are within a frame of a beat of the music."""
    files = {
        "bars.mp4": picture("testsrc2"),
        "fractal.mp4": picture("mandelbrot"),
        "music.wav": music_file(BPM, MUSIC_S, first_s=FIRST_BEAT_S),
    }

    ended, output = edit(tmp_path, files, "Cut bars.mp4 and fractal.mp4 on the beat of music.wav")

    assert ended.code == 0, ended.stderr
    found = await analysis_of(output, tmp_path)
    assert found.picture is not None
    cuts_s = np.array(found.picture.cuts_s)
    _, beats_s = music(BPM, MUSIC_S, first_s=FIRST_BEAT_S)
    off_s = np.abs(cuts_s[:, None] - beats_s[None, :]).min(axis=1)
    assert len(cuts_s) >= 7
    assert (off_s <= 1 / FPS + 0.001).mean() >= 0.9


async def test_speech_is_sped_up_and_softer(tmp_path: Path):
    """Twice as fast is half as long, every word is still heard, at the loudness that was asked for."""
    talk = talking_video(TWO_SENTENCES)

    ended, output = edit(tmp_path, {"talk.mp4": talk}, "Play it twice as fast, loudness to -20 LUFS")

    assert ended.code == 0, ended.stderr
    before, after = await probe(talk), await probe(output)
    assert after.duration_s == pytest.approx(before.duration_s / 2, abs=0.1)
    found = await analysis_of(output, tmp_path)
    assert found.transcript is not None and found.sound is not None
    heard = " ".join(word.text for word in found.transcript.words)
    assert word_error_rate(heard, TWO_SENTENCES) <= 0.1
    assert found.sound.loudness.integrated_lufs == pytest.approx(-20, abs=1)


@pytest.mark.parametrize(
    ("sound", "request_text", "said"),
    [
        ("music", "Caption it", "Nothing is said in 'clip.mp4', so there are no captions."),
        ("silence", "Remove the pauses and caption it", "nothing is heard in clip.mp4"),
    ],
)
def test_no_words_are_invented(tmp_path: Path, sound: str, request_text: str, said: str):
    """Where nobody speaks the edit is refused, with the reason."""
    ended, output = edit(tmp_path, {"clip.mp4": with_sound(sound)}, request_text)

    assert ended.code != 0
    assert said in ended.json["message"]
    assert not output.exists()


def picture(source: str) -> Path:
    """Six seconds of a moving test picture without sound."""
    return media.made_by_ffmpeg(
        "-f", "lavfi", "-i", f"{source}=size=320x180:rate={FPS}", "-t", "6", *media.X264, suffix=".mp4"
    )


def with_sound(sound: str) -> Path:
    """Five seconds of picture with music, or with a sound track that holds nothing."""
    track = ["-i", music_file(BPM, 5)] if sound == "music" else ["-f", "lavfi", "-i", "anullsrc=r=48000"]
    video = ["-f", "lavfi", "-i", f"testsrc2=size=320x180:rate={FPS}"]
    return media.made_by_ffmpeg(*video, *track, "-t", "5", *media.X264, "-c:a", "aac", suffix=".mp4")
