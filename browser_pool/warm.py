"""Browsers that are started before anybody asks: a session that fits takes one and never gives it back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from browser_pool.clock import Clock
from browser_pool.errors import PoolError
from browser_pool.session import BrowserSession, SessionSpec

log = logging.getLogger(__name__)

StartBrowser = Callable[[SessionSpec], Awaitable[BrowserSession]]

_RETRY_AFTER_S = 10.0


class WarmBrowsers:
    """Up to *wanted* fresh browsers of one *spec*, each lent once."""

    def __init__(self, start: StartBrowser, spec: SessionSpec, wanted: int, clock: Clock) -> None:
        self._start = start
        self._spec = spec
        self._wanted = wanted
        self._clock = clock
        self._starts: list[asyncio.Task[BrowserSession]] = []
        self._discarded: set[asyncio.Task[None]] = set()
        self._not_before = 0.0

    def __len__(self) -> int:
        """Browsers that run or start, those on their way out included."""
        return len(self._starts) + len(self._discarded)

    @property
    def ready(self) -> int:
        """Browsers that could be taken at once."""
        return sum(start.done() and not _failed(start) for start in self._starts)

    def fill(self, room: int) -> None:
        """Start browsers up to what is wanted, at most *room*; not for a while after one failed to start."""
        self._drop_dead()
        if self._clock.monotonic() < self._not_before:
            return
        for _ in range(min(room, self._wanted - len(self._starts))):
            self._starts.append(asyncio.ensure_future(self._start(self._spec)))

    async def take(self, spec: SessionSpec) -> BrowserSession | None:
        """A running browser like *spec*, the caller's from now on; None if there is none to be had."""
        self._drop_dead()
        if spec != self._spec or not self._starts:
            return None
        start = self._starts.pop(0)
        try:
            return await asyncio.shield(start)
        except asyncio.CancelledError:
            self._discard(start)
            raise
        except PoolError:
            return None  # the caller starts one of its own, and hears why that fails

    async def make_room(self) -> None:
        """End one browser, if there is one, and return when it is gone."""
        if self._starts:
            self._discard(self._starts.pop())
        if self._discarded:
            await asyncio.wait(self._discarded)

    async def close(self) -> None:
        """End all of them."""
        while self._starts:
            self._discard(self._starts.pop())
        if self._discarded:
            await asyncio.wait(self._discarded)

    def _drop_dead(self) -> None:
        for start in [start for start in self._starts if start.done()]:
            if _failed(start):
                log.warning("warm browser did not start", extra={"action": "warm_start_failed"})
                self._not_before = self._clock.monotonic() + _RETRY_AFTER_S
                self._starts.remove(start)
            elif start.result().exited.is_set():
                self._starts.remove(start)
                self._discard(start)

    def _discard(self, start: asyncio.Task[BrowserSession]) -> None:
        ending = asyncio.create_task(_end(start))
        self._discarded.add(ending)
        ending.add_done_callback(self._discarded.discard)


async def _end(start: asyncio.Task[BrowserSession]) -> None:
    start.cancel()
    await asyncio.wait([start])
    if _failed(start):
        return
    try:
        await start.result().end()
    except Exception:  # whatever it is, the other browsers go on
        log.exception("warm browser did not end", extra={"action": "warm_end_failed"})


def _failed(start: asyncio.Task[BrowserSession]) -> bool:
    return start.cancelled() or start.exception() is not None
