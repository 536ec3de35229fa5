"""When a session's time is up. Pure: all times are seconds of the node's monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from browser_pool.lifecycle import EndReason
from browser_pool.schemas import SessionRequest


class Attendance(Enum):
    """Whether a client is there, and how the last one left."""

    AWAITED = "awaited"
    PRESENT = "present"
    CLOSED = "closed"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Standing:
    """What the timers look at."""

    attendance: Attendance
    last_sign_at: float
    """Of a client: bytes on its socket, its coming or going, or a request about the session."""
    expires_at: float


@dataclass(frozen=True)
class Deadline:
    """When a session ends if nothing happens, and for what reason."""

    at: float
    reason: EndReason


def deadline(standing: Standing, request: SessionRequest) -> Deadline:
    """The end of a session that stands so: that of its lifetime, or of the patience with its clients."""
    lifetime = Deadline(standing.expires_at, EndReason.LIFETIME)
    return min(lifetime, _patience(standing, request), key=lambda end: end.at)


def _patience(standing: Standing, request: SessionRequest) -> Deadline:
    since = standing.last_sign_at
    if standing.attendance is Attendance.AWAITED:
        return Deadline(since + request.connect_timeout_s, EndReason.CONNECT_TIMEOUT)
    if standing.attendance is Attendance.DROPPED:
        return Deadline(since + request.disconnect_grace_s, EndReason.DISCONNECT_TIMEOUT)
    # Present, or closed in good order and kept alive.
    return Deadline(since + request.idle_timeout_s, EndReason.IDLE_TIMEOUT)
