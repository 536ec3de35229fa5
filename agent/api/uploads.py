"""Files on their way into a session: written beside the session's files, and gone on with after a break.

What has come of a file is kept when its connection breaks, under `<session>/arriving/<name>`; its length is
where the next request goes on.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from agent.api.problems import Clash, TooLarge, Unprocessable
from agent.errors import OutputRefused
from agent.media.names import safe_name
from agent.media.storage import refusing_full_disk

_BATCH_BYTES = 1 << 20
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


@dataclass(frozen=True)
class Span:
    """Which bytes of a file a request carries; `end` is not included. None: the sender does not know yet."""

    start: int
    end: int | None
    total: int | None


def checked_name(name: str) -> str:
    """*name* as it is. Raises `Unprocessable` for one with folders, or that no disk or program takes."""
    safe = safe_name(name)
    if safe == name:
        return name
    raise Unprocessable(
        "bad_asset_name",
        f"{name!r} cannot be the name of an asset.",
        expected="a plain file name, without folders, quotes and control characters, such as clip.mp4",
        found=name,
        hint=f"Call it {safe!r}.",
    )


def span_of(content_range: str | None, length_bytes: int | None) -> Span:
    """What a request with these headers carries: all of the file, unless it says otherwise.

    Raises `Unprocessable` if the two contradict each other.
    """
    if content_range is None:
        return Span(0, length_bytes, length_bytes)
    found = _CONTENT_RANGE.fullmatch(content_range.strip())
    start, end = (int(found[1]), int(found[2]) + 1) if found else (0, 0)
    total = int(found[3]) if found and found[3] != "*" else None
    if start >= end or (total is not None and end > total):
        raise _bad_range("bytes FIRST-LAST/TOTAL, such as bytes 0-999/5000", content_range)
    if length_bytes is not None and length_bytes != end - start:
        raise _bad_range(f"a body of {end - start} bytes for {content_range}", f"{length_bytes} bytes")
    return Span(start, end, total)


class Arriving:
    """What has come of one file of a session; use `arriving`."""

    def __init__(self, part: Path) -> None:
        self.part = part

    @property
    def received_bytes(self) -> int:
        """Where the sender goes on."""
        return self.part.stat().st_size if self.part.exists() else 0

    def discard(self) -> None:
        """Forgets what has come."""
        self.part.unlink(missing_ok=True)

    async def receive(self, span: Span, pieces: AsyncIterable[bytes], limit_bytes: int) -> bool:
        """Adds *pieces* where *span* says; returns whether the file is complete.

        What came before *pieces* break off is kept, and the error passes through. Raises `Clash` where a gap
        would be, `TooLarge` past *limit_bytes* or the end of *span*, `OutputRefused` on a full disk.
        """
        self._require_continues(span)
        end = limit_bytes if span.end is None else span.end
        if max(end, span.total or 0) > limit_bytes:
            self.discard()
            raise too_large(limit_bytes, max(end, span.total or 0))
        self.part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with refusing_full_disk(self.part.parent), self.part.open("ab" if span.start else "wb") as file:
                fits = await _append(file, pieces, end - span.start)
        except OutputRefused:
            self.discard()
            raise
        if not fits:
            self.discard()
            raise too_large(end, None)
        return (span.total is None and span.end is None) or self.received_bytes == span.total

    def _require_continues(self, span: Span) -> None:
        if span.start in (0, self.received_bytes):
            return
        raise Clash(
            "wrong_offset",
            "The bytes do not go on where the last ones ended.",
            expected=f"bytes from {self.received_bytes} on",
            found=f"bytes from {span.start} on",
            hint="Ask with HEAD or GET how much is here (Upload-Offset), and go on from there.",
        )


@contextmanager
def arriving(session_folder: Path, name: str) -> Iterator[Arriving]:
    """The file of that name, for one sender at a time. Raises `Clash` while another one sends it."""
    part = _part_path(session_folder, name)
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(part.with_name(f".{name}.lock"), timeout=0, thread_local=False):
            yield Arriving(part)
    except Timeout as exc:
        raise Clash(
            "upload_in_progress",
            f"{name} is being uploaded by another request.",
            hint="Wait until that one has ended, or give the file another name.",
            retry_after_s=1,
        ) from exc


def received_bytes(session_folder: Path, name: str) -> int | None:
    """How much has come of a file that is not complete; None: nothing."""
    part = _part_path(session_folder, name)
    return part.stat().st_size if part.exists() else None


def upload_path(session_folder: Path, name: str) -> Path:
    """Where a file that was accepted is."""
    return session_folder / "uploads" / name


def too_large(limit_bytes: int, found_bytes: int | None) -> TooLarge:
    """What a sender is told who sends more than *limit_bytes*."""
    return TooLarge(
        "asset_too_large",
        "The file is larger than what may be sent here.",
        expected=f"at most {limit_bytes} bytes",
        found="more" if found_bytes is None else f"{found_bytes} bytes",
        hint="Send a shorter or smaller file, or ask whoever runs the service for a higher limit.",
    )


def _bad_range(expected: str, found: str) -> Unprocessable:
    return Unprocessable("bad_content_range", "The Content-Range cannot be.", expected=expected, found=found)


async def _append(file: BinaryIO, pieces: AsyncIterable[bytes], room_bytes: int) -> bool:
    """Writes *pieces*, in batches that are worth a thread's while; False if there are more than the room."""
    waiting = bytearray()
    try:
        async for piece in pieces:
            room_bytes -= len(piece)
            if room_bytes < 0:
                return False
            waiting += piece
            if len(waiting) >= _BATCH_BYTES:
                batch, waiting = bytes(waiting), bytearray()
                await asyncio.to_thread(file.write, batch)
        return True
    finally:
        file.write(waiting)


def _part_path(session_folder: Path, name: str) -> Path:
    """It has the file's own name, which says to the probe what it should be."""
    return session_folder / "arriving" / name
