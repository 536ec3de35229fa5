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
NO_BROWSER = {"ROUGHCUT_BROWSER_PATH": "/nowhere/chromium"}
"""With it an edit ends, with another exit code, where it opens a browser."""


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def edit(tmp_path: Path, *files: Path, prompt: str = TRIM, output: Path | None = None, **environment: str):
    target = output or tmp_path / "out.mp4"
    return roughcut("edit", *files, prompt, "-o", target, home=tmp_path / "home", **environment)


def test_footage_that_is_good_needs_a_browser(tmp_path: Path):
    """Where there is none, this is what an edit fails with as soon as it opens one."""
    ended = edit(tmp_path, FOOTAGE, **NO_BROWSER)

    assert ended.code == 1
    assert "nowhere/chromium" in ended.stderr


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
    """Missing, empty, foreign and cut-off files end with exit code 2, their name and a next step, before a
    browser is opened; also behind a file that is good.
    """
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)

    ended = edit(tmp_path, FOOTAGE, file, **NO_BROWSER)

    assert ended.code == 2
    assert name in ended.stderr
    assert "Next:" in ended.stderr
    assert not (tmp_path / "out.mp4").exists()


def test_a_folder_is_no_footage(tmp_path: Path):
    """It is refused as what it is, before a browser is opened."""
    ended = edit(tmp_path, tmp_path, **NO_BROWSER)

    assert ended.code == 2
    assert "is a folder" in ended.stderr


def test_a_time_outside_the_footage_is_refused_with_the_reason_alone(tmp_path: Path):
    """Before a browser is opened, and without the list of all that is understood."""
    ended = edit(tmp_path, FOOTAGE, prompt="keep 0:06-0:08", **NO_BROWSER)

    assert ended.code == 2
    assert "5.312 s long" in ended.stderr
    assert "roughcut edit --help" in ended.stderr
    assert "lower third" not in ended.stderr


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


def test_names_are_only_names(tmp_path: Path):
    """Files with spaces, quotes, other letters and a leading dash are edited under names that keep what is
    safe; no path is left of `..`, and nothing is written outside of the session.
    """
    (tmp_path / "inner").mkdir()
    names = ["a clip, with 'quotes' & spaces.mp4", "Клип №1 — 日本語.mp4", "-o.mp4", "inner/../clip.mp4"]
    files = [tmp_path / name for name in names]
    for second, file in enumerate(files):
        source = f"testsrc2=s=320x240:d=1:r=10,hue=h={90 * second}"
        ffmpeg("-f", "lavfi", "-i", source, "-c:v", "libx264", "-pix_fmt", "yuv420p", file)
    before = set(tmp_path.iterdir())

    ended = edit(tmp_path, *files, prompt="Join the clips")

    assert ended.code == 0, ended.stderr
    history = json.loads(next((tmp_path / "home/sessions").glob("*/history.json")).read_text())
    kept = ["a clip, with quotes & spaces.mp4", "Клип 1 日本語.mp4", "-o.mp4", "clip.mp4"]
    assert [asset["name"] for asset in history["assets"]] == kept
    assert set(tmp_path.iterdir()) - before == {tmp_path / "home", tmp_path / "out.mp4"}


@pytest.mark.parametrize(
    ("size", "delivered"),
    [("321x241", (320, 240)), ("4097x64", (3840, 60))],
    ids=["odd numbers", "wider than an encoder takes"],
)
def test_odd_sizes_come_out_at_the_next_size_that_plays(
    tmp_path: Path, size: str, delivered: tuple[int, int]
):
    """Odd footage loses a line; what is wider than 4096 is scaled down in its shape."""
    file = tmp_path / "odd.mkv"
    source = f"testsrc2=s={size}:d=2:r=10"
    ffmpeg("-f", "lavfi", "-i", source, "-pix_fmt", "yuv444p", "-c:v", "libx264", file)

    ended = roughcut("edit", file, TRIM, "-o", tmp_path / "out.mp4", "--json", home=tmp_path / "home")

    assert ended.code == 0, ended.stderr
    media = ended.json["artifact"]["media"]
    assert (media["width"], media["height"]) == delivered


def test_one_pixel_of_footage_goes_to_review(tmp_path: Path):
    """A single red pixel is nothing to look at: the critic says so, and no file is made."""
    file = tmp_path / "pixel.mkv"
    source = "color=red:s=2x2:d=2:r=10,scale=1:1"
    ffmpeg("-f", "lavfi", "-i", source, "-pix_fmt", "yuv444p", "-c:v", "libx264", file)

    ended = edit(tmp_path, file)

    assert ended.code == 3
    assert "one plain colour" in " ".join(ended.stdout.split())
    assert not (tmp_path / "out.mp4").exists()


def test_sound_alone_is_no_video(tmp_path: Path):
    """A sound file by itself is told apart from footage before a browser is opened."""
    file = tmp_path / "tone.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=2", file)

    ended = edit(tmp_path, file, **NO_BROWSER)

    assert ended.code == 2
    assert "no video" in ended.stderr
    assert not (tmp_path / "out.mp4").exists()


def test_footage_of_no_length_is_refused(tmp_path: Path):
    """A file whose video holds no frame is named, with what to do."""
    file = tmp_path / "nothing.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10", "-t", "0", "-c:v", "libx264", file)

    ended = edit(tmp_path, file, **NO_BROWSER)

    assert ended.code == 2
    assert "nothing.mkv" in ended.stderr
    assert "Next:" in ended.stderr


def test_footage_that_chromium_cannot_decode_is_edited_by_proxy(tmp_path: Path):
    """MPEG-2 in a transport stream becomes a proxy, and the edit has the asked length."""
    file = tmp_path / "broadcast.ts"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:d=2:r=25", "-c:v", "mpeg2video", file)

    ended = roughcut("edit", file, TRIM, "-o", tmp_path / "out.mp4", "--json", home=tmp_path / "home")

    assert ended.code == 0, ended.stderr
    assert ended.json["artifact"]["media"]["duration_s"] == pytest.approx(1.0, abs=0.05)


def test_a_variable_frame_rate_keeps_its_time(tmp_path: Path):
    """Footage that goes from 30 to 10 frames a second shows, after the change, what it shows at that time."""
    file = tmp_path / "phone.mkv"
    colours = "color=red:s=320x240:d=1:r=30[a];color=blue:s=320x240:d=2:r=10[b]"
    bars = "drawbox=x=40:y=40:w=80:h=80:color=white:t=fill"
    ffmpeg(
        "-filter_complex", f"{colours};[a][b]concat,{bars}[v]", "-map", "[v]", "-fps_mode", "vfr", file
    )  # fmt: skip

    ended = edit(tmp_path, file, prompt="Trim to 2.5 seconds")

    assert ended.code == 0, ended.stderr
    assert mean_colour(tmp_path / "out.mp4", at_s=0.5)[0] > 150
    assert mean_colour(tmp_path / "out.mp4", at_s=1.5)[2] > 150


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


def test_a_session_on_a_full_disk_ends_with_the_reason(tmp_path: Path, small_disk: Path):
    """The disk of the sessions has no room for the footage: it is named, and there is no output."""
    ended = roughcut("edit", FOOTAGE, TRIM, "-o", tmp_path / "out.mp4", home=small_disk / "home")

    assert ended.code in (1, 2)
    assert "space" in ended.stderr.lower()
    assert not (tmp_path / "out.mp4").exists()


def mean_colour(video: Path, *, at_s: float) -> tuple[int, int, int]:
    """Red, green and blue of the frame at `at_s`, each 0 to 255."""
    to_a_pixel = "scale=1:1 -f rawvideo -pix_fmt rgb24"
    red, green, blue = subprocess.run(
        f"ffmpeg -v error -ss {at_s} -i {video} -frames:v 1 -vf {to_a_pixel} -".split(),
        capture_output=True,
        check=True,
    ).stdout
    return red, green, blue
