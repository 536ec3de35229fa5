"""The folder of one launched browser: profile, home and temporary files, all gone when it ends."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from browser_pool.chromium.account import Account

if sys.platform != "win32":
    import fcntl

_PREFIX = "roughcut-browser-"
_LOCK = "lock"
_REACHABLE_BY_ALL = 0o001


@contextmanager
def scratch_folder(owner: Account | None) -> Iterator[Path]:
    """A fresh folder that belongs to *owner*; removes those that killed processes left behind."""
    parent = _parent_for(owner)
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    with (folder / _LOCK).open("w") as lock:
        _try_lock(lock)
        try:
            for name in ("profile", "home", "tmp"):
                (folder / name).mkdir(mode=0o700)
            if owner is not None:
                for path in (folder, *folder.iterdir()):
                    os.chown(path, owner.uid, owner.gid)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)  # what was still being written, and on Windows the open lock


def _parent_for(owner: Account | None) -> Path:
    parent = Path(tempfile.gettempdir()).resolve()
    if owner is None or all(step.stat().st_mode & _REACHABLE_BY_ALL for step in (parent, *parent.parents)):
        return parent
    return Path("/tmp")


def _sweep(parent: Path) -> None:
    """Remove the folders whose lock nobody holds any more."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError), (folder / _LOCK).open("r+") as lock:
            if _try_lock(lock):
                shutil.rmtree(folder, ignore_errors=True)


def _try_lock(file: IO[str]) -> bool:
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
