"""Tells HAProxy's `agent-check` how much room the node has: one line for each connection."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

log = logging.getLogger(__name__)

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
    server = await asyncio.start_server(partial(_tell, capacity), host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def _tell(
    capacity: Callable[[], Capacity], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    # What HAProxy may send (`agent-send`) is not read: there is only one thing to tell.
    del reader
    try:
        async with asyncio.timeout(_TOLD_WITHIN_S):
            writer.write(agent_line(capacity()).encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError):
        log.debug("agent check not read", extra={"action": "agent_check_lost"})
        writer.transport.abort()
    finally:
        with suppress(OSError):
            writer.close()
