"""What every tool shares: what it needs of others, and the state of one edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from agent.browser.protocol import CheckResult, Composed, CompositionSummary, Rejected
from agent.critic.unchanged import Previous
from agent.domain import Asset, AssetKind, EditPlan, Expectation, FrameSample, Planned, PlanStep, Verdict
from agent.errors import RoughcutError, StoreFailed
from agent.media.analysis.analyst import Analyst
from agent.steps import PlainSteps, Steps
from agent.tools.bridge import Bridge, ToolFailed

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
        previous: Previous | None = None,
    ) -> Verdict: ...


class Desk(Protocol):
    """The session's assets, what can be found in them, and the way to make more of them."""

    @property
    def assets(self) -> tuple[Asset, ...]: ...

    @property
    def analyst(self) -> Analyst: ...

    @property
    def scratch(self) -> Path:
        """A folder on the disk of the session's own files."""

    @property
    def browser_is_here(self) -> bool:
        """Whether the page is drawn with this machine's fonts."""

    def tell(self, message: str) -> None:
        """Says to who watches what is done now."""

    async def add_made(self, path: Path) -> Asset:
        """Takes a file that a tool made into the session, and opens it in the page."""

    async def keep(self, name: str, content: bytes) -> Path:
        """Keeps what goes along with the video, such as subtitles; returns where."""


class Planner(Protocol):
    """Who makes another version of a plan that turned out not to be the way."""

    async def __call__(self, previous: EditPlan, reason: str) -> Planned:
        """The next version. Raises `ModelError`, or `NotUnderstood` where it finds that it cannot be done."""


class Observer:
    """Told what the tools did, in order, before it counts and before the model is told; a subclass stores it.

    Each call is awaited; an `OSError` or `RoughcutError` out of one ends the edit.
    """

    async def composed(self, program: str, composed: Composed) -> None:
        """A program ran and is the composition now."""

    async def rejected(self, program: str, rejected: Rejected) -> None:
        """A program failed; the composition is what it was."""

    async def reviewed(self, verdict: Verdict, samples: Sequence[FrameSample]) -> None:
        """The composition was judged by these frames."""

    async def planned(self, planned: Planned) -> None:
        """The plan was replaced by another version."""

    async def marked(self, step: PlanStep) -> None:
        """A step of the plan was marked."""


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
    desk: Desk | None = None
    previous_program: str | None = None
    """What a follow-up starts from; it is to change only what it asks."""
    frame_rate: float = 30.0
    compose_timeout_s: float = 60.0
    review_timeout_s: float = 900.0
    planner: Planner | None = None
    steps: Steps = field(default_factory=PlainSteps)
    plans_allowed: int = 3
    """Versions of the plan that a job may have."""

    plan: EditPlan | None = None
    previous: Previous | None = None
    """The previous program as it was judged by; drawn once, with the first verdict."""
    composition: Composition | None = None
    verdict: Verdict | None = None
    samples: tuple[FrameSample, ...] = ()
    rounds: int = 0
    failure: RoughcutError | None = None
    attempts: Counter[str] = field(default_factory=Counter)
    """Failures of a tool, by its name."""
    _last_failure: str = ""
    _same_failures: int = 0

    def asset(self, name: str, *kinds: AssetKind) -> Asset:
        """The asset called `name`. Raises `ToolFailed` with what there is instead."""
        fitting = [asset for asset in self.at_desk.assets if asset.kind in kinds]
        for asset in fitting:
            if asset.name == name:
                return asset
        there = ", ".join(repr(asset.name) for asset in fitting) or "none"
        raise ToolFailed(f"FAILED: no {' or '.join(kinds)} asset {name!r}; there is {there}.")

    @property
    def at_desk(self) -> Desk:
        """Raises `ToolFailed` where there is no session to make files in."""
        if self.desk is None:
            raise ToolFailed("FAILED: there is no footage to work on here.")
        return self.desk

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

    async def store(self, storing: Awaitable[None]) -> None:
        """Awaits what the observer stores. If that fails, so does the edit: nothing is built on it."""
        try:
            await storing
        except OSError as exc:
            self.fail(StoreFailed.at("the session's folder", exc))
        except RoughcutError as exc:
            self.fail(exc)
        if self.failure is not None:
            raise ToolFailed(f"FAILED: {self.failure}") from self.failure
