"""Files to and from a browser that does not share our disk: in chunks over CDP, a few of them on the way."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import math
import os
import secrets
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from agent.browser import protocol
from agent.browser.calls import PageCalls
from agent.browser.cdp import CdpError, CdpTimeout
from agent.browser.messages import wire
from agent.browser.serve import PageServer
from agent.errors import BrowserError, OutputRefused, PageClosed, PageError, TransferFailed
from browser_pool.chromium.cdp import CdpSession

OnBytes = Callable[[int, int], None]
"""Called with the bytes so far and the bytes in all."""

_T = TypeVar("_T")

_PIECE_BYTES = 512 << 10
_CHUNK_BYTES = 256 << 10
_SLOWEST_BYTES_PER_S = 1e6
_CHUNKS_ON_THE_WAY = 4
_CALL_TIMEOUT_S = 60.0


async def upload(
    calls: PageCalls,
    server: PageServer,
    path: Path,
    *,
    name: str,
    sha256: str,
    on_bytes: OnBytes | None = None,
) -> str:
    """Have the page fetch the file at *path*; the upload's id comes back.

    Memory holds a few pieces. Raises `PageClosed` if the connection is cut, `TransferFailed` if what arrived
    is not what *sha256* says; the page then keeps nothing of it.
    """
    upload_id = secrets.token_hex(8)
    size_bytes = path.stat().st_size

    async def piece(index: int) -> bytes:
        content = await asyncio.to_thread(_read_piece, path, index)
        if on_bytes:
            on_bytes(index * _PIECE_BYTES + len(content), size_bytes)
        return content

    request = protocol.ReceiveUploadRequest(
        upload_id=upload_id,
        name=name,
        pieces=math.ceil(size_bytes / _PIECE_BYTES),
        size_bytes=size_bytes,
        sha256=sha256,
    )
    with server.offering(f"{protocol.UPLOAD_PATH}/{upload_id}", piece):
        async with _translated(f"{name} could not be sent"):
            try:
                limit_s = _CALL_TIMEOUT_S + size_bytes / _SLOWEST_BYTES_PER_S
                await calls.call("receiveUpload", wire(request), timeout_s=limit_s)
            except (asyncio.CancelledError, PageError):
                with suppress(BrowserError):
                    await calls.call("abortUpload", {"uploadId": upload_id}, timeout_s=_CALL_TIMEOUT_S)
                raise
    return upload_id


async def download(
    calls: PageCalls,
    artifact_id: str,
    output: Path,
    *,
    size_bytes: int,
    sha256: str,
    on_bytes: OnBytes | None = None,
) -> None:
    """Fetch a rendered file; it appears at *output* only when it is complete and on disk.

    Raises `PageClosed` if the connection is cut, `TransferFailed` if the bytes are not those of *sha256*,
    `OutputRefused` if the disk will not take them.
    """
    aside = output.with_name(f".{output.name}.{secrets.token_hex(4)}.part")
    try:
        async with _translated(f"{output.name} could not be fetched"), _blob(calls, artifact_id) as blob:
            found = await _receive(calls.session, blob, aside, size_bytes, on_bytes)
        if found != sha256:
            raise TransferFailed(f"Expected {output.name} with SHA-256 {sha256}, got {found}.")
        aside.replace(output)
    except OSError as exc:
        raise OutputRefused(f"{output} could not be written: {exc.strerror}") from exc
    finally:
        aside.unlink(missing_ok=True)


def _read_piece(path: Path, index: int) -> bytes:
    with path.open("rb") as file:
        file.seek(index * _PIECE_BYTES)
        return file.read(_PIECE_BYTES)


async def _receive(
    session: CdpSession, blob: str, aside: Path, size_bytes: int, on_bytes: OnBytes | None
) -> str:
    """Write the blob to *aside*, down to the disk; its SHA-256 comes back."""
    reads = (_read_chunk(session, blob, offset) for offset in range(0, size_bytes, _CHUNK_BYTES))
    digest = hashlib.sha256()
    with aside.open("xb") as file:
        async with aclosing(_pipelined(reads)) as chunks:
            async for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
                if on_bytes:
                    on_bytes(file.tell(), size_bytes)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    return digest.hexdigest()


async def _read_chunk(session: CdpSession, blob: str, offset: int) -> bytes:
    answer = await session.call(
        "IO.read",
        {"handle": blob, "offset": offset, "size": _CHUNK_BYTES},
        timeout_s=_CALL_TIMEOUT_S,
    )
    return base64.b64decode(answer["data"]) if answer.get("base64Encoded") else answer["data"].encode()


@asynccontextmanager
async def _blob(calls: PageCalls, artifact_id: str) -> AsyncIterator[str]:
    """The stream handle of a rendered file."""
    session = calls.session
    file = await calls.reference("artifactFile", {"artifactId": artifact_id}, timeout_s=_CALL_TIMEOUT_S)
    handle = f"blob:{(await session.call('IO.resolveBlob', {'objectId': file}))['uuid']}"
    try:
        yield handle
    finally:
        with suppress(BrowserError):
            await session.call("IO.close", {"handle": handle})
            await session.call("Runtime.releaseObject", {"objectId": file})


async def _pipelined(calls: Iterator[Coroutine[object, object, _T]]) -> AsyncGenerator[_T, None]:
    """The results of *calls* in order, with a few of them under way at any time."""
    waiting: deque[asyncio.Task[_T]] = deque()
    try:
        for call in calls:
            waiting.append(asyncio.create_task(call))
            if len(waiting) == _CHUNKS_ON_THE_WAY:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@asynccontextmanager
async def _translated(what: str) -> AsyncIterator[None]:
    try:
        yield
    except PageClosed as exc:
        raise PageClosed(f"{what}: {exc}", hint="Connect again and repeat the step.") from exc
    except (PageError, CdpError, CdpTimeout) as exc:
        raise TransferFailed(f"{what}: {exc}") from exc
