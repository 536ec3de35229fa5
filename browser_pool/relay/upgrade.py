"""Takes connections over from uvicorn when they ask for a browser's WebSocket.

    relay = Relay(resolve)
    uvicorn.Config(app, http=relay.http_protocol, ws="websockets-sansio")

Other WebSockets (a live view) go to the ASGI app as they would without the relay.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast
from urllib.parse import unquote

import httptools
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from browser_pool.relay.attention import Attention
from browser_pool.relay.entry import Entry
from browser_pool.relay.handshake import Handshake, upgrade_required
from browser_pool.relay.route import Refusal, RelayLimits, Route, Upgrade
from browser_pool.relay.splice import Splice

Resolve = Callable[[Upgrade], Awaitable[Route | Refusal]]

CDP_PATHS = re.compile(r"/v1/(?:sessions/[^/]+/cdp|connect)/?")


class Relay:
    """Gives WebSockets on *paths* to *resolve*, and joins those that it gives a route with their browser.

    *resolve* may take its time (a place in the queue, a launch). It is cancelled if the client goes away
    meanwhile, or the server stops: then it has to undo what it did, as no route came of it.
    """

    def __init__(
        self,
        resolve: Resolve,
        *,
        limits: RelayLimits | None = None,
        paths: re.Pattern[str] = CDP_PATHS,
    ) -> None:
        self.resolve = resolve
        self.limits = limits or RelayLimits()
        self.links: set[Splice] = set()
        """All that are not closed on both sides yet."""
        self.attention = Attention(self.limits.attention_s)
        self._paths = paths

    @property
    def http_protocol(self) -> type[asyncio.Protocol]:
        """For `uvicorn.Config(http=…)`, which calls it once a connection."""
        return cast(type[asyncio.Protocol], partial(_RelayHttp, relay=self))

    def takes(self, path: str) -> bool:
        """Whether a WebSocket at *path* is one to a browser."""
        return self._paths.fullmatch(path) is not None


class _RelayHttp(HttpToolsProtocol):
    """uvicorn's HTTP, except for the upgrades that are the relay's."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # uvicorn's signature
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        relay: Relay,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # Typed twice, by uvicorn and by starlette; ASGI is one.
        self.app = cast(Any, _UpgradeRequired(cast(ASGIApp, self.app), relay))
        self._relay = relay
        self._packet = b""

    def data_received(self, data: bytes) -> None:
        self._packet = data
        super().data_received(data)
        self._packet = b""

    def on_body(self, body: bytes) -> None:
        # Uploads go two to four times as fast: uvicorn adds each piece to a bytearray and copies that for the
        # app. To add to empty bytes, and to copy bytes, is to pass on the piece itself.
        if self.cycle and not self.cycle.body:
            self.cycle.body = b""  # type: ignore[assignment]  # nothing there changes it in place
        super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        # uvicorn drops what came behind the head; the exception that it is handling knows where that begins.
        parsed = sys.exception()
        behind_head = parsed.args[0] if isinstance(parsed, httptools.HttpParserUpgrade) else len(self._packet)
        early = self._packet[behind_head:]
        try:
            url = httptools.parse_url(self.url)
        except httptools.HttpParserInvalidURLError:
            self.send_400_response("Invalid URL.")
            return
        path = unquote((url.path or b"/").decode("latin-1"))
        if self._relay.takes(path):
            query = QueryParams((url.query or b"").decode("latin-1"))
            self._enter(Upgrade(path, query, Headers(raw=self.headers), self.client), early)
            return
        super().handle_websocket_upgrade()
        if early:
            cast(asyncio.Protocol, self.transport.get_protocol()).data_received(early)

    def _enter(self, upgrade: Upgrade, early: bytes) -> None:
        self.connections.discard(self)
        handshake = Handshake(self.scope["method"], self.scope["http_version"], upgrade.headers)
        Entry(self._relay, self.server_state, self.transport, upgrade, handshake, early).begin()


class _UpgradeRequired:
    """The ASGI app, except for requests without an upgrade at the relay's paths."""

    def __init__(self, app: ASGIApp, relay: Relay) -> None:
        self._app = app
        self._relay = relay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and self._relay.takes(scope["path"]):
            refusal = upgrade_required()
            app = JSONResponse(refusal.json_body, refusal.status, dict(refusal.headers))
        await app(scope, receive, send)
