"""Files to and from a browser that does not share our disk: in chunks over CDP, a few of them on the way."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import secrets
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from agent.browser.calls import PageCalls
from agent.browser.cdp import CdpError, CdpSession, CdpTimeout
from agent.errors import BrowserError, OutputRefused, PageClosed, PageError, TransferFailed

OnBytes = Callable[[int, int], None]
"""Called with the bytes so far and the bytes in all."""

_T = TypeVar("_T")

_UPLOAD_CHUNK_BYTES = 384 << 10
_DOWNLOAD_CHUNK_BYTES = 1 << 20
_CHUNKS_ON_THE_WAY = 4
_CALL_TIMEOUT_S = 60.0


async def upload(
    calls: PageCalls, path: Path, *, name: str, sha256: str, on_bytes: OnBytes | None = None
) -> str:
    """Send the file at *path* to the page; the upload's id comes back.

    Memory holds a few chunks. Raises `TransferFailed` if the connection is cut, or if what arrived is not
    what *sha256* says; the page then keeps nothing of it.
    """
    size_bytes = path.stat().st_size
    async with _translated(f"{name} could not be sent"):
        begun = await _call(calls, "beginUpload", name=name, sizeBytes=size_bytes)
        upload_id = str(begun["uploadId"])
        try:
            await _send(calls, path, upload_id, size_bytes, on_bytes)
            await _call(calls, "finishUpload", uploadId=upload_id, sha256=sha256)
        except BaseException:
            with suppress(BrowserError):
                await _call(calls, "abortUpload", uploadId=upload_id)
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

    Raises `TransferFailed` if the connection is cut or the bytes are not those of *sha256*, `OutputRefused`
    if the disk will not take them.
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


async def _send(
    calls: PageCalls, path: Path, upload_id: str, size_bytes: int, on_bytes: OnBytes | None
) -> None:
    def writes() -> Iterator[Coroutine[object, object, dict[str, object]]]:
        with path.open("rb") as file:
            while chunk := file.read(_UPLOAD_CHUNK_BYTES):
                text = base64.b64encode(chunk).decode("ascii")
                yield _call(calls, "writeUpload", uploadId=upload_id, base64=text)

    async with aclosing(_pipelined(writes())) as answers:
        async for answer in answers:
            if on_bytes:
                on_bytes(int(str(answer["receivedBytes"])), size_bytes)


async def _receive(
    session: CdpSession, blob: str, aside: Path, size_bytes: int, on_bytes: OnBytes | None
) -> str:
    """Write the blob to *aside*, down to the disk; its SHA-256 comes back."""
    reads = (_read(session, blob, offset) for offset in range(0, size_bytes, _DOWNLOAD_CHUNK_BYTES))
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


async def _read(session: CdpSession, blob: str, offset: int) -> bytes:
    answer = await session.call(
        "IO.read",
        {"handle": blob, "offset": offset, "size": _DOWNLOAD_CHUNK_BYTES},
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


async def _call(calls: PageCalls, method: str, **request: object) -> dict[str, object]:
    answer = await calls.call(method, request, timeout_s=_CALL_TIMEOUT_S)
    return answer if isinstance(answer, dict) else {}


@asynccontextmanager
async def _translated(what: str) -> AsyncIterator[None]:
    try:
        yield
    except PageClosed as exc:
        raise TransferFailed(f"{what}: {exc}", hint="Connect again and repeat the step.") from exc
    except (PageError, CdpError, CdpTimeout) as exc:
        raise TransferFailed(f"{what}: {exc}") from exc
