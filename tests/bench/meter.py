"""Time and processor seconds of a piece of work, the browser's and other children's included."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.bench.figures import Say

_QUIET_WINDOW_S = 0.3
_QUIET_SHARE = 0.15
_QUIET_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Spent:
    """What one piece of work took."""

    seconds: float
    cpu_seconds: float


Work = Callable[[], Awaitable[float]]
"""Does a piece of work once and answers the seconds it took."""


async def spend(work: Work) -> Spent:
    """What *work* takes when nothing else of ours is at work."""
    await until_quiet()
    cpu_before_s = cpu_seconds()
    return Spent(await work(), cpu_seconds() - cpu_before_s)


async def seconds_of(work: Awaitable[object]) -> float:
    """Wall seconds until *work* is done."""
    started_s = time.perf_counter()
    await work
    return time.perf_counter() - started_s


async def interleaved(contenders: Mapping[str, Work], rounds: int, say: Say) -> dict[str, list[Spent]]:
    """What each of *contenders* took in each round: all of them in turn, then the next round.

    Each has run once before, unmeasured, so that nobody pays for loading code.
    """
    for name, work in contenders.items():
        say(f"{name}, to warm up")
        await work()
    spent: dict[str, list[Spent]] = {name: [] for name in contenders}
    for number in range(1, rounds + 1):
        for name, work in contenders.items():
            say(f"{name}, round {number} of {rounds}")
            spent[name].append(await spend(work))
    return spent


def cpu_seconds() -> float:
    """Processor seconds so far of this process and all below it, those that have ended among them."""
    total = 0.0
    for process in (own := psutil.Process(), *own.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            # A child that ended is counted by its parent's `children_*`, a living one by itself.
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


async def until_quiet() -> None:
    """Wait until none of our processes works any more, so that nobody pays for what ran before.

    Raises `TimeoutError` if something of ours keeps working.
    """
    async with asyncio.timeout(_QUIET_TIMEOUT_S):
        while True:
            before, started = cpu_seconds(), time.perf_counter()
            await asyncio.sleep(_QUIET_WINDOW_S)
            if cpu_seconds() - before < _QUIET_SHARE * (time.perf_counter() - started):
                return
