"""Contents by digest under `<home>/blobs`: what is uploaded twice, by whomever, is on the disk once.

    <home>/blobs/ab/ab34…                    read-only; its digest is its name
    <home>/sessions/<id>/uploads/clip.mp4    a hard link to it

A content that no session links to any more has a link count of one; `leftovers` deletes it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.media.storage import link_or_copy, refusing_full_disk, sha256_of, written_aside

_READ_ONLY = 0o444


@dataclass(frozen=True)
class Content:
    """What is in a file."""

    sha256: str
    size_bytes: int


def content_of(path: Path) -> Content:
    """Digest and size of *path*, read in pieces."""
    return Content(sha256_of(path), path.stat().st_size)


def keep_once(part: Path, content: Content, home: Path, named: Path) -> None:
    """Moves *part* among the blobs of *home*, unless its content is there, and makes *named* a link to it.

    A crash leaves no blob that is not what its name says. Raises `OutputRefused` when the disk is full.
    """
    blob = home / "blobs" / content.sha256[:2] / content.sha256
    with refusing_full_disk(home):
        if not _is_whole(blob, content):
            _sync(part)
            blob.parent.mkdir(parents=True, exist_ok=True)
            os.utime(part)
            part.chmod(_READ_ONLY)
            part.replace(blob)
        _link(blob, named)
    part.unlink(missing_ok=True)


def _is_whole(blob: Path, content: Content) -> bool:
    """Whether it is there, and from now on young: `leftovers` spares it until there is a link to it."""
    try:
        with suppress(PermissionError):  # another account's, on a home that is shared
            os.utime(blob)
        return blob.stat().st_size == content.size_bytes
    except FileNotFoundError:
        return False


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _link(blob: Path, named: Path) -> None:
    with written_aside(named) as aside:
        link_or_copy(blob, aside)
