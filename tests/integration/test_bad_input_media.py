"""Files that are no footage are refused with what was found and what to do; nothing is stored."""

import json
import wave
from pathlib import Path

import pytest

from agent.errors import BadMedia
from agent.media.ingest import ingest
from agent.media.probe import probe
from tests import media


def empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def no_media(folder: Path) -> Path:
    (folder / "letter.mp4").write_text("Dear editor, " * 100)
    return folder / "letter.mp4"


def noise(folder: Path) -> Path:
    (folder / "noise.mov").write_bytes(bytes(range(256)) * 64)
    return folder / "noise.mov"


def no_length(folder: Path) -> Path:
    with wave.open(str(folder / "silence.wav"), "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
    return folder / "silence.wav"


def playlist(folder: Path) -> Path:
    path = folder / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nhttp://127.0.0.1:9/secret.ts\n")
    return path


def words_without_times(folder: Path) -> Path:
    (folder / "c.json").write_text(json.dumps([{"text": "Hi", "words": [{"text": "Hi", "start": 0}]}]))
    return folder / "c.json"


def no_cues(folder: Path) -> Path:
    (folder / "c.srt").write_text("just words")
    return folder / "c.srt"


def not_utf8(folder: Path) -> Path:
    (folder / "c.vtt").write_bytes(b"WEBVTT\n\n\xff\xfe")
    return folder / "c.vtt"


def shapeless_svg(folder: Path) -> Path:
    (folder / "s.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>')
    return folder / "s.svg"


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda folder: folder / "nowhere.mp4", "does not exist"),
        (lambda folder: folder, "is a folder"),
        (empty, "is empty"),
        (no_media, "not readable as media"),
        (noise, "not readable as media"),
        (no_length, "no duration|not readable"),
        (playlist, "not readable as media"),
        (words_without_times, r"\[0\].words\[0\].end: Field required"),
        (no_cues, "holds no captions"),
        (not_utf8, "UTF-8"),
        (shapeless_svg, "neither width and height nor a viewBox"),
        (lambda _: media.truncated(media.counter_video()), "cut short: expected 3.0 s"),
        (lambda _: media.truncated(media.counter_video(), 0.9), "cut short: expected 3.0 s"),
        (lambda _: media.truncated(media.BUNNY), "not readable as media"),
        (lambda _: media.truncated(media.late_picture_video()), "cut short"),
        (lambda _: media.truncated(media.still()), "cannot be read to its end"),
    ],
)
async def test_a_bad_file_is_refused_with_the_next_step(make, found, tmp_path):
    """What was found is in the message, what to do in the hint."""
    with pytest.raises(BadMedia, match=found) as caught:
        await probe(make(tmp_path))

    assert caught.value.hint


async def test_one_bad_file_keeps_the_others_out(tmp_path):
    """All or none: no half-made session."""
    with pytest.raises(BadMedia):
        await ingest([media.tone(), empty(tmp_path)], tmp_path / "session", decodable=set())

    assert not (tmp_path / "session").exists()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 5), (4097, 101)])
async def test_odd_sizes_are_measured(width, height):
    """They are footage like any other."""
    info = await probe(media.sized_video(width, height))

    assert (info.width, info.height, info.frame_count) == (width, height, 5)


async def test_sound_alone_is_no_picture():
    """An audio file is an asset without size."""
    info = await probe(media.tone(suffix=".mp3"))

    assert (info.video_codec, info.width, info.audio_codec) == (None, None, "mp3")


async def test_a_cover_is_no_picture(tmp_path):
    """A song with its cover in it is a song."""
    song = media.made_by_ffmpeg(
        "-i", str(media.tone(suffix=".mp3")), "-i", str(media.still(suffix=".jpg")),
        "-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic", suffix=".mp3",
    )  # fmt: skip

    assert (await probe(song)).video_codec is None
