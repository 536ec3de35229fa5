"""What is asked for is refused before any work, or understood."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain import Asset, AssetKind, ExportSettings, MediaInfo
from agent.errors import BadInput, BadMedia, OutputRefused
from agent.order import (
    EditOrder,
    checked_request,
    export_for,
    export_settings,
    refuse_files,
    refuse_output,
    refuse_standard,
)


def settings(output: str, codec: str | None = None) -> ExportSettings:
    return export_settings(Path(output), codec=codec)


def video(frame_rate: float | None) -> Asset:
    info = MediaInfo("mp4", 5.0, 1280, 720, frame_rate=frame_rate)
    return Asset("a.mp4", AssetKind.VIDEO, Path("a"), Path("a"), "0", "0", 1, info)


@pytest.mark.parametrize(
    ("output", "codec", "expected"),
    [
        ("a.mp4", None, ("mp4", "avc", "aac")),
        ("A.MP4", "av1", ("mp4", "av1", "aac")),
        ("a.webm", None, ("webm", "vp9", "opus")),
        ("a.mov", None, ("mov", "avc", "aac")),
    ],
)
def test_the_ending_decides_the_container(output: str, codec: str | None, expected: tuple[str, str, str]):
    """Codecs follow from the container unless one is named."""
    found = settings(output, codec)

    assert (found.container, found.video_codec, found.audio_codec) == expected


@pytest.mark.parametrize(
    ("output", "codec"), [("a.avi", None), ("a", None), ("a.webm", "avc"), ("a.mp4", "x")]
)
def test_pairs_that_nobody_plays_are_refused(output: str, codec: str | None):
    """The error says what would do."""
    with pytest.raises(BadInput) as caught:
        settings(output, codec)
    assert caught.value.hint


@pytest.mark.parametrize(("rate", "expected"), [(25.0, 25.0), (120.0, 60.0), (None, 30.0)])
def test_the_frame_rate_follows_the_footage(rate: float | None, expected: float):
    """Up to 60; where nothing is known it is 30."""
    assert export_for(ExportSettings(), [video(rate)]).fps == expected


def test_a_stated_frame_rate_stays():
    """What the user says goes before what the footage has."""
    assert export_for(ExportSettings(fps=24), [video(50)]).fps == 24


def test_footage_is_never_the_output(tmp_path: Path):
    """Not even with --force: the source would be lost."""
    footage = tmp_path / "clip.mp4"
    footage.touch()

    with pytest.raises(OutputRefused, match="footage"):
        refuse_files(EditOrder("trim", footage, files=(footage,), force=True))


def test_what_needs_no_probe_is_refused_at_once(tmp_path: Path):
    """A folder and an empty file, before anything that could read footage is loaded."""
    (tmp_path / "empty.mp4").touch()

    for file, why in ((tmp_path, "is a folder"), (tmp_path / "empty.mp4", "is empty")):
        with pytest.raises(BadMedia, match=why):
            refuse_files(EditOrder("trim", tmp_path / "out.mp4", files=(file,)))


def test_a_contact_sheet_is_guarded_like_the_output(tmp_path: Path):
    """An existing picture is replaced by --force only."""
    sheet = tmp_path / "sheet.png"
    sheet.touch()

    with pytest.raises(OutputRefused, match=r"sheet\.png"):
        refuse_output(EditOrder("trim", tmp_path / "out.mp4", contact_sheet=sheet))
    refuse_output(EditOrder("trim", tmp_path / "out.mp4", contact_sheet=sheet, force=True))


@pytest.mark.parametrize("request_", ["", " \n"])
def test_a_request_that_says_nothing_is_refused(request_: str):
    """With an example of one; any other stays as it was written."""
    with pytest.raises(BadInput, match="empty") as refused:
        checked_request(request_)
    assert "Trim" in refused.value.hint
    assert checked_request(" trim ") == " trim "


def test_golden_is_refused_where_nobody_can_judge_it():
    """Without a vision model no video is golden; a plan alone needs none, nor does a video without faults."""
    golden = EditOrder("trim", Path("out.mp4"), require_golden=True)

    with pytest.raises(BadInput) as refused:
        refuse_standard(golden, None)

    assert "ROUGHCUT_CRITIC_MODEL" in refused.value.hint
    refuse_standard(golden, "vision")
    refuse_standard(replace(golden, plan_only=True), None)
    refuse_standard(replace(golden, require_golden=False), None)
