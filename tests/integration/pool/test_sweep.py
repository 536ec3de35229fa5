"""A node that is killed leaves no Chromium, and what else it leaves the next one removes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from browser_pool.chromium.find import find_browser
from browser_pool.confinement import processes
from browser_pool.sweep import sessions_folder, sweep
from tests.media import ROOT
from tests.pool_sessions import LIMIT_S, is_root, running, until

_PROCESS_1 = """
import asyncio, ctypes, os, signal, sys
from pathlib import Path

import psutil

from browser_pool.session import BrowserSession, SessionSpec

PR_SET_CHILD_SUBREAPER = 36

async def main():
    session = await BrowserSession.start(Path(sys.argv[1]), SessionSpec(), browser=Path(sys.argv[2]))
    os.kill(session.pid, signal.SIGKILL)
    await session.exited.wait()
    await session.end()
    print(psutil.Process().children(recursive=True))

ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
asyncio.run(main())
"""
_NODE = """
import asyncio, sys
from pathlib import Path
from browser_pool.session import BrowserSession, SessionSpec

async def main():
    session = await BrowserSession.start(Path(sys.argv[1]), SessionSpec(), browser=Path(sys.argv[2]))
    print(session.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_no_browser_outlives_a_killed_node(home: Path) -> None:
    """Even SIGKILL, which leaves no time to tidy up; the folder goes at the next start."""
    async with _killed_node(home / "n1-a") as browser:
        await until(lambda: not processes.of_session(browser))

    assert sweep(home) == [home / "n1-a"]
    assert list(home.iterdir()) == []


async def test_a_browser_that_was_stopped_is_swept_too(home: Path) -> None:
    """It cannot see that its node is gone."""
    async with _killed_node(home / "n1-a", stop_browser=True) as browser:
        assert processes.of_session(browser)

        sweep(home)

        await until(lambda: not processes.of_session(browser))
    assert list(home.iterdir()) == []


async def test_a_node_that_is_process_1_keeps_no_dead(home: Path) -> None:
    """In a container all that Chromium leaves becomes the node's to bury."""
    node = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _PROCESS_1,
        home / "n1-a",
        find_browser(None),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )

    output, _ = await asyncio.wait_for(node.communicate(), LIMIT_S)

    assert output.decode().strip() == "[]"


async def test_living_sessions_are_not_swept(home: Path) -> None:
    """Nor is what never was a session; a folder half made is one."""
    (home / "notes").mkdir()
    (home / "n1-half").mkdir()
    (home / "n1-half" / "lock").touch()

    async with running(home / "n1-a") as session:
        assert sweep(home) == [home / "n1-half"]
        await session.reset()

    assert list(home.iterdir()) == [home / "notes"]


@pytest.mark.skipif(not is_root(), reason="only as root do browsers run as somebody else")
def test_sessions_are_where_browsers_get_to(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the node's home, or where a home is closed to them, as root's is, in a place for all."""
    monkeypatch.setattr("browser_pool.sweep._FOR_ALL_ACCOUNTS", home / "for-all")
    tmp_path.chmod(0o700)

    assert sessions_folder(home / "node") == home / "node" / "sessions"
    assert sessions_folder(tmp_path) == home / "for-all" / "sessions"
    assert sessions_folder(home / "node").is_dir()


@asynccontextmanager
async def _killed_node(folder: Path, *, stop_browser: bool = False) -> AsyncIterator[int]:
    """The browser of a node with one session, which was killed."""
    node = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _NODE, folder, find_browser(None), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert node.stdout is not None
    browser = int(await asyncio.wait_for(node.stdout.readline(), LIMIT_S))
    if stop_browser:
        os.killpg(browser, signal.SIGSTOP)
    node.kill()
    await node.wait()
    yield browser
