"""CDP over Chromium's debugging pipe: the control plane of whoever started it, and of nobody else.

Messages are JSON, each with a zero byte behind it. Chromium ends when the pipe is closed, which the kernel
does for us even if we are killed.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Self

from browser_pool.chromium.cdp import CdpConnection, LineClosed

log = logging.getLogger(__name__)

_END_OF_MESSAGE = b"\0"
_MAX_MESSAGE_BYTES = 32 << 20


class PipeConnection(CdpConnection):
    """Calls and events of a Chromium that we started; closing it ends that Chromium."""

    @classmethod
    async def over(cls, ours: socket.socket) -> Self:
        """The connection over our end of a pair of sockets, which it closes with itself."""
        reader, writer = await asyncio.open_connection(sock=ours, limit=_MAX_MESSAGE_BYTES)
        return cls(_PipeLine(reader, writer))


class _PipeLine:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: str) -> None:
        try:
            self._writer.write(message.encode() + _END_OF_MESSAGE)
            await self._writer.drain()
        except OSError as exc:
            raise LineClosed("the browser ended") from exc

    async def receive(self) -> bytes:
        try:
            while True:
                if (message := await self._next()) is not None:
                    return message
        except (OSError, asyncio.IncompleteReadError) as exc:
            raise LineClosed("the browser ended") from exc

    async def _next(self) -> bytes | None:
        """The next message; None for one too large to be kept, whose call will not be answered."""
        is_whole = True
        while True:
            try:
                rest = await self._reader.readuntil(_END_OF_MESSAGE)
            except asyncio.LimitOverrunError as exc:
                await self._reader.readexactly(exc.consumed)
                is_whole = False
                continue
            if is_whole:
                return rest[: -len(_END_OF_MESSAGE)]
            log.warning("message too large", extra={"action": "pipe_message_dropped"})
            return None

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
