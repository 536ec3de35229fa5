"""The two clocks of a node: one that only goes forward, for timers, and the wall's, for people."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where a node reads the time."""

    def monotonic(self) -> float:
        """Seconds from any start; never goes back, whatever happens to the wall clock."""

    def now(self) -> datetime:
        """The time in UTC."""


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        """As `time.monotonic`, which the relay's counters use as well."""
        return time.monotonic()

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)
