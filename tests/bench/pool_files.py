"""How fast a node's file API takes footage and gives it back, on the loopback, beside a plain copy."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.bench.figures import Figure, Measured, Say, at_least
from tests.cluster import running_node
from tests.pool_sessions import reachable_folder

_SIZE_BYTES = 512 << 20
_PIECE = os.urandom(1 << 20)
_MB = 1e6
_SETTINGS = {"ROUGHCUT_POOL_ACCESS_LOG": "false"}


async def measure(rounds: int, say: Say) -> Measured:
    """Upload and download in megabytes a second, in rounds with a copy that is hashed as well."""
    rates: dict[str, list[float]] = {"up": [], "down": [], "copy": []}
    with reachable_folder() as folder:
        async with (
            running_node(folder, **_SETTINGS) as node,
            httpx.AsyncClient(base_url=node.url, timeout=60) as http,
        ):
            session = (await http.post("/v1/sessions", json={"keep_alive": True})).json()
            path = f"/v1/sessions/{session['id']}/files/clip.mp4"
            await asyncio.to_thread(_upload, node.url, path)  # the node has not met a large file yet
            for number in range(1, rounds + 1):
                say(f"{_SIZE_BYTES >> 20} MiB, round {number} of {rounds}")
                rates["up"].append(_rate(await asyncio.to_thread(_upload, node.url, path)))
                rates["down"].append(_rate(await asyncio.to_thread(_download, node.url, path)))
                await http.delete(path)
                rates["copy"].append(_rate(await asyncio.to_thread(_copy, folder / "copy")))
    beside = f"a local write with SHA-256 in the same rounds: {sorted(rates['copy'])[rounds // 2]:.0f} MB/s"
    return Measured(
        (
            Figure("pool: file upload by HTTP", "MB/s", tuple(rates["up"]), at_least(300), beside),
            Figure("pool: file download by HTTP", "MB/s", tuple(rates["down"])),
        )
    )


def _upload(url: str, path: str) -> float:
    """Seconds until the node has told the digest."""
    with _connected(url) as connection:
        started_s = time.perf_counter()
        head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {_SIZE_BYTES}\r\nConnection: close"
        connection.sendall(f"{head}\r\n\r\n".encode())
        for _ in range(_SIZE_BYTES // len(_PIECE)):
            connection.sendall(_PIECE)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        taken_s = time.perf_counter() - started_s
    if not answer.startswith(b"HTTP/1.1 201"):
        raise RuntimeError(f"The upload failed: {answer[:500]!r}")
    return taken_s


def _download(url: str, path: str) -> float:
    """Seconds until all bytes have come; the client does nothing with them."""
    room = bytearray(1 << 20)
    with _connected(url) as connection:
        started_s = time.perf_counter()
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        came_bytes = 0
        while count := connection.recv_into(room):
            came_bytes += count
        taken_s = time.perf_counter() - started_s
    if came_bytes < _SIZE_BYTES:
        raise RuntimeError(f"The download ended after {came_bytes} bytes.")
    return taken_s


def _copy(path: Path) -> float:
    """Seconds to hash and write the same bytes without a network."""
    started_s = time.perf_counter()
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(_SIZE_BYTES // len(_PIECE)):
            digest.update(_PIECE)
            file.write(_PIECE)
    taken_s = time.perf_counter() - started_s
    path.unlink()
    return taken_s


def _connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port))


def _rate(seconds: float) -> float:
    return _SIZE_BYTES / _MB / seconds
