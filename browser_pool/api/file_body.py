"""Sends a file, whole or the part that was asked for (RFC 9110), as bytes that no browser shows as a page."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

_PIECE_BYTES = 1 << 20
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Part:
    """Bytes *start* to *end* of a file, the latter not included."""

    start: int
    end: int


def file_response(file: int, name: str, etag: str, headers: Mapping[str, str]) -> Response:
    """The answer to a request with *headers* for the open descriptor *file*, which is closed in the end.

    304 if the client has it, 206 for one range, 416 for one that lies outside, 200 for everything else.
    """
    size_bytes = os.fstat(file).st_size
    told = _headers(name, etag)
    if headers.get("if-none-match") == etag:
        os.close(file)
        return Response(status_code=304, headers=told)
    part = asked_part(headers, etag, size_bytes)
    if part is None:
        os.close(file)
        return Response(status_code=416, headers={**told, "content-range": f"bytes */{size_bytes}"})
    whole = part == Part(0, size_bytes)
    told["content-length"] = str(part.end - part.start)
    if not whole:
        told["content-range"] = f"bytes {part.start}-{part.end - 1}/{size_bytes}"
    return StreamingResponse(_pieces(file, part), status_code=200 if whole else 206, headers=told)


def asked_part(headers: Mapping[str, str], etag: str, size_bytes: int) -> Part | None:
    """What the client asks for of a file of *size_bytes*; None if its range lies outside.

    More than one range, or a unit that is not bytes, is answered with everything, as the RFC allows.
    """
    everything = Part(0, size_bytes)
    if headers.get("if-range", etag) != etag:
        return everything
    found = _RANGE.fullmatch(headers.get("range", ""))
    if not found or not (found[1] or found[2]):
        return everything
    if not found[1]:
        part = Part(max(0, size_bytes - int(found[2])), size_bytes)
    else:
        end = min(int(found[2]) + 1, size_bytes) if found[2] else size_bytes
        part = Part(int(found[1]), end)
    return part if part.start < part.end else None


async def _pieces(file: int, part: Part) -> AsyncIterator[bytes]:
    try:
        at = part.start
        while at < part.end:
            piece = await asyncio.to_thread(os.pread, file, min(_PIECE_BYTES, part.end - at), at)
            if not piece:
                return  # cut short: the connection ends before the length that was told
            at += len(piece)
            yield piece
    finally:
        os.close(file)


def _headers(name: str, etag: str) -> dict[str, str]:
    return {
        "etag": etag,
        "accept-ranges": "bytes",
        "content-type": "application/octet-stream",
        "content-disposition": f"attachment; filename*=utf-8''{quote(name, safe='')}",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
