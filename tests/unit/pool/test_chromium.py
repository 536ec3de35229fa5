"""How a Chromium is found, started and told apart, without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from browser_pool.chromium import account, gpu, scratch
from browser_pool.chromium.errors import BrowserMissing
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions, command_line
from tests.pool_sessions import reachable_folder

ROOT = Path(__file__).parents[3]


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


def test_pages_have_no_network_unless_they_are_given_one() -> None:
    """Neither names nor addresses are resolved: what they show is served to them."""
    closed = _command()

    assert "--host-resolver-rules=MAP * ~NOTFOUND" in closed
    (rules,) = [flag for flag in _command(network=True) if "--host-resolver-rules" in flag]
    assert "MAP * " not in rules
    assert "MAP 169.254.* ~NOTFOUND" in rules and "MAP metadata.google.internal ~NOTFOUND" in rules


def test_what_a_caller_adds_comes_last() -> None:
    """So that it wins over what is always there."""
    assert _command(args=("--force-dark-mode",), js_heap_mb=512)[-1] == "--force-dark-mode"
    assert "--js-flags=--max-old-space-size=512" in _command(js_heap_mb=512)


@pytest.mark.parametrize("closed", ["a", "a/b", None])
def test_an_account_gets_where_every_step_is_open_to_it(closed: str | None) -> None:
    """A folder that is not there yet is as open as the one it will be in."""
    with reachable_folder() as folder:
        (folder / "a" / "b").mkdir(parents=True)
        if closed is not None:
            (folder / closed).chmod(0o700)

        assert scratch.reaches(account.Account(65534, 65534), folder / "a" / "b" / "c") is (closed is None)
        assert scratch.reaches(None, folder / "a" / "b")


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


def test_a_folder_that_cannot_be_removed_can_still_be_found(tmp_path: Path) -> None:
    """Its lock goes last."""
    folder = tmp_path / "roughcut-browser-a"
    folder.mkdir()
    held = scratch.BrowserFolder(folder, None)
    remove = scratch.shutil.rmtree

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scratch.shutil, "rmtree", lambda path, **_: path.name == "profile" or remove(path))
        assert not held.remove()
    held.close()

    assert sorted(path.name for path in folder.iterdir()) == ["lock", "profile"]
    assert list(scratch.abandoned_folders(tmp_path, "*")) == [folder]


def _command(*, sandbox: bool = True, **options: Any) -> list[str]:  # whatever LaunchOptions has
    return command_line(Path("/chromium"), Path("/profile"), LaunchOptions(**options), sandbox=sandbox)
