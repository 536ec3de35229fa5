"""Delivery, and the finished file against the approved samples."""

import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.domain import ExportSettings, Severity
from agent.errors import BadMedia, MediaToolFailed, OutputRefused
from agent.media.artifact import check_artifact
from agent.media.deliver import deliver
from agent.media.ffmpeg import input_args, run_ffmpeg
from agent.media.probe import probe
from agent.media.storage import refusing_full_disk
from tests import media
from tests.compositions import BUNNY_SECONDS, edited_bunny, every_second


@dataclass(frozen=True)
class Figures:
    """Size and length as a summary states them."""

    width: int = 1280
    height: int = 720
    duration_seconds: float = BUNNY_SECONDS


async def blockers(path, figures=None, **options) -> set[str]:
    samples = options.pop("samples", None) or every_second(media.BUNNY)
    _, issues = await check_artifact(
        path, summary=figures or Figures(), samples=samples, export=ExportSettings(), **options
    )
    return {issue.code for issue in issues if issue.severity is Severity.BLOCKER}


def rendered(*, sound: str = "pcm_s16le", suffix: str = ".mov"):
    """What the page makes: picture first, index last, sound that is to be encoded once more."""
    return media.made_by_ffmpeg(
        "-i", str(media.BUNNY), "-c:v", "copy", "-c:a", sound, "-ac", "2", suffix=suffix
    )


def boxes(path) -> list[str]:
    """Names of the top-level boxes of an mp4, in order."""
    content, at, names = path.read_bytes(), 0, []
    while at + 8 <= len(content):
        size, name = struct.unpack(">I4s", content[at : at + 8])
        names.append(name.decode("latin-1"))
        at += size or len(content)
    return names


@pytest.mark.parametrize(("sound", "suffix"), [("pcm_s16le", ".mov"), ("libopus", ".mp4"), ("aac", ".mp4")])
async def test_delivery_makes_an_mp4_that_plays_everywhere(sound, suffix, tmp_path):
    """H.264 untouched, AAC, the index before the data, nothing else left in the folder."""
    await deliver(rendered(sound=sound, suffix=suffix), tmp_path / "out.mp4", ExportSettings())

    info = await probe(tmp_path / "out.mp4")
    names = boxes(tmp_path / "out.mp4")
    assert (info.video_codec, info.pixel_format, info.audio_codec) == ("h264", "yuv420p", "aac")
    assert info.frame_count == 132
    assert names.index("moov") < names.index("mdat")
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


async def test_delivery_copies_the_picture_bit_by_bit(tmp_path):
    """The frames are those that were rendered."""
    await deliver(rendered(), tmp_path / "out.mp4", ExportSettings())

    assert await blockers(tmp_path / "out.mp4", has_sound=True, marked=False) == set()


async def test_webm_is_delivered_as_it_is(tmp_path):
    """Opus belongs there."""
    source = media.made_by_ffmpeg(
        *media.counter_source(1), *media.tone_source(1), "-c:v", "libvpx-vp9", "-deadline", "realtime",
        "-cpu-used", "8", "-c:a", "libopus", suffix=".webm",
    )  # fmt: skip

    await deliver(source, tmp_path / "out.webm", ExportSettings("webm", "vp9", "opus"))

    assert (tmp_path / "out.webm").read_bytes() == source.read_bytes()


async def test_a_failed_delivery_leaves_no_file(tmp_path):
    """Sound that mp4 cannot hold: the error says so, the folder stays as it was."""
    with pytest.raises(MediaToolFailed):
        await deliver(rendered(), tmp_path / "out.mp4", ExportSettings(container="nonsense"))

    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    """A file stands where the folder should be."""
    (tmp_path / "folder").write_text("in the way")

    with pytest.raises(OutputRefused, match="cannot be written"):
        await deliver(rendered(), tmp_path / "folder" / "out.mp4", ExportSettings())


async def test_a_full_disk_is_refused(tmp_path):
    """Whether we meet it or ffmpeg does, it has one name."""
    with pytest.raises(OutputRefused, match="No space is left"), refusing_full_disk(tmp_path):
        Path("/dev/full").write_bytes(b"x")
    with pytest.raises(OutputRefused, match="No space is left"), refusing_full_disk(tmp_path):
        await run_ffmpeg([*input_args(media.BUNNY), "-c", "copy", "-f", "mpegts", "/dev/full"], timeout_s=30)


async def test_an_approved_file_is_accepted():
    """Right figures, every sample found, and the file's own facts for the record."""
    path = edited_bunny("null")

    artifact, issues = await check_artifact(
        path, summary=Figures(), samples=every_second(media.BUNNY), export=ExportSettings(), has_sound=False
    )

    assert issues == ()
    assert (artifact.size_bytes, artifact.media.frame_count) == (path.stat().st_size, 132)
    assert len(artifact.sha256) == 64


async def test_the_mark_is_allowed_for_and_nothing_more():
    """A drawing in core's corner passes without a licence, and is a difference with one."""
    marked = edited_bunny("drawbox=x=28:y=28:w=240:h=62:color=white:t=fill")

    assert await blockers(marked) == set()
    assert await blockers(edited_bunny("drawbox=x=700:y=400:w=480:h=240:color=white:t=fill")) == {
        "artifact_differs"
    }


@pytest.mark.parametrize(
    ("picture", "codes"),
    [
        (
            "drawbox=color=black:t=fill:enable='between(t,1.6,2.6)'",
            {"artifact_differs", "artifact_black"},
        ),
        (
            "loop=loop=60:size=1:start=20,trim=end_frame=132,setpts=N/25/TB",
            {"artifact_differs", "artifact_frozen"},
        ),
        ("hflip", {"artifact_differs"}),
        ("setpts=PTS+0.4/TB,fps=25:start_time=0,trim=end_frame=132", {"artifact_differs"}),
        ("scale=640:360", {"artifact_size"}),
        ("trim=end_frame=100", {"artifact_duration", "artifact_frames", "artifact_differs"}),
        (
            "select='not(eq(mod(n,4),3))',setpts=N/25/TB,fps=25,tpad=stop_mode=clone:stop=33",
            {"artifact_differs"},
        ),
    ],
)
async def test_a_file_that_is_not_what_was_approved_is_named(picture, codes):
    """Black, frozen, mirrored, late, too small, too short, frames left out."""
    assert await blockers(edited_bunny(picture)) >= codes


@pytest.mark.parametrize(("has_sound", "codes"), [(True, {"artifact_sound"}), (False, set()), (None, set())])
async def test_missing_sound_is_named(has_sound, codes):
    """A composition with sound needs a file with sound."""
    assert await blockers(edited_bunny("null"), has_sound=has_sound) == codes


async def test_black_and_still_stretches_that_were_approved_pass():
    """What the samples show too was meant."""
    black = edited_bunny("drawbox=color=black:t=fill:enable='between(t,1.6,4.2)'")
    still = edited_bunny("loop=loop=60:size=1:start=20,trim=end_frame=132,setpts=N/25/TB")

    assert await blockers(black, samples=every_second(black)) == set()
    assert await blockers(still, samples=every_second(still)) == set()


async def test_no_video_at_all_is_bad_media():
    """A sound file is no artifact."""
    with pytest.raises(BadMedia, match="no picture"):
        await blockers(media.tone())
