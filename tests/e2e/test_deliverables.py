"""One edit leaves several files: the video at its loudness, other shapes, a GIF, stills, the master."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.cli import FOOTAGE, roughcut


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The job, done once."""
    folder = tmp_path_factory.mktemp("delivered")
    ended = roughcut(
        "edit", FOOTAGE, "Trim to 2 seconds", "-o", folder / "out.mp4", "--json",
        "--also", "9:16", "--also", "1:1", "--gif", folder / "out.gif", "--still", "1", "--keep-master",
        home=folder / "home",
    )  # fmt: skip
    assert ended.code == 0, ended.stderr
    return {"folder": folder, "result": ended.json}


def test_the_sound_is_at_the_level_of_the_web(delivered: dict):
    """Soft ambience is brought up to -14 LUFS, its peaks stay under -1 dBTP."""
    loudness = delivered["result"]["artifact"]["loudness"]

    assert loudness["integrated_lufs"] == pytest.approx(-14, abs=1)
    assert loudness["true_peak_dbtp"] <= -1


def test_each_shape_is_a_version_of_its_own(delivered: dict):
    """Composed again, judged by its own fingerprint, in its own file."""
    first, *shapes = [delivered["result"], *delivered["result"]["shapes"]]

    sizes = {Path(job["artifact"]["path"]).name: job["artifact"]["media"] for job in shapes}
    assert set(sizes) == {"out-9x16.mp4", "out-1x1.mp4"}
    assert sizes["out-9x16.mp4"]["width"] / sizes["out-9x16.mp4"]["height"] == pytest.approx(9 / 16, rel=0.01)
    assert sizes["out-1x1.mp4"]["width"] == sizes["out-1x1.mp4"]["height"]
    assert len({job["fingerprint"] for job in (first, *shapes)}) == 3
    assert all(job["status"] == "completed" for job in shapes)


def test_gif_still_and_master_lie_beside_it(delivered: dict):
    """Each is what its name says, and is listed; nothing else is left."""
    folder = delivered["folder"]

    with Image.open(folder / "out.gif") as gif:
        assert (gif.format, gif.width) == ("GIF", 480)
        assert gif.n_frames == pytest.approx(24, abs=1)
    with Image.open(folder / "out-1s.png") as still:
        assert still.size == (1280, 720)
    assert (folder / "out.master.mov").stat().st_size > 0
    listed = {Path(path).name for path in delivered["result"]["extras"]}
    assert listed == {"out.gif", "out-1s.png", "out.master.mov"}
    names = {path.name for path in folder.iterdir()}
    assert names == {"home", "out.mp4", "out-9x16.mp4", "out-1x1.mp4", *listed}


def test_a_level_that_was_asked_for_is_kept(tmp_path: Path):
    """Half the volume of soft ambience stays soft: the level of all that is heard was set on purpose."""
    ended = roughcut(
        "edit", FOOTAGE, "Trim to 2 seconds and set the volume to 50%", "-o", tmp_path / "out.mp4", "--json",
        home=tmp_path / "home",
    )  # fmt: skip

    assert ended.code == 0, ended.stderr
    assert ended.json["artifact"]["loudness"] is None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--loudness", "loud"], "podcast"),
        (["--also", "wide"], "aspect ratio"),
        (["--gif", "out.mp4"], "twice"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(tmp_path: Path, options: list[str], told: str):
    """No session is begun."""
    options = [str(tmp_path / option) if option == "out.mp4" else option for option in options]
    ended = roughcut(
        "edit", FOOTAGE, "Trim to 1 second", "-o", tmp_path / "out.mp4", *options, home=tmp_path / "home"
    )

    assert ended.code == 2
    assert told in ended.stderr
    assert not (tmp_path / "home").exists()
