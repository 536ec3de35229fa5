"""The way between the agent's thread and the event loop, in both directions."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from agent.errors import Cancelled

_T = TypeVar("_T")


class ToolFailed(Exception):
    """A tool cannot do what was asked; smolagents shows the message to the model as the error of its step."""


class Bridge:
    """Runs coroutines of one event loop from the thread in which the agent runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._cancelled = False
        self._running: concurrent.futures.Future[Any] | None = None  # whatever a tool awaits

    def call(self, work: Coroutine[Any, Any, _T], timeout_s: float) -> _T:
        """The result of `work`. Raises what it raises, `ToolFailed` in time, `Cancelled` if stopped."""
        future = self._start(work)
        try:
            return future.result(timeout_s)
        except concurrent.futures.CancelledError as exc:
            raise Cancelled("The edit was cancelled.") from exc
        except TimeoutError as exc:
            if future.done():
                raise
            future.cancel()
            raise ToolFailed(f"FAILED: no answer within {timeout_s:g} s.") from exc

    def cancel(self) -> None:
        """Ends the call that is under way and refuses any other."""
        with self._lock:
            self._cancelled = True
            running = self._running
        if running is not None:
            running.cancel()

    def _start(self, work: Coroutine[Any, Any, _T]) -> concurrent.futures.Future[_T]:
        """Under the lock: `cancel` either comes before and is heeded, or finds the call that it is to end."""
        with self._lock:
            if self._cancelled:
                work.close()
                raise Cancelled("The edit was cancelled.")
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
            self._running = future
            return future


async def in_own_thread(work: Callable[[], _T]) -> _T:
    """The result of `work`, which a daemon thread does: a cancelled wait, or the exit, leaves it behind.

    `asyncio.to_thread` would have the exit wait for it.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_T] = loop.create_future()
    context = contextvars.copy_context()

    def settle(outcome: Callable[[], None]) -> None:
        if not result.done():
            outcome()

    def run() -> None:
        outcome: Callable[[], None]
        try:
            outcome = partial(result.set_result, context.run(work))
        except BaseException as exc:  # noqa: BLE001  whatever ends the work is raised where it is awaited
            outcome = partial(result.set_exception, exc)
        # The loop may be closed: then nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, daemon=True, name="agent").start()
    return await result
