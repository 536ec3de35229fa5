"""What cannot be edited is refused with the reason and the next step; nothing is half done or lost."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli import FOOTAGE, roughcut
from tests.media import vertical_phone_video

TRIM = "Trim to 1 second"


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def edit(tmp_path: Path, *files: Path, prompt: str = TRIM, output: Path | None = None):
    target = output or tmp_path / "out.mp4"
    return roughcut("edit", *files, prompt, "-o", target, home=tmp_path / "home")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.mp4", None),
        ("empty.mp4", b""),
        ("letter.mp4", b"Dear editor, this is not a video."),
        ("truncated.mp4", FOOTAGE.read_bytes()[:4000]),
    ],
)
def test_what_is_no_footage_is_refused(tmp_path: Path, name: str, content: bytes | None):
    """Missing, empty, foreign and cut-off files end with exit code 2, their name and a next step."""
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)

    ended = edit(tmp_path, file)

    assert ended.code == 2
    assert name in ended.stderr
    assert "Next:" in ended.stderr
    assert not (tmp_path / "out.mp4").exists()


def test_a_folder_that_is_not_there_is_refused_before_any_work(tmp_path: Path):
    """The output's folder is looked at first."""
    ended = edit(tmp_path, FOOTAGE, output=tmp_path / "nowhere" / "out.mp4")

    assert ended.code == 2
    assert "nowhere" in ended.stderr
    assert not (tmp_path / "home").exists()


def test_an_unwritable_folder_is_refused_before_any_work(tmp_path: Path):
    """A folder in which not even root may write."""
    ended = edit(tmp_path, FOOTAGE, output=Path("/proc/out.mp4"))

    assert ended.code == 2
    assert "/proc" in ended.stderr


def test_an_ending_that_nobody_writes_is_refused(tmp_path: Path):
    """The message names the endings that work."""
    ended = edit(tmp_path, FOOTAGE, output=tmp_path / "out.avi")

    assert ended.code == 2
    assert ".mp4" in ended.stderr


@pytest.mark.parametrize("name", ["a clip, with 'quotes' & spaces.mp4", "Клип №1 — 日本語.mp4", "-o.mp4"])
def test_names_are_only_names(tmp_path: Path, name: str):
    """Spaces, quotes, other letters and a leading dash reach the file as they are."""
    file = tmp_path / name
    file.write_bytes(FOOTAGE.read_bytes())

    ended = edit(tmp_path, file)

    assert ended.code == 0, ended.stderr


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        (
            "one pixel",
            ["-f", "lavfi", "-i", "color=red:s=2x2:d=2:r=10", "-vf", "scale=1:1", "-pix_fmt", "yuv444p"],
        ),
        ("an odd width", ["-f", "lavfi", "-i", "testsrc2=s=321x241:d=2:r=10", "-pix_fmt", "yuv444p"]),
        ("wider than 4096", ["-f", "lavfi", "-i", "testsrc2=s=4097x64:d=2:r=5", "-pix_fmt", "yuv444p"]),
    ],
)
def test_odd_sizes_are_edited_or_refused_with_the_reason(tmp_path: Path, what: str, arguments: list[str]):
    """No size ends in a crash: there is a file of the asked length, or a clear word."""
    file = tmp_path / "odd.mkv"
    ffmpeg(*arguments, "-c:v", "libx264", file)

    ended = edit(tmp_path, file)

    if ended.code == 0:
        assert (tmp_path / "out.mp4").stat().st_size > 0
    else:
        assert ended.code in (1, 2, 3), ended.stderr
        assert "Traceback" not in ended.stderr
        assert "Next:" in ended.stderr or "Review required" in ended.stdout


def test_sound_alone_is_no_video(tmp_path: Path):
    """A sound file by itself is told apart from footage; there is no black video."""
    file = tmp_path / "tone.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=2", file)

    ended = edit(tmp_path, file)

    assert ended.code in (1, 2, 3)
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "out.mp4").exists()


def test_a_phone_video_comes_out_upright(tmp_path: Path):
    """Rotation metadata is followed: a sideways file becomes a vertical video."""
    ended = roughcut(
        "edit", vertical_phone_video(), TRIM, "-o", tmp_path / "out.mp4", "--json", home=tmp_path / "home"
    )

    assert ended.code == 0, ended.stderr
    media = ended.json["artifact"]["media"]
    assert (media["width"], media["height"]) == (360, 640)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if os.geteuid() != 0 or mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_no_half_file_and_keeps_the_session(tmp_path: Path, small_disk: Path):
    """The output's disk fills up: a clear error, nothing there, and the edit on record."""
    ended = edit(tmp_path, FOOTAGE, prompt="Trim to 4 seconds", output=small_disk / "out.mp4")

    assert ended.code in (1, 2)
    assert "space" in ended.stderr.lower()
    assert list(small_disk.iterdir()) == []
    history = json.loads(next((tmp_path / "home/sessions").glob("*/history.json")).read_text())
    assert history["jobs"][0]["status"] == "failed"
    assert history["jobs"][0]["composition"]
