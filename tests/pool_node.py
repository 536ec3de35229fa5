"""A node that serves in this process, on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from browser_pool.node import Node
from browser_pool.serve import NodeServer
from browser_pool.settings import PoolSettings
from browser_pool.warm import StartBrowser

_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class ServedNode:
    """A node, and a client of its API."""

    node: Node
    url: str
    http: httpx.AsyncClient

    @property
    def address(self) -> tuple[str, int]:
        """For a socket of the test's own."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    async def create(self, **body) -> dict:
        """A new session, as the API tells of it."""
        answer = await self.http.post("/v1/sessions", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()


def pool_settings(home: Path, **changes) -> PoolSettings:
    """Three slots on any port, nothing warm, and nothing of the environment."""
    values = {
        "home": home,
        "port": 0,
        "max_sessions": 3,
        "max_queue": 8,
        "warm_browsers": 0,
        "max_mem_pct": 100.0,
        "min_free_disk_bytes": 0,
    }
    return PoolSettings(_env_file=None, **values | changes)


@asynccontextmanager
async def served_node(settings: PoolSettings, start: StartBrowser, clock=None) -> AsyncIterator[ServedNode]:
    """The node as `serve` would run it, without its signals."""
    async with Node(settings, start, disk=settings.home, clock=clock) as node:
        server = NodeServer(settings, node)
        serving = asyncio.create_task(server.serve())
        try:
            while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
                await asyncio.sleep(0.005)
            url = f"http://127.0.0.1:{server.bound_port}"
            async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S) as http:
                yield ServedNode(node, url, http)
        finally:
            server.should_exit = server.force_exit = True
            await serving
