"""A browser on another machine, as far as its client can tell: a WebSocket that wants a token."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


class RemoteBrowser:
    """Relays CDP to *endpoint*; can cut what it relays."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._token = secrets.token_hex(8)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where clients connect, with the token."""
        return f"ws://localhost:{self._port}/session/1?token={self._token}"

    @property
    def url_with_wrong_token(self) -> str:
        """Refused with HTTP 401."""
        return f"ws://localhost:{self._port}/session/1?token=wrong-secret"

    async def start(self) -> None:
        """Listen on a free port of the loopback."""
        self._server = await serve(
            self._relay,
            "localhost",
            0,
            process_request=self._authorize,
            compression=None,
            max_size=None,
            ping_interval=None,
        )

    def cut(self) -> None:
        """Drop every connection as a failing network does: without a word."""
        for connection in list(self._listening.connections):
            connection.transport.abort()

    async def stop(self) -> None:
        """End the server and what it relays."""
        self._listening.close()
        await self._listening.wait_closed()

    @property
    def _listening(self) -> Server:
        assert self._server is not None
        return self._server

    @property
    def _port(self) -> int:
        return int(next(iter(self._listening.sockets)).getsockname()[1])

    def _authorize(self, connection: ServerConnection, request: Request) -> Response | None:
        if parse_qs(urlsplit(request.path).query).get("token") == [self._token]:
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "wrong token\n")

    async def _relay(self, client: ServerConnection) -> None:
        async with (
            connect(self._endpoint, compression=None, max_size=None, ping_interval=None) as browser,
            asyncio.TaskGroup() as both_ways,
        ):
            both_ways.create_task(_copy(client, browser))
            both_ways.create_task(_copy(browser, client))


@asynccontextmanager
async def remote_browser(endpoint: str) -> AsyncIterator[RemoteBrowser]:
    """A running relay to *endpoint*."""
    remote = RemoteBrowser(endpoint)
    await remote.start()
    try:
        yield remote
    finally:
        await remote.stop()


async def _copy(
    source: ServerConnection | ClientConnection, target: ServerConnection | ClientConnection
) -> None:
    with suppress(ConnectionClosed):
        while True:
            await target.send(await source.recv(decode=False), text=True)
    await target.close()
