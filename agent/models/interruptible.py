"""Awaiting in a thread without an event loop, so that another thread can end it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from agent.errors import Cancelled

_T = TypeVar("_T")


class Interruptible:
    """Runs one coroutine at a time in the calling thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None  # of any result

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """The result of `work`. Raises what it raises, or `Cancelled`."""
        try:
            return asyncio.run(self._watched(work))
        except asyncio.CancelledError as exc:
            raise Cancelled("The edit was cancelled.") from exc

    def cancel(self) -> None:
        """Ends what is running, whatever it waits for, and lets nothing run after it. For any thread."""
        with self._lock:
            self._cancelled = True
            if self._running is not None:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel)

    async def _watched(self, work: Coroutine[Any, Any, _T]) -> _T:
        task = asyncio.current_task()
        assert task is not None, "a coroutine that runs is part of a task"
        with self._lock:
            if self._cancelled:
                work.close()
                raise Cancelled("The edit was cancelled.")
            self._running = (asyncio.get_running_loop(), task)
        try:
            return await work
        finally:
            with self._lock:
                self._running = None
