"""Footage as people have it becomes assets that the page can open."""

import json

import numpy as np
import pytest

from agent.domain import AssetKind
from agent.errors import OutputRefused
from agent.media.artifact_frames import decode_frames
from agent.media.ingest import IngestProgress, ingest
from agent.media.names import safe_name
from agent.media.probe import probe
from agent.media.storage import sha256_of
from tests import media
from tests.compositions import samples_of

DECODABLE = {"avc", "vp8", "vp9", "av1", "aac", "opus", "mp3", "vorbis", "flac"}


async def one(path, tmp_path):
    (asset,) = await ingest([path], tmp_path / "session", decodable=DECODABLE)
    return asset


@pytest.mark.parametrize(
    "make",
    [media.counter_video, media.vertical_phone_video, media.variable_rate_video, media.tone, media.still],
    ids=lambda make: make.__name__,
)
async def test_what_the_page_can_open_is_given_as_it_is(make, tmp_path):
    """No proxy for what core turns, times or decodes right by itself."""
    asset = await one(make(), tmp_path)

    assert asset.page_path == asset.path
    assert asset.page_sha256 == asset.sha256 == sha256_of(make())


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (media.hevc_video, "hevc is not decodable"),
        (media.prores_video, "prores is not decodable"),
        (media.avi_video, "mpeg4 is not decodable"),
        (media.animated_gif, "gif is not decodable"),
        (media.ten_bit_video, "yuv420p10le"),
        (media.anamorphic_video, "not square"),
        (media.late_picture_video, "begins 0.52 s after"),
        (lambda: media.sized_video(1, 1), "yuv444p"),
        (lambda: media.sized_video(4097, 101), "yuv444p"),
    ],
)
async def test_other_footage_gets_a_proxy_and_a_note(make, reason, tmp_path):
    """An upright H.264 mp4 of the same length and shape that every browser decodes; the note says why."""
    asset = await one(make(), tmp_path)

    proxy = await probe(asset.page_path)
    assert reason in asset.notes[0]
    assert asset.page_sha256 != asset.sha256 == sha256_of(make())
    assert (proxy.video_codec, proxy.pixel_format, proxy.square_pixels) == ("h264", "yuv420p", True)
    assert proxy.video_start_s == 0
    assert proxy.duration_s == pytest.approx(asset.media.duration_s, abs=0.05)
    assert proxy.width % 2 == proxy.height % 2 == 0
    assert max(proxy.width, proxy.height) <= 4096
    assert proxy.width == pytest.approx(asset.media.width, abs=1)
    assert (proxy.audio_codec is None) == (asset.media.audio_codec is None)


async def test_a_proxy_shows_the_frames_of_the_original(tmp_path):
    """Frame by frame, at the same times."""
    original = media.hevc_video()
    asset = await one(original, tmp_path)
    samples = samples_of(original, [0, 0.5, 1, 59 / 30], frame_rate=30)

    frames = await decode_frames(asset.page_path, await probe(asset.page_path), samples, 30)

    assert frames.frame_count == 60
    assert np.min([similarity for _, similarity in frames.similarities]) > 0.98


async def test_a_phone_video_is_measured_as_it_is_shown(tmp_path):
    """Stored lying, shown upright."""
    info = (await one(media.vertical_phone_video(), tmp_path)).media

    assert (info.width, info.height, info.rotation_deg) == (360, 640, 90)


async def test_a_variable_frame_rate_is_told(tmp_path):
    """The user learns why motion may look uneven."""
    asset = await one(media.variable_rate_video(), tmp_path)

    assert asset.media.variable_frame_rate
    assert "varies" in asset.notes[0]


@pytest.mark.parametrize("suffix", [".ac3", ".wma"])
async def test_sound_that_the_page_cannot_open_gets_a_proxy(suffix, tmp_path):
    """AAC in mp4."""
    asset = await one(media.tone(suffix=suffix), tmp_path)

    assert (asset.kind, (await probe(asset.page_path)).audio_codec) == (AssetKind.AUDIO, "aac")


async def test_a_tiff_becomes_a_png(tmp_path):
    """Browsers do not show TIFF."""
    asset = await one(media.still(suffix=".tiff"), tmp_path)

    assert (asset.kind, (await probe(asset.page_path)).container) == (AssetKind.IMAGE, "png")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "talk.srt",
            "1\n00:00:00,500 --> 00:00:01,500\nHello <i>you</i>\n\n2\n00:00:02,000 --> 00:00:03,000\nBye\n",
        ),
        (
            "talk.vtt",
            "WEBVTT\n\n00:00.500 --> 00:01.500 align:left\nHello you\n\n00:02.000 --> 00:03.000\nBye\n",
        ),
    ],
)
async def test_subtitles_become_what_core_reads(name, text, tmp_path):
    """Words with times inside their cue."""
    (tmp_path / name).write_text(text)

    asset = await one(tmp_path / name, tmp_path)

    assert (asset.kind, asset.media.duration_s) == (AssetKind.CAPTIONS, 3.0)
    assert json.loads(asset.page_path.read_text()) == [
        {
            "text": "Hello you",
            "words": [
                {"text": "Hello", "start": 0.5, "end": 1.125},
                {"text": "you", "start": 1.125, "end": 1.5},
            ],
        },
        {"text": "Bye", "words": [{"text": "Bye", "start": 2.0, "end": 3.0}]},
    ]


async def test_captions_as_core_has_them_are_kept(tmp_path):
    """The page gets the very file."""
    transcript = [{"text": "Hi", "words": [{"text": "Hi", "start": 0, "end": 0.4, "confidence": 0.9}]}]
    (tmp_path / "c.json").write_text(json.dumps(transcript))

    asset = await one(tmp_path / "c.json", tmp_path)

    assert (asset.kind, asset.page_path) == (AssetKind.CAPTIONS, asset.path)


async def test_a_font_is_an_asset(tmp_path):
    """By its first bytes and its suffix."""
    font = media.copied(media.FONT, tmp_path / "Brand Font.ttf")

    asset = await one(font, tmp_path)

    assert (asset.kind, asset.name) == (AssetKind.FONT, "Brand Font.ttf")


async def test_one_content_is_stored_once(tmp_path):
    """Two names, one file on disk; the same file given twice is one asset."""
    first = media.copied(media.tone(), tmp_path / "a" / "one.wav")
    second = media.copied(media.tone(), tmp_path / "a" / "two.wav")

    assets = await ingest([first, second, first], tmp_path / "session", decodable=DECODABLE)

    assert [asset.name for asset in assets] == ["one.wav", "two.wav"]
    assert assets[0].path == assets[1].path
    assert len(list((tmp_path / "session" / "assets").iterdir())) == 1


async def test_equal_names_of_different_files_are_told_apart(tmp_path):
    """The second gets a number."""
    first = media.copied(media.tone(), tmp_path / "a" / "x.wav")
    second = media.copied(media.tone(1), tmp_path / "b" / "x.wav")

    assets = await ingest([first, second], tmp_path / "session", decodable=DECODABLE)

    assert [asset.name for asset in assets] == ["x.wav", "x-2.wav"]


async def test_what_the_session_has_already_is_given_back(tmp_path):
    """The same file is the asset that it was; another one of its name gets a number."""
    first = media.copied(media.tone(), tmp_path / "a" / "x.wav")
    second = media.copied(media.tone(1), tmp_path / "b" / "x.wav")
    known = await ingest([first, second], tmp_path / "session", decodable=DECODABLE)
    third = media.copied(media.tone(3), tmp_path / "c" / "x.wav")

    assets = await ingest([third, second, first], tmp_path / "session", decodable=DECODABLE, known=known)

    assert [asset.name for asset in assets] == ["x-3.wav", "x-2.wav", "x.wav"]
    assert assets[1:] == (known[1], known[0])


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("../../x", "x"),
        ("..\\..\\x.mp4", "x.mp4"),
        ("my clip (1).mp4", "my clip (1).mp4"),
        ('it\'s "me" `x`.mp4', "its me x.mp4"),
        ("видео 日本語 ไทย é.mp4", "видео 日本語 ไทย é.mp4"),
        ("a\nb\x00c\u202e.mp4", "abc.mp4"),
        ("…/.hidden", "hidden"),
        ("///", "asset"),
        ("'\"", "asset"),
        ("x" * 300 + ".mp4", "x" * 100 + ".mp4"),
    ],
)
def test_names_are_safe_and_recognisable(raw, name):
    """No path parts, quotes or control characters; letters of every script stay."""
    assert safe_name(raw) == name


async def test_progress_is_told_by_file(tmp_path):
    """Storing first, then the proxy, to the end."""
    seen: list[IngestProgress] = []

    await ingest([media.hevc_video()], tmp_path / "session", decodable=DECODABLE, on_progress=seen.append)

    assert [(step.stage, step.done) for step in (seen[0], seen[-1])] == [("storing", 0.0), ("proxy", 1.0)]


async def test_a_proxy_is_made_once(tmp_path):
    """A second job of the session finds it."""
    first = await one(media.hevc_video(), tmp_path)
    made_at = first.page_path.stat().st_mtime_ns

    second = await one(media.hevc_video(), tmp_path)

    assert (second, second.page_path.stat().st_mtime_ns) == (first, made_at)


async def test_a_session_folder_that_cannot_be_written_is_refused(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "session").write_text("in the way")

    with pytest.raises(OutputRefused, match="cannot be written"):
        await one(media.tone(), tmp_path)


async def test_footage_in_4k_is_given_as_it_is(tmp_path):
    """A proxy would cost more than it saves, and detail."""
    large = media.made_by_ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=3840x2160:rate=10:duration=0.3", *media.X264, suffix=".mp4"
    )

    asset = await one(large, tmp_path)

    assert asset.page_path == asset.path


async def test_a_smaller_side_makes_a_proxy_of_its_own(tmp_path):
    """Whoever asks for one gets it, with a note; another side is another proxy."""
    folder = tmp_path / "session"

    (small,) = await ingest([media.vertical_phone_video()], folder, decodable=DECODABLE, side_px=320)
    (smaller,) = await ingest([media.vertical_phone_video()], folder, decodable=DECODABLE, side_px=160)

    assert "at most 320 pixels a side" in small.notes[0]
    shapes = [await probe(asset.page_path) for asset in (small, smaller)]
    assert [(shape.width, shape.height) for shape in shapes] == [(180, 320), (90, 160)]
    assert small.media.height == 640
