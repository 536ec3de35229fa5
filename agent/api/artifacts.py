"""`/v1/artifacts/{id}`: the bytes of what a job has made, whole or in ranges, so that a browser can seek."""

from __future__ import annotations

import asyncio
import os
import re
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.datastructures import MutableHeaders
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from agent.api.auth import CallerOf
from agent.api.parts import ArtifactId, Served
from agent.api.problems import Gone, RangeNotSatisfiable
from agent.api.responses import FAULTS, fault
from agent.store import artifacts

router = APIRouter(prefix="/v1/artifacts", tags=["artifacts"], responses=FAULTS)

_RANGES = re.compile(r"bytes=(?:\d+-\d*|-\d+)(?:\s*,\s*(?:\d+-\d*|-\d+))*")
_SHOWN = ("video/", "image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "text/plain", "text/vtt")
"""What a browser shows without running anything in it; all else is saved."""
_NOTHING_RUNS = (
    "sandbox allow-same-origin; default-src 'none'; "
    "media-src 'self'; img-src 'self'; style-src 'unsafe-inline'"
)
"""The browser's own player has to be of our origin, to be let at the video."""
_BYTES = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/{artifact_id}",
    response_class=FileResponse,
    responses={
        200: {"description": "All of it, under its own media type.", **_BYTES},
        206: {"description": "The range that was asked for.", **_BYTES},
        304: {"description": "The client has it: its If-None-Match is the SHA-256."},
        410: fault("The row is there and its file is not."),
        416: fault("The range begins behind the end."),
    },
)
@router.head("/{artifact_id}", include_in_schema=False)
async def artifact(
    artifact_id: ArtifactId,
    request: Request,
    served: Served,
    by: CallerOf,
    if_none_match: Annotated[str | None, Header()] = None,
    download: Annotated[bool, Query(description="Save it instead of showing it.")] = False,
) -> Response:
    """A file that a job has made. Its ETag is its SHA-256."""
    found = await served.database.run(
        partial(artifacts.get, artifact_id=artifact_id, tenant=by.tenant), read_only=True
    )
    path = served.home / found.storage_path
    etag = f'"{found.sha256}"'
    if if_none_match is not None and (if_none_match.strip() == "*" or etag in if_none_match):
        return Response(status_code=304, headers=_headers(etag))
    stat = await asyncio.to_thread(_stat, path)
    if stat is None or stat.st_size != found.size_bytes:
        raise Gone(
            "artifact_lost",
            f"The file of artifact {found.name} is not as it was made.",
            expected=f"{found.size_bytes} bytes",
            found="no file" if stat is None else f"{stat.st_size} bytes",
            hint="Restore the home folder of the service from its backup, or ask for the edit again.",
        )
    _refuse_beyond(request.headers.get("range"), found.size_bytes)
    shown = found.media_type.startswith(_SHOWN) and not download
    return _ArtifactFile(
        path,
        headers=_headers(etag),
        media_type=found.media_type,
        filename=found.name,
        stat_result=stat,
        content_disposition_type="inline" if shown else "attachment",
    )


class _ArtifactFile(FileResponse):
    """As Starlette's; a range that is none is ignored, as RFC 9110 has it, and not refused."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = MutableHeaders(scope=scope)
        if not _RANGES.fullmatch(headers.get("range", "")):
            del headers["range"]
        await super().__call__({**scope, "headers": headers.raw}, receive, send)


def _refuse_beyond(ranges: str | None, size_bytes: int) -> None:
    """Raises `RangeNotSatisfiable` if one of the ranges begins behind the end, or has nothing in it."""
    if ranges is None or not _RANGES.fullmatch(ranges):
        return
    for part in ranges.removeprefix("bytes=").split(","):
        first, _, last = part.strip().partition("-")
        if int(first) >= size_bytes if first else int(last) == 0:
            raise RangeNotSatisfiable(size_bytes, ranges)


def _headers(etag: str) -> dict[str, str]:
    return {
        "etag": etag,
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
        "content-security-policy": _NOTHING_RUNS,
    }


def _stat(path: Path) -> os.stat_result | None:
    return path.stat() if path.is_file() else None
