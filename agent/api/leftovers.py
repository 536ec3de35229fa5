"""What uploads leave in a home that nobody comes back for: halves of files, and contents of no session."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 24 * 3600.0
"""After which nobody goes on with an upload that broke off."""
SHORTEST_LIFE_S = 3600.0
"""Of a content: it is there before the session links to it."""


def clear_leftovers(home: Path) -> None:
    """Removes them; another process may do so, or upload, at the same time."""
    for part in _old(home.glob("sessions/*/arriving/[!.]*"), LONGEST_PAUSE_S):
        _clear_part(part)
    for blob in _old(home.glob("blobs/??/*"), SHORTEST_LIFE_S):
        _clear_blob(blob)


def _clear_part(part: Path) -> None:
    # The lock is what `uploads.arriving` holds. It stays: who waits for it may have it open.
    try:
        with FileLock(part.with_name(f".{part.name}.lock"), timeout=0):
            part.unlink(missing_ok=True)
    except Timeout:
        return
    log.info("upload given up", extra={"action": "upload_given_up", "path": str(part)})


def _clear_blob(blob: Path) -> None:
    try:
        if blob.stat().st_nlink > 1:
            return
        blob.unlink()
    except FileNotFoundError:  # another process was quicker
        return
    log.info("content removed", extra={"action": "content_removed", "sha256": blob.name})


def _old(paths: Iterator[Path], least_s: float) -> Iterator[Path]:
    """The files that nothing was written to for so long."""
    before = time.time() - least_s
    for path in paths:
        try:
            is_old = path.is_file() and path.stat().st_mtime < before
        except FileNotFoundError:
            continue
        if is_old:
            yield path
