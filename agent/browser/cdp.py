"""The Chrome DevTools Protocol over a browser's WebSocket, here or on another machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from agent.browser.address import is_loopback, without_secrets
from agent.errors import BrowserError, PageClosed
from browser_pool.chromium.cdp import CdpConnection, Failures, LineClosed

_OPEN_TIMEOUT_S = 15.0
_PING_INTERVAL_S = 20.0
_PONG_TIMEOUT_S = 60.0
_WRITE_BUFFER_BYTES = 1 << 20


class CdpError(BrowserError):
    """The browser refused a call."""


class CdpTimeout(BrowserError):
    """The browser did not answer a call in time."""


@asynccontextmanager
async def connect_cdp(url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[CdpConnection]:
    """A connection to the browser's WebSocket at *url*, which raises `CdpError`, `CdpTimeout`, `PageClosed`.

    Raises `BadInput` if *url* is no address, `PageClosed` if nobody answers there. The token in *url* never
    shows in an error.
    """
    address = without_secrets(url)
    try:
        socket = await connect_websocket(
            url,
            additional_headers=headers,
            proxy=None if is_loopback(url) else True,
            compression=None,
            max_size=None,
            open_timeout=_OPEN_TIMEOUT_S,
            ping_interval=_PING_INTERVAL_S,
            ping_timeout=_PONG_TIMEOUT_S,
            write_limit=_WRITE_BUFFER_BYTES,
        )
    except (OSError, ValueError, WebSocketException) as exc:
        # Not `from exc`, whose text may hold the address.
        raise PageClosed(
            f"Could not connect to the browser at {address}: {_reason(exc)}",
            hint="Is it running, and is the token right?",
        ) from None
    connection = CdpConnection(_WebSocketLine(socket), Failures(CdpError, CdpTimeout, PageClosed))
    try:
        yield connection
    finally:
        await connection.close()


class _WebSocketLine:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, message: str) -> None:
        try:
            await self._socket.send(message)
        except ConnectionClosed as exc:
            raise LineClosed(_reason(exc)) from exc

    async def receive(self) -> bytes:
        try:
            return await self._socket.recv(decode=False)
        except ConnectionClosed as exc:
            raise LineClosed(_reason(exc)) from exc

    async def close(self) -> None:
        await self._socket.close()


def _reason(exc: Exception) -> str:
    if isinstance(exc, InvalidStatus):
        return f"HTTP {exc.response.status_code}"
    if isinstance(exc, ConnectionClosed):
        return exc.rcvd.reason or f"close code {exc.rcvd.code}" if exc.rcvd else "no close frame"
    if isinstance(exc, OSError):
        return str(exc) or type(exc).__name__
    # Others quote addresses and headers.
    return f"no WebSocket ({type(exc).__name__})"
