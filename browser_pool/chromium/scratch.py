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
_OF_THE_BROWSER = ("profile", "home", "tmp", "downloads")
_OF_ITS_OWNER = ("files",)
_REACHABLE_BY_ALL = 0o001


@contextmanager
def scratch_folder(account: Account | None) -> Iterator[Path]:
    """A fresh folder for a browser of *account*; removes those that killed processes left behind."""
    parent = Path(tempfile.gettempdir()).resolve()
    if not reaches(account, parent):
        parent = Path("/tmp")
    for abandoned in abandoned_folders(parent, f"{_PREFIX}*"):
        remove_folder(abandoned)
    folder = BrowserFolder(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent)), account)
    try:
        yield folder.path
    finally:
        if not folder.remove():
            folder.remove()  # what was still being written
        folder.close()


class BrowserFolder:
    """A folder in which a browser of *account* can write, but not replace what is its supervisor's.

    Its lock is held until it is removed, or the process ends.
    """

    def __init__(self, path: Path, account: Account | None) -> None:
        """Fills the empty folder *path*. Raises `OSError` and removes it where that cannot be."""
        self.path = path
        self._lock: IO[str] | None = None
        try:
            self._lock = (path / _LOCK).open("w")
            if sys.platform != "win32" and not _try_lock(self._lock):
                raise BlockingIOError(f"{path} belongs to another process")
            for name in (*_OF_THE_BROWSER, *_OF_ITS_OWNER):
                (path / name).mkdir(mode=0o700)
            if account is not None:
                _share(path, account)
        except OSError:
            self.remove()
            self.close()
            raise

    def remove(self) -> bool:
        """Whether all of it is gone: a process that is just ending may still write."""
        remove_folder(self.path)
        return not self.path.exists()

    def close(self) -> None:
        """Give up the lock: what is left of the folder is abandoned."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def abandoned_folders(parent: Path, pattern: str) -> Iterator[Path]:
    """Browsers' folders in *parent* whose lock nobody holds; it is held by us meanwhile."""
    for folder in parent.glob(pattern):
        with suppress(OSError), (folder / _LOCK).open("r+") as lock:
            if _try_lock(lock):
                yield folder


def remove_folder(folder: Path) -> None:
    """Remove what can be removed of a browser's folder; its lock goes last, so that the rest can be found."""
    with suppress(OSError):
        for entry in folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != _LOCK:
                entry.unlink()
        if [entry.name for entry in folder.iterdir()] in ([], [_LOCK]):
            shutil.rmtree(folder, ignore_errors=True)


def reaches(account: Account | None, folder: Path) -> bool:
    """Whether processes of *account* get to *folder*; None is ourselves."""
    if account is None:
        return True
    steps = (step for step in (folder, *folder.parents) if step.exists())
    return all(step.stat().st_mode & _REACHABLE_BY_ALL for step in steps)


def _share(folder: Path, account: Account) -> None:
    for name in _OF_THE_BROWSER:
        os.chown(folder / name, account.uid, account.gid)
    for path in (folder, *(folder / name for name in _OF_ITS_OWNER)):
        os.chown(path, -1, account.gid)
        path.chmod(0o750)


def _try_lock(file: IO[str]) -> bool:
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
