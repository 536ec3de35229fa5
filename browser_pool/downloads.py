"""Files that a browser has downloaded. Its folder is the browser's to write, so nothing in it is trusted."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from browser_pool.errors import Conflict, NotFound
from browser_pool.file_names import checked_name

_UNFINISHED = ".crdownload"


@dataclass(frozen=True)
class Download:
    """One file; Chromium may still be writing it."""

    name: str
    size_bytes: int
    complete: bool


class Downloads:
    """The downloads of one session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> list[Download]:
        """Regular files by name; links are no downloads."""
        try:
            with os.scandir(self._folder) as entries:
                sizes = {
                    entry.name: entry.stat(follow_symlinks=False).st_size
                    for entry in entries
                    if entry.is_file(follow_symlinks=False)
                }
        except FileNotFoundError:
            return []
        return [Download(name, size, _complete(name, sizes)) for name, size in sorted(sizes.items())]

    def open(self, name: str) -> int:
        """A descriptor of the complete download *name*, which the caller closes.

        Raises `NotFound`, also for a link or anything else that is no plain file of its own, and `Conflict`
        while Chromium writes it.
        """
        name = checked_name(name)
        listed = {download.name: download for download in self.list()}
        if name not in listed:
            raise NotFound(f"There is no download {name!r}.", code="file_not_found")
        if not listed[name].complete:
            raise Conflict(f"{name!r} is not complete yet.", code="download_unfinished", retry_after_s=1.0)
        return self._open_plain(name)

    def _open_plain(self, name: str) -> int:
        try:
            folder = os.open(self._folder, os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            finally:
                os.close(folder)
        except OSError as exc:
            raise NotFound(f"There is no download {name!r}.", code="file_not_found") from exc
        described = os.fstat(file)
        # A hard link could be to a file of the node's that the browser cannot read itself.
        if stat.S_ISREG(described.st_mode) and described.st_nlink == 1:
            return file
        os.close(file)
        raise NotFound(f"{name!r} is no plain file.", code="file_not_found")


def _complete(name: str, sizes: dict[str, int]) -> bool:
    # Chromium reserves the final name while it writes beside it.
    return not name.endswith(_UNFINISHED) and name + _UNFINISHED not in sizes
