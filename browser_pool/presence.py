"""Who is connected to a session, how the last one left, and when a client last gave a sign of life."""

from __future__ import annotations

from browser_pool.lifecycle import Closing
from browser_pool.relay.route import Link
from browser_pool.timers import Attendance


class Presence:
    """The clients of one session."""

    def __init__(self, now: float) -> None:
        self.attendance = Attendance.AWAITED
        self._links: list[Link] = []
        self._last_sign_at = now
        self._past_rx_bytes = 0
        self._past_tx_bytes = 0

    def __len__(self) -> int:
        """How many are connected."""
        return len(self._links)

    @property
    def last_sign_at(self) -> float:
        """When a client last gave a sign of life."""
        return max(self._last_sign_at, *(link.last_client_activity for link in self._links), 0.0)

    @property
    def rx_bytes(self) -> int:
        """From clients, those that left included."""
        return self._past_rx_bytes + sum(link.rx_bytes for link in self._links)

    @property
    def tx_bytes(self) -> int:
        """To clients, those that left included."""
        return self._past_tx_bytes + sum(link.tx_bytes for link in self._links)

    def sign(self, now: float) -> None:
        """A client is at work, if not on its socket."""
        self._last_sign_at = max(self._last_sign_at, now)

    def join(self, link: Link, now: float) -> None:
        """A client is connected by *link*."""
        self._links.append(link)
        self.attendance = Attendance.PRESENT
        self.sign(now)

    def leave(self, link: Link, now: float, *, clean: bool) -> bool:
        """The client of *link* is gone; *clean*: with a close frame. False if it never joined."""
        if link not in self._links:
            return False
        self._links.remove(link)
        self._past_rx_bytes += link.rx_bytes
        self._past_tx_bytes += link.tx_bytes
        self.sign(now)
        if not self._links:
            self.attendance = Attendance.CLOSED if clean else Attendance.DROPPED
        return True

    def dismiss(self, closing: Closing) -> None:
        """Tell every client why, and let go of it."""
        for link in list(self._links):
            link.close(closing.code, closing.reason)
