"""The words of a browser session's life: what state it is in, why it ended, what its clients are told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a browser session stands."""

    QUEUED = "queued"
    STARTING = "starting"
    READY = "ready"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    ENDING = "ending"
    ENDED = "ended"
    FAILED = "failed"


class EndReason(StrEnum):
    """Why a browser session ended."""

    RELEASED = "released"
    CLIENT_CLOSED = "client_closed"
    IDLE_TIMEOUT = "idle_timeout"
    LIFETIME = "lifetime"
    CONNECT_TIMEOUT = "connect_timeout"
    DISCONNECT_TIMEOUT = "disconnect_timeout"
    BROWSER_CRASHED = "browser_crashed"
    OOM_KILLED = "oom_killed"
    LAUNCH_FAILED = "launch_failed"
    DRAINED = "drained"
    NODE_LOST = "node_lost"
    POLICY = "policy"


class CloseCode:
    """Close codes of the CDP socket; 4000 and up are ours."""

    NORMAL = 1000
    GOING_AWAY = 1001
    BAD_FRAME = 1007
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTARTING = 1012
    OVERLOADED = 1013
    DELETED = 4000
    TOKEN_EXPIRED = 4001
    IDLE_TIMEOUT = 4002
    LIFETIME = 4003
    REPLACED = 4004
    BROWSER_CRASHED = 4005
    OUT_OF_MEMORY = 4006
    SLOW_CONSUMER = 4007
    DRAINED = 4008


@dataclass(frozen=True)
class Closing:
    """What a CDP socket is closed with; at most 123 bytes of the reason arrive."""

    code: int
    reason: str


def closing(why: EndReason) -> Closing:
    """What clients are told when their session ends.

    Playwright shows the reason in its "Target closed" error, so it is written for people.
    """
    code, text = _CLOSINGS[why]
    return Closing(code, f"{why}: {text}")


_CLOSINGS = {
    EndReason.RELEASED: (CloseCode.DELETED, "the session was released"),
    EndReason.CLIENT_CLOSED: (CloseCode.NORMAL, "the client closed the session"),
    EndReason.IDLE_TIMEOUT: (CloseCode.IDLE_TIMEOUT, "nothing came from the client for too long"),
    EndReason.LIFETIME: (CloseCode.LIFETIME, "the session reached its timeout_s"),
    EndReason.CONNECT_TIMEOUT: (CloseCode.GOING_AWAY, "no client connected in time"),
    EndReason.DISCONNECT_TIMEOUT: (CloseCode.GOING_AWAY, "the client did not come back in time"),
    EndReason.BROWSER_CRASHED: (CloseCode.BROWSER_CRASHED, "the browser crashed"),
    EndReason.OOM_KILLED: (CloseCode.OUT_OF_MEMORY, "the browser used more memory than its limit"),
    EndReason.LAUNCH_FAILED: (CloseCode.INTERNAL, "the browser did not start"),
    EndReason.DRAINED: (CloseCode.DRAINED, "the node is being stopped"),
    EndReason.NODE_LOST: (CloseCode.GOING_AWAY, "the node went away"),
    EndReason.POLICY: (CloseCode.POLICY, "the session broke a rule of the pool"),
}
