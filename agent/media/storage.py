"""Files of a session by digest: each content is on disk once, whatever it is called."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from agent.errors import MediaToolFailed, OutputRefused

if sys.platform == "linux":
    import fcntl

_READ_BYTES = 1 << 20
_LONGEST_NAME = 50
"""Letters of a file's name in that of the file beside it: a disk takes 255 bytes, four a letter."""
DIGEST_LETTERS = 16
_WRITABLE = 0o222
_FICLONE = 0x40049409
"""Of linux/fs.h: the whole of one file, as a copy on write."""
_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class StoredFile:
    """A file in a session's folder."""

    path: Path
    sha256: str
    size_bytes: int


def store(source: Path, folder: Path) -> StoredFile:
    """Puts a copy of *source* into *folder* as `<digest><suffix>`; nothing done to *source* later reaches it.

    The two share their blocks where the filesystem can do that (btrfs, xfs), and the file itself only where
    it is the session's own and nobody may write it, as with an upload. Raises `OutputRefused` when the
    folder cannot be written or the disk is full.
    """
    digest = sha256_of(source)
    target = folder / f"{digest[:DIGEST_LETTERS]}{_plain_suffix(source)}"
    with refusing_unwritable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            with written_aside(target) as aside:
                if _is_own_for_good(source, folder.parent):
                    link_or_copy(source, aside)
                else:
                    _copy(source, aside)
        return StoredFile(target, digest, target.stat().st_size)


def sha256_of(path: Path) -> str:
    """The digest as 64 hexadecimal digits, without holding the file in memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def link_or_copy(source: Path, target: Path) -> None:
    """Makes *target*, which is there, the same file as *source*, or a copy where there are no such links."""
    target.unlink()
    try:
        target.hardlink_to(source)
    except OSError:
        _copy(source, target)


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """A path beside *target* to write to; it becomes *target* when the block succeeds, else it is gone."""
    aside = target.with_name(f"{_aside_start(target)}{uuid4().hex[:12]}{target.suffix}")
    with refusing_unwritable(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.touch(exist_ok=False)
    try:
        with refusing_full_disk(target.parent):
            yield aside
        with refusing_unwritable(target.parent):
            aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def clear_remains(target: Path) -> None:
    """Removes what a process that was killed left beside *target* when it was writing it."""
    for remains in target.parent.glob(f"{glob.escape(_aside_start(target))}*"):
        remains.unlink(missing_ok=True)


def _aside_start(target: Path) -> str:
    return f".{target.name[:_LONGEST_NAME]}."


@contextmanager
def refusing_unwritable(folder: Path) -> Iterator[None]:
    """Turns what the disk says of *folder* into `OutputRefused`."""
    try:
        with refusing_full_disk(folder):
            yield
    except OSError as exc:
        raise OutputRefused(
            f"{folder} cannot be written: {exc.strerror or exc}.", hint="Choose a folder you may write to."
        ) from exc


@contextmanager
def refusing_full_disk(folder: Path) -> Iterator[None]:
    """Turns a full disk, ours or one that ffmpeg met, into `OutputRefused`."""
    try:
        yield
    except (OSError, MediaToolFailed) as exc:
        if getattr(exc, "errno", None) not in _FULL and os.strerror(errno.ENOSPC) not in str(exc):
            raise
        raise OutputRefused(
            f"No space is left on the disk of {folder}.", hint="Free some space, then try again."
        ) from exc


def _is_own_for_good(source: Path, session_folder: Path) -> bool:
    return source.is_relative_to(session_folder) and not source.stat().st_mode & _WRITABLE


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as written:
        if not _share_blocks(read.fileno(), written.fileno()):
            shutil.copyfileobj(read, written, _READ_BYTES)


def _share_blocks(source: int, target: int) -> bool:
    """Makes *target* a copy on write of *source*; False where the system or the filesystem cannot."""
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def _plain_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""
