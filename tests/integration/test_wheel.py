"""An installed wheel needs neither Node nor this repository."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.cli import FOOTAGE, ROOT, command_environment

BUILD_TIMEOUT_S = 180


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip would lay it out, away from the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True, timeout=BUILD_TIMEOUT_S, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("roughcut-*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_page_guide_prompts_recipes_and_migrations(unpacked: Path):
    """What is read at run time is inside, and so are the licences."""
    names = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}

    assert {
        "agent/operator_page/index.html",
        "agent/operator_page/core-api.json",
        "agent/operator_page/llm.txt",
        "agent/operator_page/THIRD_PARTY_LICENSES.txt",
        "agent/prompts/system.md",
        "agent/evaluation/report.html",
        "agent/evaluation/report.css",
        "agent/py.typed",
        "agent/store/migrations/env.py",
        "agent/store/migrations/script.py.mako",
        "agent/store/migrations/versions/v0001_first_tables.py",
        "agent/store/migrations/versions/v0002_unknown_cost.py",
    } <= names
    assert any(name.startswith("docs_index/recipes/") for name in names)
    assert any(name.endswith("NOTICE") for name in names)


def test_the_wheel_edits_without_node(unpacked: Path, tmp_path: Path):
    """The main job runs from the unpacked wheel alone, with no Node on the path."""
    output = tmp_path / "out.mp4"
    job = ["edit", str(FOOTAGE), "Trim to 1 second", "-o", str(output)]
    environment = command_environment(tmp_path / "home", PYTHONPATH=str(unpacked), PATH="/usr/bin:/bin")

    done = subprocess.run(
        [sys.executable, "-m", "agent.cli", *job],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_S,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert output.exists()
