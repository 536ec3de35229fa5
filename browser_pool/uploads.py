"""Files that clients upload for their browser: streamed in, hashed on the way, there only when complete."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from browser_pool.errors import BadRequest, BrowserGone, DiskFull, NotFound, TooLarge
from browser_pool.file_names import checked_name

_BATCH_BYTES = 1 << 20
_READABLE_BY_BROWSER = 0o644


@dataclass(frozen=True)
class Upload:
    """A complete file."""

    name: str
    path: Path
    size_bytes: int
    sha256: str
    uploaded_at: datetime


@dataclass(frozen=True)
class UploadLimits:
    """How much may be uploaded."""

    file_bytes: int
    session_bytes: int
    min_free_disk_bytes: int


class Uploads:
    """The uploaded files of one session, in a folder that its browser can read and not write."""

    def __init__(self, folder: Path, limits: UploadLimits) -> None:
        self._folder = folder
        self._limits = limits
        self._files: dict[str, Upload] = {}
        self._arriving_bytes = 0
        self._closed = False

    def __iter__(self) -> Iterator[Upload]:
        """The complete files by name."""
        return iter(sorted(self._files.values(), key=lambda upload: upload.name))

    @property
    def size_bytes(self) -> int:
        """Of all complete files."""
        return sum(upload.size_bytes for upload in self._files.values())

    def get(self, name: str) -> Upload:
        """The complete file of that name; raises `NotFound`."""
        try:
            return self._files[checked_name(name)]
        except KeyError as exc:
            raise NotFound(f"There is no file {name!r}.", code="file_not_found") from exc

    def remove(self, name: str) -> None:
        """Delete the file of that name; raises `NotFound`."""
        upload = self.get(name)
        del self._files[upload.name]
        upload.path.unlink(missing_ok=True)

    def close(self) -> None:
        """The session ends: uploads under way stop, and their files go with its folder."""
        self._closed = True

    async def receive(self, name: str, pieces: AsyncIterable[bytes], *, length_bytes: int | None) -> Upload:
        """The file *name* with the bytes of *pieces*, in place of one that was there under that name.

        Whoever reads it sees the old file or the new one; if the bytes end early nothing is left of them.
        Raises `TooLarge`, `DiskFull`, or `BadRequest` if *length_bytes* were told and others came.
        """
        name = checked_name(name)
        with self._space() as hold, self._part() as part:
            hold(length_bytes or 0)
            async for batch in _batches(pieces):
                self._require_open()
                hold(part.size_bytes + sum(map(len, batch)))
                await part.add(batch)
            await part.flush()
            if length_bytes not in (None, part.size_bytes):
                raise BadRequest(
                    f"Expected {length_bytes} bytes, {part.size_bytes} came.", code="wrong_length"
                )
            return self._keep(name, part)

    def _keep(self, name: str, part: _Part) -> Upload:
        self._require_open()
        path = self._folder / name
        part.path.replace(path)
        upload = Upload(name, path, part.size_bytes, part.sha256, datetime.now(UTC))
        self._files[name] = upload
        return upload

    def _require_open(self) -> None:
        if self._closed:
            raise BrowserGone("The session ended during the upload.", code="session_ending")

    @contextmanager
    def _part(self) -> Iterator[_Part]:
        self._require_open()
        part = _Part(self._folder / f".{token_hex(8)}.part")
        try:
            yield part
        finally:
            part.discard()

    @contextmanager
    def _space(self) -> Iterator[Callable[[int], None]]:
        """Holds as many bytes for a file that arrives as it is told; raises `TooLarge` or `DiskFull`."""
        held_bytes = 0

        def hold(size_bytes: int) -> None:
            nonlocal held_bytes
            more_bytes = max(0, size_bytes - held_bytes)
            self._require_space(size_bytes, more_bytes)
            self._arriving_bytes += more_bytes
            held_bytes += more_bytes

        try:
            yield hold
        finally:
            self._arriving_bytes -= held_bytes

    def _require_space(self, size_bytes: int, more_bytes: int) -> None:
        limits = self._limits
        if size_bytes > limits.file_bytes:
            raise TooLarge(f"A file may have {limits.file_bytes} bytes at most.")
        if self.size_bytes + self._arriving_bytes + more_bytes > limits.session_bytes:
            raise DiskFull(
                f"The files of a session may come to {limits.session_bytes} bytes.",
                hint="Delete some of them.",
            )
        if shutil.disk_usage(self._folder).free - more_bytes < limits.min_free_disk_bytes:
            raise DiskFull("The disk of the node is full.", code="node_disk_full")


class _Part:
    """A file that is not complete: written and hashed in a thread while the next bytes arrive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0
        self._file = path.open("xb")
        os.fchmod(self._file.fileno(), _READABLE_BY_BROWSER)
        self._digest = hashlib.sha256()
        self._storing: asyncio.Future[None] | None = None

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    async def add(self, batch: list[bytes]) -> None:
        """Store *batch* once the one before it is stored."""
        await self._stored()
        self.size_bytes += sum(map(len, batch))
        self._storing = asyncio.get_running_loop().run_in_executor(None, self._store, batch)

    async def flush(self) -> None:
        """Every byte is in the file."""
        await self._stored()
        self._file.flush()

    def discard(self) -> None:
        """Close, and remove what was not kept: after the thread is done, whose descriptor it is."""
        if self._storing and not self._storing.done():
            self._storing.add_done_callback(self._remove)
        else:
            self._remove(self._storing)

    async def _stored(self) -> None:
        if self._storing is None:
            return
        try:
            await asyncio.shield(self._storing)
        except OSError as exc:
            if exc.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull("The disk of the node is full.", code="node_disk_full") from exc
            raise

    def _store(self, batch: list[bytes]) -> None:
        for piece in batch:
            self._digest.update(piece)
        self._file.writelines(batch)

    def _remove(self, stored: asyncio.Future[None] | None) -> None:
        if stored and not stored.cancelled():
            stored.exception()  # whoever waited for it has heard of it
        # A buffer that still holds bytes would try to write them again.
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


async def _batches(pieces: AsyncIterable[bytes]) -> AsyncIterator[list[bytes]]:
    """*pieces* in lists large enough to be worth a thread's while."""
    batch: list[bytes] = []
    size_bytes = 0
    async for piece in pieces:
        batch.append(piece)
        size_bytes += len(piece)
        if size_bytes >= _BATCH_BYTES:
            yield batch
            batch, size_bytes = [], 0
    if size_bytes:
        yield batch
