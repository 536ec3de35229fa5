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
from tests.model_server import CRITIC_MODEL, MODEL, model_server

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


async def test_the_critic_is_tried_at_the_models_endpoint(tmp_path: Path) -> None:
    """With the model's key too, where it has no endpoint and key of its own."""
    with model_server() as server:
        right = await _findings(tmp_path, model_base_url=server.base_url, critic_model=CRITIC_MODEL)
        wrong = await _findings(tmp_path, model_base_url=server.base_url, critic_model="no-such-model")

    assert right["critic"] == Finding("critic", True, f"{CRITIC_MODEL} at {server.base_url}/")
    assert (wrong["critic"].ok, wrong["critic"].fix) == (False, "Set ROUGHCUT_CRITIC_MODEL.")


async def test_the_critic_is_tried_at_its_own_endpoint(tmp_path: Path) -> None:
    """Where nobody answers, although the model's endpoint does."""
    with model_server() as server:
        findings = await _findings(
            tmp_path,
            model=MODEL,
            model_base_url=server.base_url,
            critic_model=CRITIC_MODEL,
            critic_base_url="http://127.0.0.1:9/v1",
        )

    assert findings["model"].ok
    assert not findings["critic"].ok
    assert "ROUGHCUT_CRITIC_BASE_URL" in findings["critic"].fix


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("exit 1", "exit code 1"),
        ('[ "$1" = --version ] && echo Docker version 28', "Docker version 28, whose daemon does not answer"),
        ("echo 28", "28, daemon 28"),
    ],
)
async def test_docker_is_examined_where_it_runs_the_models_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, found: str
) -> None:
    """Client and daemon, each with its own fix."""
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\n{script}\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    finding = (await _findings(tmp_path, executor="docker"))["docker"]

    assert found in finding.detail
    assert finding.ok is not bool(finding.fix)


async def test_a_page_without_fonts_comes_with_a_fix(
    browsers: Browsers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fonts are built into the page."""
    codecs = {"videoEncode": ["avc"], "videoDecode": ["avc"], "audioEncode": [], "audioDecode": []}
    _write_page(tmp_path, {**WITHOUT_H264, "codecs": codecs})
    monkeypatch.setattr("agent.browser.page.built_page", lambda: tmp_path)

    findings = await _findings(tmp_path, cdp_url=browsers.options("attached").cdp_url or "")

    assert not findings["fonts"].ok
    assert "npm run build" in findings["fonts"].fix


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


async def _findings(folder: Path, **settings: str) -> dict[str, Finding]:
    """Of a machine without a browser: the rest does not need one."""
    examined = Settings(home=folder, browser_path=folder / "chromium", **settings)
    return {finding.name: finding for finding in await examine(examined)}


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
