"""Staying awake for the next message of a brisk conversation.

To wake a sleeping core takes longer than all of the relay's own work on a small message. So for a moment
after one has passed, and only while the machine has a core to spare, the event loop asks for the next instead
of sleeping until it comes. Linux does the same for the guests of a machine (`halt_poll_ns`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import psutil

_SMALL_BYTES = 16 << 10
_LOOK_S = 0.1
_SPARE_CORES = 0.5


class Attention:
    """An event loop's: all links of a relay share it. *window_s* is how long to stay awake, 0 is never."""

    def __init__(
        self,
        window_s: float,
        *,
        idle_s: Callable[[], float] | None = None,
        now: Callable[[], float] = time.monotonic,
        call_soon: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self.window_s = window_s
        self.now = now
        self._spare_cores = _SpareCores(idle_s or _idle_s)
        self._call_soon = call_soon
        self._awake = False
        self._until = 0.0

    def stay(self, now: float) -> None:
        """Do not sleep until the window ends, if the machine can afford it."""
        self._until = now + self.window_s
        if not self._awake and self._spare_cores.enough(now):
            self._awake = True
            self._again()

    def _stay_on(self) -> None:
        now = self.now()
        self._awake = now < self._until and self._spare_cores.enough(now)
        if self._awake:
            self._again()

    def _again(self) -> None:
        # While something is to be called soon, the loop looks for messages, but does not wait for them.
        (self._call_soon or asyncio.get_running_loop().call_soon)(self._stay_on)


class Conversation:
    """One link's messages, in either direction."""

    def __init__(self, attention: Attention) -> None:
        self._attention = attention
        self._last_at = float("-inf")

    def passed(self, size_bytes: int) -> None:
        """Bytes were passed on. If that was soon after the last ones, the next are likely to come as soon."""
        if size_bytes > _SMALL_BYTES:
            return
        now = self._attention.now()
        if now - self._last_at < self._attention.window_s:
            self._attention.stay(now)
        self._last_at = now


class _SpareCores:
    """Whether the machine has cores without work while nobody stays awake, looked at for a fifth of the time.

    Less than half a core does not count: where every core has work, who stays awake takes the time of
    those that it waits for (measured: an answer came three times as late).
    """

    def __init__(self, idle_s: Callable[[], float]) -> None:
        self._idle_s = idle_s
        self._enough = False
        self._valid_until = float("-inf")
        self._looking_since: float | None = None
        self._idle_then_s = 0.0

    def enough(self, now: float) -> bool:
        """Never while it looks."""
        if now < self._valid_until:
            return self._enough
        if self._looking_since is None:
            self._looking_since, self._idle_then_s = now, self._idle_s()
        looked_s = now - self._looking_since
        if looked_s < _LOOK_S:
            return False
        self._enough = self._idle_s() - self._idle_then_s >= _SPARE_CORES * looked_s
        self._valid_until, self._looking_since = now + 4 * _LOOK_S, None
        return self._enough


def _idle_s() -> float:
    """Seconds for which cores had nothing to do, summed over all of them."""
    times = psutil.cpu_times()
    return float(times.idle + getattr(times, "iowait", 0.0))
