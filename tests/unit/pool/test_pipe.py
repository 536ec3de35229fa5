"""The debugging pipe: messages of any length, and nobody waits for an answer that will not come."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from browser_pool.chromium import pipe
from browser_pool.chromium.cdp import Json
from browser_pool.chromium.errors import CdpClosed, CdpError, CdpTimeout
from browser_pool.chromium.pipe import PipeConnection

Answer = Callable[[Json, asyncio.StreamWriter], Awaitable[None]]


async def test_answers_find_their_calls() -> None:
    """In whatever order they come, and however long they are."""
    held: list[Json] = []

    async def backwards(call: Json, writer: asyncio.StreamWriter) -> None:
        held.append(call)
        if len(held) == 2:
            for each in reversed(held):
                _say(writer, {"id": each["id"], "result": {"of": each["method"], "much": "x" * 200_000}})

    async with _browser(backwards) as connection:
        first, second = await asyncio.gather(connection.call("First"), connection.call("Second"))

    assert (first["of"], second["of"]) == ("First", "Second")


async def test_a_message_too_large_costs_its_call_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not kept; what comes behind it is understood."""
    monkeypatch.setattr(pipe, "_MAX_MESSAGE_BYTES", 1000)

    async def much(call: Json, writer: asyncio.StreamWriter) -> None:
        _say(writer, {"id": call["id"], "result": {"text": "x" * call["params"]["length"]}})

    async with _browser(much) as connection:
        with pytest.raises(CdpTimeout):
            await connection.call("Say", {"length": 100_000}, timeout_s=0.2)
        answer = await connection.call("Say", {"length": 10})

    assert answer == {"text": "x" * 10}
    assert [vars(record)["action"] for record in caplog.records] == ["pipe_message_dropped"]


async def test_a_refused_call() -> None:
    """With what the browser says."""

    async def refuse(call: Json, writer: asyncio.StreamWriter) -> None:
        _say(writer, {"id": call["id"], "error": {"code": -32601, "message": "wasn't found"}})

    async with _browser(refuse) as connection:
        with pytest.raises(CdpError, match="wasn't found"):
            await connection.call("No.Such")


@pytest.mark.parametrize("half", [b"", b'{"id": 1, "resu'])
async def test_a_browser_that_goes_away(half: bytes) -> None:
    """Ends every call, those that wait and those that come."""

    async def leave(call: Json, writer: asyncio.StreamWriter) -> None:
        writer.write(half)
        writer.close()

    async with _browser(leave) as connection:
        for _ in range(2):
            with pytest.raises(CdpClosed, match="the browser ended"):
                await connection.call("Browser.getVersion", timeout_s=60)


@asynccontextmanager
async def _browser(answer: Answer) -> AsyncIterator[PipeConnection]:
    """A connection to what answers each call with *answer*."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=theirs)

    async def talk() -> None:
        while message := (await reader.readuntil(b"\0"))[:-1]:
            await answer(json.loads(message), writer)

    talking = asyncio.create_task(talk())
    connection = await PipeConnection.over(ours)
    try:
        yield connection
    finally:
        await connection.close()
        await asyncio.wait([talking])
        talking.exception()  # the end of the pipe
        writer.close()


def _say(writer: asyncio.StreamWriter, message: Json) -> None:
    writer.write(json.dumps(message).encode() + b"\0")
