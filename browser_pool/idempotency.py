"""Requests that carry an `Idempotency-Key` are carried out once, however often they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from browser_pool.errors import Conflict

_Result = TypeVar("_Result")


class OncePerKey(Generic[_Result]):
    """Remembers results by key for *keep_s*; a failure is not remembered, so that it can be tried again."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._calls: dict[tuple[str, str], _Call[_Result]] = {}

    async def run(
        self, key: tuple[str, str], request: object, make: Callable[[], Awaitable[_Result]], now: float
    ) -> _Result:
        """What *make* returned for *key*, or returns now.

        It goes on as long as somebody waits for it. Raises `Conflict` if the key came with another request.
        """
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = _Call(request, asyncio.ensure_future(make()), now)
        elif call.request != request:
            raise Conflict("This Idempotency-Key came with another request.", code="idempotency_key_reused")
        try:
            return await call.result()
        except BaseException:
            if (call.failed or not call.waiting) and self._calls.get(key) is call:
                del self._calls[key]
            raise

    def forget_old(self, now: float) -> None:
        """Drop results older than their time."""
        old = [key for key, call in self._calls.items() if call.done and now - call.since > self._keep_s]
        for key in old:
            del self._calls[key]


@dataclass
class _Call(Generic[_Result]):
    request: object
    future: asyncio.Future[_Result]
    since: float
    waiting: int = 0

    @property
    def done(self) -> bool:
        return self.future.done()

    @property
    def failed(self) -> bool:
        return self.future.cancelled() or (self.future.done() and self.future.exception() is not None)

    async def result(self) -> _Result:
        self.waiting += 1
        try:
            return await asyncio.shield(self.future)
        finally:
            self.waiting -= 1
            if not self.waiting:
                self.future.cancel()
