"""Keeps one session within its limits where the kernel does not, and notices when its GPU process changes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import psutil

from browser_pool.confinement.enclosure import Enclosure
from browser_pool.confinement.limits import MIB, Limits, Load, excess, measure

log = logging.getLogger(__name__)

_CALM_S = 0.5
_NEAR_S = 0.1
_NEAR = 0.5


class Watch:
    """Looks at the processes of an enclosure again and again, more often when they take much."""

    def __init__(self, enclosure: Enclosure, limits: Limits) -> None:
        self._enclosure = enclosure
        self._limits = limits
        self._gpu: set[int] = set()
        self.ended: set[int] = set()
        """The processes that were ended because all together took too much."""
        self.gpu_changed = asyncio.Event()
        """Set when the browser has another GPU process than before."""

    async def run(self) -> None:
        """Until it is cancelled."""
        pause_s = _CALM_S
        while True:
            await asyncio.sleep(pause_s)
            try:
                pause_s = await self.look()
            except OSError:  # out of descriptors, for one: it may pass, and the limits stay
                log.exception("session could not be measured", extra={"action": "watch_failed"})

    async def look(self) -> float:
        """Look once; how long there is until the next look."""
        loads = await asyncio.to_thread(self._measure)
        self._look_at_gpu(loads)
        return self._keep_limits(loads)

    def _measure(self) -> list[Load]:
        return measure(self._enclosure.processes(), self._limits)

    def _keep_limits(self, loads: list[Load]) -> float:
        if (worst := excess(loads, self._limits)) is None:
            taken = sum(load.memory_bytes for load in loads)
            return _NEAR_S if taken > _NEAR * self._limits.memory_mb * MIB else _CALM_S
        with suppress(psutil.NoSuchProcess):
            worst.process.kill()
        self.ended.add(worst.process.pid)
        log.warning(
            "session over its limits",
            extra={
                "action": "session_over_limits",
                "ended": worst.kind or "browser",
                "memory_bytes": worst.memory_bytes,
                "threads": worst.threads,
            },
        )
        return _CALM_S

    def _look_at_gpu(self, loads: list[Load]) -> None:
        now = {load.process.pid for load in loads if load.kind == "gpu-process"}
        if now and now != self._gpu:
            if self._gpu:
                self.gpu_changed.set()
            self._gpu = now
