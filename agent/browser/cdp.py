"""A small client of the Chrome DevTools Protocol: one socket, many sessions, a limit on every call."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from agent.browser.address import is_loopback, without_secrets
from agent.errors import BrowserError, PageClosed

log = logging.getLogger(__name__)

Json = dict[str, Any]  # CDP's parameters and results have no common shape; readers narrow them
EventHandler = Callable[[Json], None]

CALL_TIMEOUT_S = 30.0
_OPEN_TIMEOUT_S = 15.0
_DETACH_TIMEOUT_S = 5.0
_PING_INTERVAL_S = 20.0
_PONG_TIMEOUT_S = 60.0
_WRITE_BUFFER_BYTES = 1 << 20


class CdpError(BrowserError):
    """The browser refused a call."""


class CdpTimeout(BrowserError):
    """The browser did not answer a call in time."""


@asynccontextmanager
async def connect_cdp(url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[CdpConnection]:
    """A connection to the browser's WebSocket at *url*.

    Raises `BadInput` if *url* is no address, `PageClosed` if nobody answers there. The token in *url* never
    shows in an error.
    """
    address = without_secrets(url)
    try:
        socket = await connect_websocket(
            url,
            additional_headers=headers,
            proxy=None if is_loopback(url) else True,
            compression=None,
            max_size=None,
            open_timeout=_OPEN_TIMEOUT_S,
            ping_interval=_PING_INTERVAL_S,
            ping_timeout=_PONG_TIMEOUT_S,
            write_limit=_WRITE_BUFFER_BYTES,
        )
    except (OSError, ValueError, WebSocketException) as exc:
        # Not `from exc`, whose text may hold the address.
        raise PageClosed(
            f"Could not connect to the browser at {address}: {_reason(exc)}",
            hint="Is it running, and is the token right?",
        ) from None
    connection = CdpConnection(socket)
    try:
        yield connection
    finally:
        await connection.close()


class CdpConnection:
    """Calls and events over one socket; when it drops or talks nonsense, pending calls raise `PageClosed`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._pending: dict[int, _PendingCall] = {}
        self._handlers: defaultdict[tuple[str | None, str], list[EventHandler]] = defaultdict(list)
        self._lost: dict[str | None, str] = {}
        self._reader = asyncio.create_task(self._read())

    async def call(
        self,
        method: str,
        params: Json | None = None,
        *,
        session_id: str | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Json:
        """The result of *method*.

        Raises `CdpError` if the browser refuses it, `CdpTimeout`, or `PageClosed` if socket or tab go away.
        """
        self._require_open(session_id)
        call_id = next(self._ids)
        message: Json = {"id": call_id, "method": method, "params": params or {}}
        if session_id is not None:
            message["sessionId"] = session_id
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._pending[call_id] = _PendingCall(session_id, method, answer)
        try:
            async with asyncio.timeout(timeout_s):
                await self._socket.send(json.dumps(message))
                return await answer
        except ConnectionClosed as exc:
            raise PageClosed(f"The connection to the browser was cut: {_reason(exc)}") from exc
        except TimeoutError as exc:
            raise CdpTimeout(f"{method} was not answered within {timeout_s:g} s.") from exc
        finally:
            self._pending.pop(call_id, None)

    def on(self, event: str, handler: EventHandler, *, session_id: str | None = None) -> None:
        """Calls *handler* with the parameters of each *event* of that session.

        It must not block; what it raises is logged and goes no further.
        """
        self._handlers[session_id, event].append(handler)

    @asynccontextmanager
    async def attached(self, target_id: str) -> AsyncIterator[CdpSession]:
        """A session of its own with the target; what it intercepts and overrides ends with it."""
        result = await self.call("Target.attachToTarget", {"targetId": target_id, "flatten": True})
        session_id = result["sessionId"]
        try:
            yield CdpSession(self, session_id)
        finally:
            with suppress(BrowserError):
                await self.call(
                    "Target.detachFromTarget", {"sessionId": session_id}, timeout_s=_DETACH_TIMEOUT_S
                )

    async def close(self) -> None:
        """Close the socket; the browser and its tabs stay."""
        await self._socket.close()
        await self._reader

    async def _read(self) -> None:
        try:
            while True:
                self._receive(json.loads(await self._socket.recv(decode=False)))
        except ConnectionClosed as exc:
            self._lose(None, f"The connection to the browser was cut: {_reason(exc)}")
        except Exception:  # whatever ends the reading: nobody may wait for an answer any more
            log.exception("browser not understood", extra={"action": "cdp_read_failed"})
            self._lose(None, "The browser sent what is no message of its protocol.")

    def _receive(self, message: Json) -> None:
        if "id" in message:
            if call := self._pending.get(message["id"]):
                call.settle(message)
            return
        session_id, event, params = message.get("sessionId"), message["method"], message["params"]
        if event == "Target.detachedFromTarget":
            self._lose(params["sessionId"], "The page was closed.")
        elif event == "Inspector.targetCrashed":
            self._lose(session_id, "The page crashed.")
        for handler in self._handlers.get((session_id, event), ()):
            try:
                handler(params)
            except Exception:  # one that fails must not keep answers from everybody else
                log.exception("event handler failed", extra={"action": "cdp_handler_failed", "event": event})

    def _lose(self, session_id: str | None, reason: str) -> None:
        """Fail what waits for *session_id*; None is the whole connection."""
        self._lost[session_id] = reason
        for call in self._pending.values():
            if session_id in (None, call.session_id):
                call.fail(PageClosed(reason))

    def _require_open(self, session_id: str | None) -> None:
        reason = self._lost.get(None) or self._lost.get(session_id)
        if reason:
            raise PageClosed(reason)


class CdpSession:
    """One attached target of a connection."""

    def __init__(self, connection: CdpConnection, session_id: str) -> None:
        self.connection = connection
        self.session_id = session_id

    async def call(
        self, method: str, params: Json | None = None, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> Json:
        """As `CdpConnection.call`, for this target."""
        return await self.connection.call(method, params, session_id=self.session_id, timeout_s=timeout_s)

    async def call_function(
        self,
        object_id: str,
        function: str,
        *arguments: object,
        by_value: bool = True,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Json:
        """What *function*, in JavaScript, comes to with that object as `this`: a `result`, awaited.

        If it threw, there are `exceptionDetails` beside it.
        """
        return await self.call(
            "Runtime.callFunctionOn",
            {
                "objectId": object_id,
                "functionDeclaration": function,
                "arguments": [{"value": argument} for argument in arguments],
                "awaitPromise": True,
                "returnByValue": by_value,
            },
            timeout_s=timeout_s,
        )

    def on(self, event: str, handler: EventHandler) -> None:
        """As `CdpConnection.on`, for this target."""
        self.connection.on(event, handler, session_id=self.session_id)


@dataclass(frozen=True)
class _PendingCall:
    session_id: str | None
    method: str
    answer: asyncio.Future[Json]

    def settle(self, message: Json) -> None:
        if error := message.get("error"):
            self.fail(CdpError(f"{self.method}: {error['message']}"))
        elif not self.answer.done():
            self.answer.set_result(message["result"])

    def fail(self, error: BrowserError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


def _reason(exc: Exception) -> str:
    if isinstance(exc, InvalidStatus):
        return f"HTTP {exc.response.status_code}"
    if isinstance(exc, ConnectionClosed):
        return exc.rcvd.reason or f"close code {exc.rcvd.code}" if exc.rcvd else "no close frame"
    if isinstance(exc, OSError):
        return str(exc) or type(exc).__name__
    # Others quote addresses and headers.
    return f"no WebSocket ({type(exc).__name__})"
