"""Launching, attaching, connecting: what is ours ends with us, what is not stays as it was."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from agent.browser.cdp import connect_cdp
from agent.browser.connect import BrowserHandle, BrowserOptions, open_browser
from agent.errors import PageClosed, SetupMissing
from browser_pool.chromium.cdp import CdpConnection, Json
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.gpu import SOFTWARE
from browser_pool.chromium.launch import launch_chromium
from tests.browser_fixtures import Browsers

_LIMIT_S = 20.0

_PARENT = """
import asyncio, sys
from pathlib import Path
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.launch import launch_chromium

async def main():
    options = LaunchOptions(gpu_flags=("--disable-gpu",))
    async with launch_chromium(Path(sys.argv[1]), options) as chromium:
        print(chromium.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_the_handle_says_what_it_is(handle: BrowserHandle, kind: str) -> None:
    """Kind, version and a tab of its own."""
    assert handle.kind == kind
    assert handle.version.split(".")[0].isdecimal()
    assert handle.page_target in handle.page_target.context.pages


async def test_a_launched_browser_is_sandboxed(browsers: Browsers) -> None:
    """Also where we are root: it then runs as somebody else."""
    async with open_browser(browsers.options("launched")) as handle:
        assert handle.sandboxed is True
        assert handle.shares_disk


async def test_a_renderer_that_just_ended_fails_no_launch(
    browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that run say whether there is a sandbox."""
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()
    ask = CdpConnection.call

    async def call(connection: CdpConnection, method: str, *args: object, **kwargs: object) -> Json:
        answer = await ask(connection, method, *args, **kwargs)
        if method == "SystemInfo.getProcessInfo":
            answer["processInfo"].append({"id": ended.pid, "type": "renderer"})
        return answer

    monkeypatch.setattr(CdpConnection, "call", call)

    async with open_browser(browsers.options("launched")) as handle:
        assert handle.sandboxed is True


async def test_a_launched_browser_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys in our environment do not reach it, and its home is a folder that goes with it."""
    monkeypatch.setenv("ROUGHCUT_MODEL_API_KEY", "sk-secret")

    async with launch_chromium(find_browser(None), LaunchOptions(gpu_flags=SOFTWARE)) as chromium:
        environment = dict(
            entry.split("=", 1)
            for entry in Path(f"/proc/{chromium.pid}/environ").read_text().split("\0")
            if "=" in entry
        )
        assert Path(environment["HOME"]).is_dir()

    assert "sk-secret" not in environment.values()
    assert not Path(environment["HOME"]).parent.exists()
    await _ended(chromium.pid)


async def test_a_cancelled_launch_leaves_nothing() -> None:
    """Processes and folder are gone when the cancelled task has ended."""
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def use_browser() -> None:
        async with launch_chromium(find_browser(None), LaunchOptions(gpu_flags=SOFTWARE)) as chromium:
            started.set_result(chromium.pid)
            await asyncio.Event().wait()

    task = asyncio.create_task(use_browser())
    pid = await started
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()
    await _ended(pid)


async def test_no_browser_outlives_a_killed_parent() -> None:
    """Even SIGKILL, which leaves no time to tidy up."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, str(find_browser(None)), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await asyncio.wait_for(parent.stdout.readline(), _LIMIT_S))

    parent.kill()
    await parent.wait()

    await _ended(pid)


async def test_a_browser_that_does_not_start_says_why() -> None:
    """Its own last words, and a next step."""
    with pytest.raises(SetupMissing, match="ended at once") as caught:
        async with open_browser(BrowserOptions(path=Path("/bin/false"))):
            pass

    assert caught.value.hint


async def test_a_missing_browser_comes_with_the_command_that_installs_one() -> None:
    """One command, for this system."""
    with pytest.raises(SetupMissing) as caught:
        async with open_browser(BrowserOptions(path=Path("/nowhere/chromium"))):
            pass

    assert "install" in caught.value.hint


@pytest.mark.parametrize("foreign", ["attached", "remote"])
async def test_a_foreign_browser_keeps_its_tabs(browsers: Browsers, foreign: str) -> None:
    """Our tab goes, the others stay where they were, and the browser runs on."""
    async with connect_cdp(browsers.chromium.endpoint) as owner:
        created = await owner.call("Target.createTarget", {"url": "data:text/html,mine"})
        before = await _tabs(browsers)

        async with open_browser(browsers.options(foreign)) as handle:
            await handle.page_target.goto("about:blank")
            assert len(await _tabs(browsers)) == len(before) + 1

        assert await _tabs(browsers) == before
        await owner.call("Target.closeTarget", {"targetId": created["targetId"]})


async def test_files_are_shared_only_with_a_browser_that_sees_them(browsers: Browsers) -> None:
    """Found out by a file, not by the address."""
    async with open_browser(browsers.options("attached")) as attached:
        assert attached.shares_disk
    async with open_browser(browsers.options("remote")) as remote:
        assert not remote.shares_disk


async def test_a_wrong_token_is_told_without_the_token(browsers: Browsers) -> None:
    """The reason of the refusal is there, the secret is not."""
    with pytest.raises(PageClosed, match="401") as caught:
        async with open_browser(BrowserOptions(cdp_url=browsers.remote.url_with_wrong_token)):
            pass

    assert "wrong-secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "ws://127.0.0.1:9/devtools"])
async def test_an_address_where_nobody_listens(url: str) -> None:
    """A clear error with the next step."""
    with pytest.raises(PageClosed, match=r"127\.0\.0\.1:9") as caught:
        async with open_browser(BrowserOptions(cdp_url=url)):
            pass

    assert caught.value.hint


async def _tabs(browsers: Browsers) -> dict[str, str]:
    async with connect_cdp(browsers.chromium.endpoint) as connection:
        targets = (await connection.call("Target.getTargets"))["targetInfos"]
    return {target["targetId"]: target["url"] for target in targets if target["type"] == "page"}


async def _ended(group: int) -> None:
    """Wait until no process of the group is left, not even one that is still to be reaped."""
    with suppress(ProcessLookupError):
        async with asyncio.timeout(_LIMIT_S):
            while True:
                os.killpg(group, 0)
                await asyncio.sleep(0.02)
