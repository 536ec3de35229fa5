"""`/files` and `/downloads` of a session: bytes in and out of the node by HTTP, never through CDP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from browser_pool.api.dependencies import FilesSession, read_body
from browser_pool.api.file_body import file_response
from browser_pool.api.views import download_view, file_view
from browser_pool.attach import attach_files
from browser_pool.errors import BadRequest
from browser_pool.lease import Lease
from browser_pool.schemas import AttachRequest, DownloadList, FileList, FileView

router = APIRouter(prefix="/v1/sessions/{session_id}")


@router.put("/files/{name:path}", status_code=201)
async def upload(name: str, request: Request, response: Response, lease: FilesSession) -> FileView:
    """Store the body under *name*; it is there, under this name or at all, only when it is complete."""
    uploaded = await lease.usable().uploads.receive(
        name, _pieces(request, lease), length_bytes=_content_length(request)
    )
    response.headers["etag"] = f'"{uploaded.sha256}"'
    return file_view(uploaded)


@router.get("/files")
async def files(lease: FilesSession) -> FileList:
    """The complete uploads by name."""
    return FileList(files=[file_view(uploaded) for uploaded in lease.usable().uploads])


@router.get("/files/{name:path}")
async def file(name: str, request: Request, lease: FilesSession) -> Response:
    """The bytes of an upload."""
    uploaded = lease.usable().uploads.get(name)
    descriptor = os.open(uploaded.path, os.O_RDONLY | os.O_NOFOLLOW)
    return file_response(descriptor, uploaded.name, f'"{uploaded.sha256}"', request.headers)


@router.delete("/files/{name:path}", status_code=204)
async def remove(name: str, lease: FilesSession) -> None:
    """Delete an upload."""
    lease.usable().uploads.remove(name)


@router.post("/files:attach")
async def attach(request: Request, lease: FilesSession) -> FileList:
    """Make uploads the choice of a file input of a page."""
    body = await read_body(request, AttachRequest)
    running = lease.usable()
    chosen = [running.uploads.get(name) for name in body.names]
    await attach_files(running.browser.control, body, [uploaded.path for uploaded in chosen])
    lease.sign()
    return FileList(files=[file_view(uploaded) for uploaded in chosen])


@router.get("/downloads")
async def downloads(lease: FilesSession) -> DownloadList:
    """What the browser has stored, and what it is storing."""
    return DownloadList(downloads=[download_view(each) for each in lease.usable().downloads.list()])


@router.get("/downloads/{name:path}")
async def download(name: str, request: Request, lease: FilesSession) -> Response:
    """The bytes of a complete download."""
    descriptor = lease.usable().downloads.open(name)
    described = os.fstat(descriptor)
    etag = f'"{described.st_mtime_ns:x}-{described.st_size:x}"'
    return file_response(descriptor, name, etag, request.headers)


async def _pieces(request: Request, lease: Lease) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            lease.sign()
            yield piece
    except ClientDisconnect as exc:
        raise BadRequest("The upload was cut off.", code="cut_off") from exc


def _content_length(request: Request) -> int | None:
    length = request.headers.get("content-length")
    return int(length) if length is not None else None
