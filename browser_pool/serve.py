"""Runs a node as a server, from the sweep of what a dead one left to the drain on SIGTERM."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import token_hex
from types import FrameType
from typing import Any

import uvicorn
import uvloop

from browser_pool.access import Access
from browser_pool.agent_check import Capacity, answering
from browser_pool.api.app import make_app
from browser_pool.chromium.errors import ChromiumError
from browser_pool.chromium.find import find_browser
from browser_pool.errors import PoolError
from browser_pool.logs import configure_logs
from browser_pool.node import Node
from browser_pool.relay.route import RelayLimits
from browser_pool.relay.upgrade import Relay
from browser_pool.session import BrowserSession, SessionSpec
from browser_pool.settings import PoolSettings
from browser_pool.sweep import sessions_folder, sweep
from browser_pool.upgrades import Upgrades
from browser_pool.warm import StartBrowser

log = logging.getLogger(__name__)

_KEEP_ALIVE_S = 75
_LAST_ANSWERS_S = 5


def serve(settings: PoolSettings) -> None:
    """Run a node until SIGTERM or SIGINT, which drain it; a second one ends it at once.

    In both cases no browser and no folder is left. Raises `PoolError` if it cannot start.
    """
    configure_logs()
    uvloop.run(_serve(settings))


async def _serve(settings: PoolSettings) -> None:
    folder = sessions_folder(settings.home)
    sweep(folder)
    async with Node(settings, session_starter(settings, folder), disk=folder) as node:
        server = NodeServer(settings, node)
        async with _agent_check(settings, node):
            await server.serve()


def session_starter(settings: PoolSettings, folder: Path) -> StartBrowser:
    """Starts sessions in folders of their own in *folder*; raises `PoolError` if there is no browser."""
    try:
        browser = find_browser(settings.browser_path)
    except ChromiumError as exc:
        raise PoolError(str(exc), exc.hint, code="browser_missing") from exc

    async def start(spec: SessionSpec) -> BrowserSession:
        own = folder / f"{settings.node}-{token_hex(8)}"
        return await BrowserSession.start(own, spec, browser=browser, timeout_s=settings.launch_timeout_s)

    return start


class NodeServer(uvicorn.Server):
    """The node's HTTP and WebSocket server."""

    def __init__(self, settings: PoolSettings, node: Node) -> None:
        access = Access(settings, node)
        relay = Relay(Upgrades(node, access).resolve, limits=_relay_limits(settings))
        super().__init__(
            uvicorn.Config(
                make_app(node, access),
                host=settings.host,
                port=settings.port,
                http=relay.http_protocol,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                access_log=settings.access_log,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_LAST_ANSWERS_S,
            )
        )
        self._node = node
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving: asyncio.Task[None] | None = None

    @property
    def bound_port(self) -> int:
        """Where it listens, once it has started."""
        return int(self.servers[0].sockets[0].getsockname()[1])

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """As uvicorn's."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by the signal, between any two instructions."""
        if self._loop:
            self._loop.call_soon_threadsafe(self.leave)
        else:
            self.should_exit = True

    def leave(self) -> None:
        """Drain and stop; asked again, stop at once."""
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._leave())
            return
        log.warning("node ends without waiting for its sessions", extra={"action": "forced_exit"})
        self._node.drain(deadline_s=0)
        self.should_exit = self.force_exit = True

    async def _leave(self) -> None:
        self._node.drain(self._settings.drain_deadline_s)
        await self._node.drained()
        self.should_exit = True


@asynccontextmanager
async def _agent_check(settings: PoolSettings, node: Node) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        if settings.agent_check_port is not None:
            listening = answering(settings.host, settings.agent_check_port, lambda: _capacity(node))
            port = await stack.enter_async_context(listening)
            log.info("agent check listens", extra={"action": "agent_check_listens", "port": port})
        yield


def _capacity(node: Node) -> Capacity:
    now = node.pressure()
    takes_more = now.available or now.reason == "full"
    return Capacity(free=now.free if takes_more else 0, slots=now.max_sessions, draining=now.draining)


def _relay_limits(settings: PoolSettings) -> RelayLimits:
    # A one-shot client waits for a slot and then for a browser.
    return RelayLimits(resolve_timeout_s=settings.max_wait_s + 2 * settings.launch_timeout_s)
