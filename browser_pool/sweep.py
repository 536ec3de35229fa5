"""What a killed node has left on this machine: folders, and browsers that were stopped as it died."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import psutil

from browser_pool.chromium.scratch import abandoned_folders, reaches, remove_folder
from browser_pool.confinement import processes
from browser_pool.confinement.accounts import lease_account
from browser_pool.confinement.cgroup import Cgroup, delegated_cgroup

log = logging.getLogger(__name__)

_SESSIONS = "sessions"
_FOR_ALL_ACCOUNTS = Path("/var/lib/roughcut-pool")


def sessions_folder(home: Path) -> Path:
    """Where sessions of this node can have their folders.

    That is in *home*, unless browsers run as another user who cannot get there, as with a home of root's.
    """
    lease = lease_account()
    try:
        within = home.absolute() if reaches(lease.account, home.absolute()) else _FOR_ALL_ACCOUNTS
    finally:
        lease.release()
    folder = within / _SESSIONS
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


def sweep(sessions: Path) -> list[Path]:
    """The folders of dead nodes in *sessions*, which have been removed with the processes that used them.

    Sessions of living nodes stay. May be called again and again.
    """
    swept = []
    for folder in abandoned_folders(sessions, "*"):
        processes.kill_all(_users(folder))
        if (base := delegated_cgroup()) is not None:
            group = Cgroup(base, folder.name)
            group.kill()
            group.remove()
        remove_folder(folder)
        swept.append(folder)
        log.warning("session folder swept", extra={"action": "session_swept", "path": str(folder)})
    return swept


def _users(folder: Path) -> Iterator[psutil.Process]:
    """The browser on *folder*: each of its processes names its profile."""
    profile = f"--user-data-dir={folder / 'profile'} "
    for process in psutil.process_iter(["cmdline"]):
        if profile in " ".join((*(process.info["cmdline"] or ()), "")):
            yield process
