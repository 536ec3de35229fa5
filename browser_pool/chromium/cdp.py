"""The Chrome DevTools Protocol over any line to a browser: many sessions, a limit on every call."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from browser_pool.chromium.errors import CdpClosed, CdpError, CdpTimeout

log = logging.getLogger(__name__)

Json = dict[str, Any]  # CDP's parameters and results have no common shape; readers narrow them
EventHandler = Callable[[Json], None]

CALL_TIMEOUT_S = 30.0
_DETACH_TIMEOUT_S = 5.0


class LineClosed(Exception):
    """The line ended, for the reason in its text."""


class Line(Protocol):
    """Carries whole messages both ways; each way raises `LineClosed` once it has ended."""

    async def send(self, message: str) -> None:
        """Return when the message is on its way."""

    async def receive(self) -> str | bytes:
        """The next message."""

    async def close(self) -> None:
        """End the line; the browser stays."""


@dataclass(frozen=True)
class Failures:
    """The errors that a connection raises, in the words of the package that made it."""

    refused: type[Exception] = CdpError
    late: type[Exception] = CdpTimeout
    closed: type[Exception] = CdpClosed


class CdpConnection:
    """Calls and events over one line; when it ends or carries nonsense, pending calls fail as closed."""

    def __init__(self, line: Line, failures: Failures | None = None) -> None:
        self._line = line
        self._failures = failures or Failures()
        self._ids = itertools.count(1)
        self._pending: dict[int, _PendingCall] = {}
        self._handlers: defaultdict[tuple[str | None, str], list[EventHandler]] = defaultdict(list)
        self._attached: set[str] = set()
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

        Raises `CdpError` if the browser refuses it, `CdpTimeout`, or `CdpClosed` if line or tab go away;
        or what stands for them in the connection's `Failures`.
        """
        self._require_open(session_id)
        call_id = next(self._ids)
        message: Json = {"id": call_id, "method": method, "params": params or {}}
        if session_id is not None:
            message["sessionId"] = session_id
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._pending[call_id] = _PendingCall(session_id, method, answer, self._failures)
        try:
            async with asyncio.timeout(timeout_s):
                await self._line.send(json.dumps(message))
                return await answer
        except LineClosed as exc:
            raise self._failures.closed(f"The connection to the browser was cut: {exc}") from exc
        except TimeoutError as exc:
            raise self._failures.late(f"{method} was not answered within {timeout_s:g} s.") from exc
        finally:
            self._pending.pop(call_id, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # a line that is lost while we send fails both; it is told of once

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
        self._attached.add(session_id)
        try:
            yield CdpSession(self, session_id)
        finally:
            self._forget(session_id)
            with suppress(self._failures.refused, self._failures.late, self._failures.closed):
                await self.call(
                    "Target.detachFromTarget", {"sessionId": session_id}, timeout_s=_DETACH_TIMEOUT_S
                )

    async def close(self) -> None:
        """Close the line; the browser and its tabs stay."""
        await self._line.close()
        await self._reader

    async def _read(self) -> None:
        try:
            while True:
                self._receive(json.loads(await self._line.receive()))
        except LineClosed as exc:
            self._lose(None, f"The connection to the browser was cut: {exc}")
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
        if session_id is None or session_id in self._attached:
            self._lost[session_id] = reason
        for call in self._pending.values():
            if session_id in (None, call.session_id):
                call.fail(self._failures.closed(reason))

    def _forget(self, session_id: str) -> None:
        """Let go of what is known of a session that nobody uses any more."""
        self._attached.discard(session_id)
        self._lost.pop(session_id, None)
        for key in [key for key in self._handlers if key[0] == session_id]:
            del self._handlers[key]

    def _require_open(self, session_id: str | None) -> None:
        reason = self._lost.get(None) or self._lost.get(session_id)
        if reason:
            raise self._failures.closed(reason)


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
    failures: Failures

    def settle(self, message: Json) -> None:
        if error := message.get("error"):
            self.fail(self.failures.refused(f"{self.method}: {error['message']}"))
        elif not self.answer.done():
            self.answer.set_result(message["result"])

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
