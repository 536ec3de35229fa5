"""What every tool shares: the way from the model's thread to the event loop, and the state of one edit."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from agent.browser.protocol import CheckResult, Composed, CompositionSummary, Rejected
from agent.domain import Expectation, FrameSample, Verdict
from agent.errors import Cancelled, RoughcutError

_T = TypeVar("_T")
SAME_FAILURES_ALLOWED = 3


class Gate(Protocol):
    """Where verdicts open or close the way to a render."""

    def record(self, verdict: Verdict) -> None: ...


class Page(Protocol):
    """What the tools need of the operator page."""

    @property
    def gate(self) -> Gate: ...

    async def check(self, source: str) -> CheckResult: ...

    async def compose(self, source: str) -> Composed | Rejected: ...

    async def sample(
        self,
        *,
        fps: float = 1.0,
        times: Sequence[float] | None = None,
        width: int = 640,
        frame_rate: float = 30,
    ) -> tuple[FrameSample, ...]: ...


class Critic(Protocol):
    """Who judges a composition by its frames."""

    async def review(
        self,
        fingerprint: str,
        request: str,
        summary: CompositionSummary,
        samples: Sequence[FrameSample],
        expectation: Expectation,
    ) -> Verdict: ...


class Observer:
    """Told what the tools did, in order, before the model is; a subclass stores it. Each call is awaited."""

    async def composed(self, program: str, composed: Composed) -> None:
        """A program ran and is the composition now."""

    async def rejected(self, program: str, rejected: Rejected) -> None:
        """A program failed; the composition is what it was."""

    async def reviewed(self, verdict: Verdict, samples: Sequence[FrameSample]) -> None:
        """The composition was judged by these frames."""


class ToolFailed(Exception):
    """A tool cannot do what was asked; smolagents shows the message to the model as the error of its step."""


class Bridge:
    """Runs coroutines of one event loop from the thread in which the model's code runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._cancelled = threading.Event()
        self._running: concurrent.futures.Future[Any] | None = None  # whatever a tool awaits

    def call(self, work: Coroutine[Any, Any, _T], timeout_s: float) -> _T:
        """The result of `work`. Raises what it raises, `ToolFailed` in time, `Cancelled` if stopped."""
        if self._cancelled.is_set():
            work.close()
            raise Cancelled("The edit was cancelled.")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._running = future
        try:
            return future.result(timeout_s)
        except concurrent.futures.CancelledError as exc:
            raise Cancelled("The edit was cancelled.") from exc
        except TimeoutError as exc:
            if future.done():
                raise
            future.cancel()
            raise ToolFailed(f"FAILED: no answer within {timeout_s:g} s.") from exc
        finally:
            self._running = None

    def cancel(self) -> None:
        """Ends the call that is under way and refuses any other."""
        self._cancelled.set()
        if self._running is not None:
            self._running.cancel()


@dataclass(frozen=True)
class Composition:
    """A program that ran, and what came of it."""

    program: str
    fingerprint: str
    summary: CompositionSummary


@dataclass
class ToolContext:
    """The state of one edit, written by the tools and read by the composer; no text stands in for it."""

    page: Page
    critic: Critic
    bridge: Bridge
    request: str
    expectation: Expectation
    rounds_allowed: int
    observer: Observer = field(default_factory=Observer)
    frame_rate: float = 30.0
    compose_timeout_s: float = 60.0
    review_timeout_s: float = 900.0

    composition: Composition | None = None
    verdict: Verdict | None = None
    samples: tuple[FrameSample, ...] = ()
    rounds: int = 0
    failure: RoughcutError | None = None
    _last_failure: str = ""
    _same_failures: int = 0

    @property
    def green_lit(self) -> bool:
        """Whether the composition as it is now has a green light."""
        return (
            self.verdict is not None
            and self.composition is not None
            and self.verdict.green_light
            and self.verdict.fingerprint == self.composition.fingerprint
        )

    @property
    def out_of_rounds(self) -> bool:
        """Whether the last allowed verdict has been given, and it was no green light."""
        return self.rounds >= self.rounds_allowed and not self.green_lit

    @property
    def ended(self) -> bool:
        """Whether the model need not be asked again."""
        return self.failure is not None or self.out_of_rounds

    def require_not_ended(self) -> None:
        """Raises `ToolFailed` once the edit has ended: a step that goes on changes nothing more."""
        if self.ended:
            raise ToolFailed("FAILED: the edit has ended; nothing more is done.")

    def failed_again(self, failure: str) -> bool:
        """Counts a failure; True when the same has come `SAME_FAILURES_ALLOWED` times in a row."""
        self._same_failures = self._same_failures + 1 if failure == self._last_failure else 1
        self._last_failure = failure
        return self._same_failures >= SAME_FAILURES_ALLOWED

    def succeeded(self) -> None:
        """Forgets the failures before."""
        self._last_failure, self._same_failures = "", 0

    def fail(self, error: RoughcutError) -> None:
        """Ends the edit: no reply of the model can mend this."""
        self.failure = self.failure or error
