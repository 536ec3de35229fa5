"""A browser that does not come up is refused in its own words, and nothing of it stays."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from browser_pool.chromium.find import find_browser
from browser_pool.errors import DiskFull, LaunchFailed, LaunchTimedOut
from browser_pool.session import BrowserSession, SessionSpec

_HANGS = "exec sleep 60"
_PORT_FILE = "${profile#--user-data-dir=}/DevToolsActivePort"
_PROFILE = 'for profile; do case "$profile" in --user-data-dir=*) break;; esac; done\n'
_UUID = "01234567-89ab-cdef-0123-456789abcdef"

FAILS = {
    "exits at once": 'echo "out of luck" >&2; exit 3',
    "leaves a child behind": 'sleep 60 & echo "out of luck" >&2; exit 3',
    "talks nonsense on the pipe": f"""{_PROFILE}
        printf '1\\n/devtools/browser/{_UUID}\\n' > "{_PORT_FILE}"
        echo "out of luck" >&2; printf 'nonsense\\0' >&4; {_HANGS}""",
}
HANGS = {
    "says nothing": _HANGS,
    "says nothing and ignores signals": "trap '' TERM HUP INT; while :; do sleep 60; done",
    "prints garbage": f"head -c 100000 /dev/urandom >&2; {_HANGS}",
    "writes half of its port file": f"""{_PROFILE}
        printf '9222\\n/devtools/bro' > "{_PORT_FILE}"; {_HANGS}""",
    "answers nothing on the pipe": f"""{_PROFILE}
        printf '1\\n/devtools/browser/{_UUID}\\n' > "{_PORT_FILE}"; {_HANGS}""",
}


@pytest.fixture
def sessions(home: Path) -> Iterator[Path]:
    """A folder for sessions in which nothing is left, and of which no process is left."""
    folder = home / "sessions"
    folder.mkdir(mode=0o755)
    yield folder
    assert list(folder.iterdir()) == []
    assert not [each for each in psutil.process_iter(["cwd"]) if _is_within(folder, each.info["cwd"])]


@pytest.mark.parametrize("how", FAILS)
async def test_a_browser_that_fails(sessions: Path, how: str) -> None:
    """What it printed last is in the error."""
    with pytest.raises(LaunchFailed, match="out of luck") as caught:
        await BrowserSession.start(sessions / "n1-a", SessionSpec(), browser=_fake(sessions, FAILS[how]))

    assert caught.value.hint
    assert not isinstance(caught.value, LaunchTimedOut)


@pytest.mark.parametrize("how", HANGS)
async def test_a_browser_that_hangs(sessions: Path, how: str) -> None:
    """The limit that the caller gave ends it."""
    async with asyncio.timeout(60):
        with pytest.raises(LaunchTimedOut, match=r"within 0\.4 s"):
            await BrowserSession.start(
                sessions / "n1-a", SessionSpec(), browser=_fake(sessions, HANGS[how]), timeout_s=0.4
            )


async def test_a_browser_that_is_not_there(sessions: Path) -> None:
    """Named in the error."""
    with pytest.raises(LaunchFailed, match="/nowhere/chromium"):
        await BrowserSession.start(sessions / "n1-a", SessionSpec(), browser=Path("/nowhere/chromium"))


async def test_a_disk_without_room_for_the_folder(home: Path) -> None:
    """Told apart from a browser that is broken."""
    with _small_disk(home / "disk", "nr_inodes=4") as disk:
        with pytest.raises(DiskFull):
            await BrowserSession.start(disk / "n1-a", SessionSpec(), browser=find_browser(None))

        assert list(disk.iterdir()) == []


async def test_a_disk_without_room_for_what_chromium_writes(home: Path) -> None:
    """It starts or hangs or ends as it likes; the session is refused in time, and nothing of it is left."""
    with _small_disk(home / "disk", "size=64k") as disk:
        with pytest.raises(LaunchFailed):
            await BrowserSession.start(disk / "n1-a", SessionSpec(), browser=find_browser(None), timeout_s=3)

        assert list(disk.iterdir()) == []


@contextmanager
def _small_disk(folder: Path, limit: str) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"{limit},mode=755", "tmpfs", folder]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def _fake(sessions: Path, script: str) -> Path:
    """A program that is started like Chromium and does something else."""
    program = sessions.parent / "chromium"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def _is_within(folder: Path, path: str | None) -> bool:
    return path is not None and Path(path).is_relative_to(folder)
