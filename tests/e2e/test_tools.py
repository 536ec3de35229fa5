"""`roughcut tools` lists what a model can call; other packages join by being installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.e2e.cli import FOOTAGE, Ended, roughcut
from tests.integration.test_analysis import whisper_folder
from tests.unit.test_plugins import SHOUT


def install(folder: Path, name: str, source: str) -> Path:
    """Builds a wheel whose module has a tool, has pip install it, and returns where it is imported from."""
    wheel, target = folder / f"{name}-1.0-py3-none-any.whl", folder / "site"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[roughcut.tools]\n{name} = {name}:Shout\n",
    }
    with ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": "".join(f"{path},,\n" for path in files)}.items():
            archive.writestr(path, text)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", target]
    subprocess.run([*pip, wheel], check=True, timeout=120, capture_output=True)
    return target


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages with a tool that works, one that fails on dummies, and one that cannot be imported."""
    folder = tmp_path_factory.mktemp("plugins")
    install(folder, "shouting", SHOUT)
    install(folder, "mute", SHOUT.replace('name = "shout"', 'name = "mute"').replace('== "A"', '== ""'))
    return install(folder, "broken", "raise RuntimeError('no licence')")


def tools(*options: str, site: Path | None, home: Path) -> Ended:
    settings = {"ROUGHCUT_CACHE": str(home / "cache"), "ROUGHCUT_SPEECH_MODEL": str(whisper_folder())}
    return roughcut("tools", *options, home=home, **settings, **({"PYTHONPATH": str(site)} if site else {}))


def test_a_tool_of_an_installed_package_is_listed(site: Path, tmp_path: Path):
    """With its package and version; one that does not load is told, and the rest is there."""
    table = tools(site=site, home=tmp_path)
    listed = tools("--json", site=site, home=tmp_path)

    assert table.code == listed.code == 0
    assert "shouting 1.0" in table.stdout and "Left out: Tool 'broken'" in table.stdout
    shout = next(tool for tool in listed.json["tools"] if tool["name"] == "shout")
    assert (shout["arguments"], shout["package"]) == ("text, times=1", "shouting 1.0")
    assert {"video_editor", "captions", "ffmpeg"} <= {tool["name"] for tool in listed.json["tools"]}
    assert "no licence" in listed.json["left_out"][0]


def test_each_tool_is_tried_on_dummies(site: Path, tmp_path: Path):
    """Ours and another package's work; one says why it does not, and the exit code tells."""
    tried = tools("--try", "--json", site=site, home=tmp_path)

    assert tried.code == 1
    problems = {tool["name"]: tool["problem"] for tool in tried.json["tools"]}
    assert [name for name, problem in problems.items() if problem] == ["mute"]
    assert problems["mute"].startswith("AssertionError")


def test_a_job_goes_on_without_what_was_left_out(site: Path, tmp_path: Path):
    """Its log says why; what ends this job is the request."""
    ended = roughcut(
        "edit", FOOTAGE, "dance the tango", "-o", tmp_path / "out.mp4", home=tmp_path, PYTHONPATH=str(site)
    )

    assert ended.code == 2 and "tango" in ended.stderr
    (log,) = tmp_path.glob("sessions/*/logs/*.log")
    assert "no licence" in log.read_text()
