"""`roughcut doctor` tries what a job needs; a browser that cannot do it is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.browser.connect import open_browser
from agent.browser.doctor import Finding, examine
from agent.browser.page import open_operator_page
from agent.browser.serve import built_page
from agent.errors import ProtocolMismatch, SetupMissing
from agent.settings import Settings
from tests.browser_fixtures import Browsers

WITHOUT_H264 = {
    "protocolVersion": 1,
    "coreVersion": "4.0.3",
    "typescriptVersion": "5.9.3",
    "userAgent": "",
    "crossOriginIsolated": True,
    "methods": [],
    "shapes": {},
    "gpu": {"webgl2": False, "renderer": "", "hardware": False},
    "codecs": {"videoEncode": ["vp9"], "videoDecode": ["vp9"], "audioEncode": [], "audioDecode": []},
    "fonts": [],
}


async def test_every_part_is_found_here(tmp_path: Path) -> None:
    """All of it is there on a machine that runs these tests."""
    findings = {finding.name: finding for finding in await examine(Settings(home=tmp_path))}

    assert {name for name, finding in findings.items() if not finding.ok} == set()
    assert findings.keys() >= {"browser", "sandbox", "gpu", "encoders", "decoders", "ffmpeg", "model", "disk"}
    assert "avc" in findings["encoders"].detail


async def test_what_is_missing_comes_with_a_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One finding for each part, and none of them an exception."""
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = Settings(
        home=tmp_path,
        browser_path=tmp_path / "chromium",
        model="some-model",
        model_base_url="http://127.0.0.1:9/v1",
    )

    failed = [finding for finding in await examine(settings) if not finding.ok]

    assert [finding.name for finding in failed] == ["browser", "ffmpeg", "ffprobe", "model"]
    assert all(finding.fix for finding in failed)


async def test_a_browser_of_the_users_own_is_examined(browsers: Browsers, tmp_path: Path) -> None:
    """Its sandbox cannot be told from here, and that is what is said."""
    settings = Settings(home=tmp_path, cdp_url=browsers.options("attached").cdp_url)

    findings = await examine(settings)

    sandbox = next(finding for finding in findings if finding.name == "sandbox")
    assert sandbox == Finding("sandbox", True, "cannot be told from here (attached)")


async def test_a_browser_without_h264_is_refused(browsers: Browsers, tmp_path: Path) -> None:
    """Politely: with the command that installs another."""
    _write_page(tmp_path, WITHOUT_H264)

    with pytest.raises(SetupMissing, match=r"H\.264") as caught:
        await _open(browsers, tmp_path)

    assert "install" in caught.value.hint


async def test_a_page_of_another_version_is_refused(browsers: Browsers, tmp_path: Path) -> None:
    """Before anything else of it is read."""
    _write_page(tmp_path, {"protocolVersion": 99})

    with pytest.raises(ProtocolMismatch, match="99"):
        await _open(browsers, tmp_path)


def test_a_page_that_was_never_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command that builds it."""
    monkeypatch.setattr("agent.browser.serve.importlib.resources.files", lambda _: tmp_path)

    with pytest.raises(SetupMissing) as caught:
        built_page()

    assert "npm" in caught.value.hint


async def _open(browsers: Browsers, folder: Path) -> None:
    async with (
        open_browser(browsers.options("attached")) as handle,
        open_operator_page(handle, folder=folder),
    ):
        pass


def _write_page(folder: Path, description: Mapping[str, object]) -> None:
    """A page that describes itself as it is told to."""
    (folder / "index.html").write_text('<!doctype html><script src="/page.js"></script>')
    (folder / "page.js").write_text(
        f"window.operator = {{ describe: async () => ({json.dumps(description)}) }};"
    )
