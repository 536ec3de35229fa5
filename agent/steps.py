"""Work whose outcome counts once: what is recorded is not done again when a job goes on after a crash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from agent.domain import JobStatus


class Steps(Protocol):
    """Runs the costly parts of a job, one after another and in the same order each time.

    A failure is an outcome too: an error of ours that a step ended with is raised again from the record.
    """

    async def run(self, name: str, work: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """What *work* returns, or returned when this step was first done."""

    def run_blocking(self, name: str, work: Callable[[], JsonValue]) -> JsonValue:
        """As `run`, for the thread in which the agent runs."""


class PlainSteps:
    """Does all work and records nothing: for a replay, which has a record of its own."""

    async def run(self, name: str, work: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """What *work* returns."""
        return await work()

    def run_blocking(self, name: str, work: Callable[[], JsonValue]) -> JsonValue:
        """What *work* returns."""
        return work()


@dataclass
class Attempt:
    """One run at a job: its steps, and as what the job ends if this run is stopped."""

    steps: Steps = field(default_factory=PlainSteps)
    stopped_as: JobStatus | None = JobStatus.CANCELLED
    """None: it has not ended, and another run goes on with it."""
    stopped_why: str = "stopped by the user"
