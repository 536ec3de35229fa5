"""What a node has counted since it was started."""

from __future__ import annotations

from collections import Counter, deque
from statistics import median

from browser_pool.lifecycle import EndReason

_LAUNCHES_KEPT = 50
_RECENTLY_S = 60.0
_FAILURES = 3
_PAUSE_S = 30.0


class Tally:
    """Counts of creations, refusals, launches and ends."""

    def __init__(self) -> None:
        self.created = 0
        self.ended: Counter[EndReason] = Counter()
        self.rejected: Counter[str] = Counter()
        """By error code."""
        self.launches = 0
        self.launch_s_sum = 0.0
        self._failed_in_a_row = 0
        self._failed_at = 0.0
        self._launch_s: deque[float] = deque(maxlen=_LAUNCHES_KEPT)
        self._rejected_at: deque[float] = deque(maxlen=10_000)

    @property
    def launch_p50_s(self) -> float | None:
        """Median of the last fifty times from slot to browser; None before the first."""
        return median(self._launch_s) if self._launch_s else None

    def launched(self, launch_s: float) -> None:
        """A session got its browser."""
        self.launches += 1
        self._failed_in_a_row = 0
        self.launch_s_sum += launch_s
        self._launch_s.append(launch_s)

    def launch_failed(self, now: float) -> None:
        """A session got no browser, and not for want of a slot."""
        self._failed_in_a_row += 1
        self._failed_at = now

    def launches_fail(self, now: float) -> bool:
        """Whether the last three failed; after half a minute without a try it is time for one."""
        return self._failed_in_a_row >= _FAILURES and now - self._failed_at < _PAUSE_S

    def reject(self, code: str, now: float) -> None:
        """A request for a session was refused."""
        self.rejected[code] += 1
        self._rejected_at.append(now)

    def recently_rejected(self, now: float) -> int:
        """Refusals within the last minute."""
        return sum(now - at <= _RECENTLY_S for at in self._rejected_at)
