"""The connection to a browser outlives whatever is said on it, and nobody waits for an answer in vain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import ValidationError
from websockets.asyncio.server import ServerConnection, serve

from agent.browser.cdp import connect_cdp
from agent.browser.protocol import OperatorEvent
from agent.errors import PageClosed
from browser_pool.chromium.cdp import CdpConnection, LineClosed

EVENT = json.dumps({"method": "Runtime.bindingCalled", "params": {}})


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "-1"])
@pytest.mark.parametrize("field", ["done", "total"])
def test_progress_is_a_finite_number(field: str, number: str) -> None:
    """A program can push what it likes; what cannot be counted is refused at the edge."""
    event = '{"type": "progress", "stage": "sample", "done": 0, "total": 1}'
    unchanged = {"done": '"done": 0', "total": '"total": 1'}[field]

    with pytest.raises(ValidationError):
        OperatorEvent.model_validate_json(event.replace(unchanged, f'"{field}": {number}'))


async def test_a_handler_that_fails_is_logged_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """The answer behind the event arrives, and so does the event at the next handler."""
    heard: list[object] = []

    def fail(params: object) -> None:
        raise OverflowError("cannot convert float infinity to integer")

    async with _browser_saying(EVENT, '{"id": 1, "result": {"value": 7}}') as connection:
        connection.on("Runtime.bindingCalled", fail)
        connection.on("Runtime.bindingCalled", heard.append)

        assert await connection.call("Runtime.evaluate", timeout_s=5) == {"value": 7}

    assert heard == [{}]
    assert [vars(record)["action"] for record in caplog.records] == ["cdp_handler_failed"]


@pytest.mark.parametrize("nonsense", ["no JSON", "[]", "{}", '{"id": 1}'])
async def test_nonsense_ends_what_waits_for_an_answer(nonsense: str) -> None:
    """At once, and so does every later call."""
    async with _browser_saying(nonsense) as connection:
        for _ in range(2):
            with pytest.raises(PageClosed, match="no message of its protocol"):
                await connection.call("Runtime.evaluate", timeout_s=60)


@asynccontextmanager
async def _browser_saying(*messages: str) -> AsyncIterator[CdpConnection]:
    """A connection to a browser that answers the first call with *messages*."""

    async def talk(client: ServerConnection) -> None:
        await client.recv()
        for message in messages:
            await client.send(message)
        await client.wait_closed()

    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect_cdp(f"ws://127.0.0.1:{port}/") as connection:
            yield connection


async def test_nothing_is_kept_of_a_session_that_was_left() -> None:
    """A thousand sessions on one connection leave no handler and no reason behind."""
    line = _Attaching()
    connection = CdpConnection(line)

    for _ in range(1000):
        async with connection.attached("page") as session:
            session.on("Page.loadEventFired", print)
    await connection.close()

    assert connection._handlers == {}
    assert set(connection._lost) <= {None}


class _Attaching:
    """A browser that attaches and detaches whatever it is asked to, and says so."""

    def __init__(self) -> None:
        self._says: asyncio.Queue[str | None] = asyncio.Queue()

    async def send(self, message: str) -> None:
        call = json.loads(message)
        session_id = call["params"].get("sessionId", f"session {call['id']}")
        self._says.put_nowait(json.dumps({"id": call["id"], "result": {"sessionId": session_id}}))
        if call["method"] == "Target.detachFromTarget":
            event = {"method": "Target.detachedFromTarget", "params": {"sessionId": session_id}}
            self._says.put_nowait(json.dumps(event))

    async def receive(self) -> str:
        said = await self._says.get()
        if said is None:
            raise LineClosed("closed")
        return said

    async def close(self) -> None:
        self._says.put_nowait(None)
