"""Tells HAProxy's `agent-check` how much room the node has: one line for each connection."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import cast

LEAST_PERCENT = 5
"""Said by a full node: at 0 % HAProxy would drop it, and answer for it until the next look."""

_TOLD_WITHIN_S = 2.0


@dataclass(frozen=True)
class Capacity:
    """Room for new sessions; a node that refuses them for want of memory has none free."""

    free: int
    slots: int
    draining: bool


def agent_line(capacity: Capacity) -> str:
    """What HAProxy understands: `drain`, or the percentage of the server's weight."""
    if capacity.draining:
        return "drain\n"
    percent = math.floor(100 * capacity.free / max(1, capacity.slots) + 0.5)
    return f"ready up {min(100, max(LEAST_PERCENT, percent))}%\n"


@asynccontextmanager
async def answering(host: str, port: int, capacity: Callable[[], Capacity]) -> AsyncIterator[int]:
    """Answers on *host* and *port* (0: a free one) meanwhile; the port comes back.

    A reader that never reads or never leaves is cut off after a moment and holds up nobody else.
    """
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Teller(loop, capacity), host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


class _Teller(asyncio.Protocol):
    def __init__(self, loop: asyncio.AbstractEventLoop, capacity: Callable[[], Capacity]) -> None:
        self._loop = loop
        self._capacity = capacity
        self._limit: asyncio.TimerHandle | None = None

    def connection_made(self, base_transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, base_transport)  # uvloop's only looks like one
        self._limit = self._loop.call_later(_TOLD_WITHIN_S, transport.abort)
        transport.write(agent_line(self._capacity()).encode())
        # The reader closes; were it us, anything of its own that is on the way would take the line back.
        with suppress(OSError):  # HAProxy has the line and is gone already
            transport.write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
