"""Opens the browser's own WebSocket."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.utils import accept_key, generate_key

_END_OF_HEAD = b"\r\n\r\n"
_LONGEST_HEAD_BYTES = 16_384


class BrowserUnreachable(Exception):
    """The browser does not answer at its address."""


async def dial(endpoint: str, timeout_s: float) -> tuple[asyncio.Transport, BrowserLine]:
    """A WebSocket to *endpoint*, without extensions and without an Origin.

    The line holds what comes until the transport gets its lasting protocol. Raises `BrowserUnreachable`.
    """
    address = urlsplit(endpoint)
    line = BrowserLine(generate_key())
    transport: asyncio.Transport | None = None
    dialled = False
    try:
        async with asyncio.timeout(timeout_s):
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: line, address.hostname or "", address.port or 80
            )
            transport.write(line.request(address.netloc, address.path))
            await line.opened
    except (OSError, TimeoutError, BrowserUnreachable) as exc:
        raise BrowserUnreachable(f"The browser did not answer: {str(exc) or 'timed out'}") from exc
    else:
        dialled = True
        return transport, line
    finally:
        if transport is not None and not dialled:
            line.opened.cancel()
            transport.abort()


class BrowserLine(asyncio.Protocol):
    """The connection until it is a WebSocket."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._received = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.early = b""
        """What the browser said already after its handshake."""
        self.lost = False

    def request(self, host: str, path: str) -> bytes:
        """What asks for the WebSocket."""
        headers = Headers(
            {
                "Host": host,
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": self._key,
            }
        )
        return f"GET {path} HTTP/1.1\r\n".encode() + headers.serialize()

    def data_received(self, data: bytes) -> None:
        """Read the answer."""
        if self.opened.done():
            self.early += data
            return
        self._received += data
        head, end, self.early = self._received.partition(_END_OF_HEAD)
        if end:
            self._judge(head)
        elif len(self._received) > _LONGEST_HEAD_BYTES:
            self._fail("its answer is too long")

    def connection_lost(self, exc: Exception | None) -> None:
        """It went away."""
        self.lost = True
        self._fail(str(exc or "it closed the connection"))

    def _judge(self, head: bytes) -> None:
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if f" {HTTPStatus.SWITCHING_PROTOCOLS} " not in status:
            self._fail(status)
        elif headers.get("sec-websocket-accept") != accept_key(self._key):
            self._fail("its answer is to another request")
        else:
            self.opened.set_result(None)

    def _fail(self, why: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(BrowserUnreachable(why))
