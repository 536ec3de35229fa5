"""The agent-check line: what HAProxy reads, and readers that are not HAProxy."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from browser_pool.agent_check import Capacity, agent_line, answering


async def ask(port: int, say: bytes = b"") -> bytes:
    """What the port answers until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(say)
    try:
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("capacity", "line"),
    [
        (Capacity(8, 8, False), "ready up 100%\n"),
        (Capacity(4, 8, False), "ready up 50%\n"),
        (Capacity(1, 3, False), "ready up 33%\n"),
        (Capacity(0, 8, False), "ready up 5%\n"),
        (Capacity(0, 0, False), "ready up 5%\n"),
        (Capacity(8, 8, True), "drain\n"),
    ],
)
def test_the_line_says_what_is_free(capacity: Capacity, line: str):
    """In percent of the slots, never none; `drain` while it drains."""
    assert agent_line(capacity) == line


async def test_each_connection_is_told_what_is_true_then():
    """The capacity is looked at for each line, and what the reader says makes no difference."""
    free = [8, 2]

    async with answering("127.0.0.1", 0, lambda: Capacity(free.pop(0), 8, False)) as port:
        assert await ask(port) == b"ready up 100%\n"
        assert await ask(port, b"n1 weight 100\n" * 1000) == b"ready up 25%\n"


async def test_readers_that_hang_or_break_off_hold_up_nobody(caplog: pytest.LogCaptureFixture):
    """Twenty that never read, twenty that reset: the next one is answered, and nothing is said of it."""
    async with answering("127.0.0.1", 0, lambda: Capacity(1, 1, False)) as port:
        hanging = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for _ in range(20):
            broken = socket.create_connection(("127.0.0.1", port))
            broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            broken.close()

        answer = await ask(port)

        for connection in hanging:
            connection.close()
    assert answer == b"ready up 100%\n"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
