"""What it costs that a job can be gone on with: the store, the recorded steps and the traces of one edit."""

from __future__ import annotations

import functools
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from agent import tracing
from agent.engine import DurableSteps, Engine
from agent.order import EditOrder
from agent.service import edit_here
from agent.services import build_services
from agent.settings import Settings
from agent.store.database import Database
from tests.bench.figures import Figure, Measured, Say, at_most
from tests.bench.meter import until_quiet

FOOTAGE = Path(__file__).parents[1] / "data/big_buck_bunny_720p_5s.mp4"
REQUEST = "Trim to 4 seconds and put the title 'Big Buck Bunny' in the centre, fading in"
"""As `make demo` has it."""
LIMIT_SHARE = 0.03


async def measure(rounds: int, say: Say) -> Measured:
    """Seconds spent in our own parts against those of the job: of transactions, spans, and the engine's start
    and end the processor's, in whichever thread; of steps those that the job waits.
    """
    shares: dict[str, list[float]] = {name: [] for name in ("all", "store", "steps", "engine", "traces")}
    with tempfile.TemporaryDirectory(prefix="roughcut-bench-") as folder:
        say("an edit, to make the database")
        await _edited(Path(folder))
        for number in range(rounds):
            say(f"edit {number + 1} of {rounds}")
            await until_quiet()
            _add(shares, *await _edited(Path(folder)))
    detail = "demo's job: open and close the engine, every transaction, step and span"
    figures = [
        Figure("durability of a job", "of its time", tuple(shares["all"]), at_most(LIMIT_SHARE), detail)
    ]
    figures += [
        Figure(f"  of it {name}", "of its time", tuple(shares[name]))
        for name in ("store", "steps", "engine", "traces")
    ]
    return Measured(tuple(figures))


def _add(shares: dict[str, list[float]], spent: Counter[str], wall_s: float) -> None:
    for name, values in shares.items():
        seconds = sum(spent.values()) if name == "all" else spent[name]
        values.append(seconds / wall_s)


async def _edited(folder: Path) -> tuple[Counter[str], float]:
    """The seconds by what they were spent on, and those of the whole edit."""
    spent: Counter[str] = Counter()
    with _clocks(spent):
        settings = Settings(home=folder / "home", cache=folder / "cache", _env_file=None)
        order = EditOrder(REQUEST, folder / "out.mp4", files=(FOOTAGE,), force=True)
        began_s = time.perf_counter()
        await edit_here(build_services(settings), order, notify=lambda event: None)
        return spent, time.perf_counter() - began_s


@contextmanager
def _clocks(spent: Counter[str]) -> Iterator[None]:
    """Counts what is spent in our own parts; the work that a step does is not the step's cost."""
    with (
        _timed(spent, Database, "do", "store"),
        _timed(spent, Engine, "start", "engine"),
        _timed(spent, Engine, "stop", "engine"),
        _timed(spent, tracing._Job, "open", "traces"),
        _timed(spent, tracing.Span, "set", "traces"),
        _timed(spent, tracing.Span, "add_payload", "traces"),
        _timed(spent, tracing.Span, "end", "traces"),
        mock.patch.object(DurableSteps, "run", _step(spent, DurableSteps.run)),
        mock.patch.object(DurableSteps, "run_blocking", _blocking_step(spent, DurableSteps.run_blocking)),
    ):
        yield


_inside = threading.local()


def _timed(spent: Counter[str], kind: type, method: str, name: str) -> Any:  # Any: mock's patcher
    """Counts the processor seconds of a method, but not those of one that is counted already further out."""
    original: Callable[..., Any] = getattr(kind, method)

    @functools.wraps(original)
    def timed(*arguments: Any, **named: Any) -> Any:  # Any: whatever the method takes and gives
        if getattr(_inside, "counted", False):
            return original(*arguments, **named)
        _inside.counted, began_s = True, time.thread_time()
        try:
            return original(*arguments, **named)
        finally:
            _inside.counted = False
            spent[name] += time.thread_time() - began_s

    return mock.patch.object(kind, method, timed)


def _step(spent: Counter[str], original: Callable[..., Any]) -> Callable[..., Any]:
    async def run(self: DurableSteps, name: str, work: Callable[..., Any]) -> Any:  # Any: JSON
        worked_s = 0.0

        async def clocked() -> Any:  # Any: JSON
            nonlocal worked_s
            began_s = time.perf_counter()
            try:
                return await work()
            finally:
                worked_s = time.perf_counter() - began_s

        began_s = time.perf_counter()
        try:
            return await original(self, name, clocked)
        finally:
            spent["steps"] += time.perf_counter() - began_s - worked_s

    return run


def _blocking_step(spent: Counter[str], original: Callable[..., Any]) -> Callable[..., Any]:
    def run_blocking(self: DurableSteps, name: str, work: Callable[..., Any]) -> Any:  # Any: JSON
        worked_s = 0.0

        def clocked() -> Any:  # Any: JSON
            nonlocal worked_s
            began_s = time.perf_counter()
            try:
                return work()
            finally:
                worked_s = time.perf_counter() - began_s

        began_s = time.perf_counter()
        try:
            return original(self, name, clocked)
        finally:
            spent["steps"] += time.perf_counter() - began_s - worked_s

    return run_blocking
