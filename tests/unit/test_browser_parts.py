"""The parts of the browser connection that need no browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.browser.fingerprint import fingerprint
from agent.browser.gate import RenderGate
from agent.browser.messages import render_request
from agent.domain import ExportSettings, Verdict
from agent.errors import NotGreenlit
from browser_pool.chromium import account, gpu, scratch
from browser_pool.chromium.errors import BrowserMissing
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions, command_line

ROOT = Path(__file__).parents[2]


def test_a_fingerprint_is_of_program_assets_and_core() -> None:
    """Each of them changes it; the order in which assets came does not."""
    assets = [("b.mp4", "2" * 64), ("a.mp4", "1" * 64)]
    base = fingerprint("x", assets, "4.0.3")

    assert base == fingerprint("x", reversed(assets), "4.0.3")
    assert len({base, *_others(assets)}) == 4


def test_the_gate_wants_a_green_light_for_that_very_fingerprint() -> None:
    """The last verdict counts, also when it takes a green light back."""
    gate = RenderGate()
    gate.record(Verdict("a", True, "checks"))
    gate.require("a")

    with pytest.raises(NotGreenlit):
        gate.require("b")
    gate.record(Verdict("a", False, "checks"))
    with pytest.raises(NotGreenlit):
        gate.require("a")


def test_an_explicit_browser_is_taken_as_it_is(tmp_path: Path) -> None:
    """A path that can be executed needs no known name."""
    browser = tmp_path / "my browser"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)

    assert find_browser(browser) == browser


def test_a_machine_without_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the command that installs one."""
    monkeypatch.setattr("browser_pool.chromium.find._LINUX", ("/nowhere/chromium",))
    monkeypatch.setattr("browser_pool.chromium.find.sys.platform", "linux")

    with pytest.raises(BrowserMissing) as caught:
        find_browser(None)

    assert "install" in caught.value.hint


def test_the_sandbox_stays_unless_it_is_given_up() -> None:
    """And features are switched off in one list, because the last list wins."""
    kept = _command(sandbox=True)

    assert "--no-sandbox" not in kept
    assert "--no-sandbox" in _command(sandbox=False)
    assert sum(flag.startswith("--disable-features=") for flag in kept) == 1


def test_folders_of_killed_processes_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of living ones, which hold their lock, stay."""
    monkeypatch.setattr(scratch.tempfile, "gettempdir", lambda: str(tmp_path))
    abandoned = tmp_path / "roughcut-browser-abandoned"
    abandoned.mkdir()
    (abandoned / "lock").touch()

    with scratch.scratch_folder(None) as first, scratch.scratch_folder(None) as second:
        assert sorted(tmp_path.iterdir()) == sorted((first, second))

    assert list(tmp_path.iterdir()) == []


async def test_without_a_graphics_device_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Software, and no renderer is forced."""
    monkeypatch.setattr(gpu, "_devices", list)

    flags = await gpu.gpu_flags(Path("/nowhere"))

    assert flags == gpu.SOFTWARE
    assert not any("swiftshader" in flag for flag in flags)


async def test_the_first_flags_on_hardware_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried in order once; the second time they come from the cache, for this browser and driver."""
    tried: list[tuple[str, ...]] = []

    async def probe(browser: Path, flags: tuple[str, ...]) -> str:
        tried.append(flags)
        return "NVIDIA H200" if "--use-angle=vulkan" in flags else "ANGLE (llvmpipe)"

    async def version(browser: Path) -> str:
        return "Chromium 156"

    monkeypatch.setattr(gpu, "_devices", lambda: ["/dev/nvidia0"])
    monkeypatch.setattr(gpu, "_probe", probe)
    monkeypatch.setattr(gpu, "browser_version", version)
    cache = tmp_path / "cache" / "gpu.json"

    first = await gpu.gpu_flags(Path("/chromium"), cache_file=cache)
    second = await gpu.gpu_flags(Path("/chromium"), cache_file=cache)

    assert "--use-angle=vulkan" in first
    assert second == first
    assert len(tried) == 2
    assert [key.split()[:2] for key in json.loads(cache.read_text())] == [["Chromium", "156"]]


def test_page_and_agent_know_the_same_software_renderers() -> None:
    """The list is written in both languages."""
    page_source = (ROOT / "operator_ui" / "src" / "operator" / "gpu.ts").read_text()

    assert f"const SOFTWARE = /{gpu._SOFTWARE_RENDERER.pattern}/i;" in page_source


@pytest.mark.parametrize(
    "renderer",
    [
        "",
        "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
        "llvmpipe (LLVM 15)",
        "ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0, D3D11)",
    ],
)
def test_software_is_not_taken_for_hardware(renderer: str) -> None:
    """Whatever name it goes by."""
    assert not gpu.is_hardware(renderer)


def test_root_lends_the_browser_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody else stays who they are."""
    monkeypatch.setattr(account.os, "geteuid", lambda: 1000)
    assert account.browser_account() is None

    monkeypatch.setattr(account.os, "geteuid", lambda: 0)
    lent = account.browser_account()
    assert lent is not None
    assert lent.uid != 0


def test_sound_for_aac_leaves_the_page_as_pcm() -> None:
    """In the only container that carries it; other sound is ready to play."""
    delivered = render_request("f", ExportSettings(), None)
    web = render_request("f", ExportSettings("webm", "vp9", "opus"), None)

    assert (delivered.format, delivered.audio) == ("mov", "pcm")
    assert (web.format, web.codec, web.audio) == ("webm", "vp9", "opus")


def test_a_licence_key_does_not_show() -> None:
    """Not even in the repr of the request."""
    assert "secret" not in repr(render_request("f", ExportSettings(), "secret"))


def _others(assets: list[tuple[str, str]]) -> list[str]:
    return [
        fingerprint("y", assets, "4.0.3"),
        fingerprint("x", assets[:1], "4.0.3"),
        fingerprint("x", assets, "4.0.4"),
    ]


def _command(*, sandbox: bool) -> list[str]:
    return command_line(
        Path("/chromium"), Path("/profile"), LaunchOptions(gpu_flags=gpu.SOFTWARE), sandbox=sandbox
    )
