"""Every error that the pool raises on purpose, with the HTTP status and the code that its caller sees.

PoolError
├── BadRequest            400  no JSON, no session id, no file name
├── Unauthorised          401  no key or token, or a wrong or expired one
├── Forbidden             403  scope, policy, foreign tenant, foreign Origin or Host
├── NotFound              404  a session, file or page that is not here
├── Conflict              409  in use already, or not yet possible
├── SessionEnded          410  `end_reason` says why
├── TooLarge              413  a body or file over its limit
├── Unprocessable         422  a field that is unknown or out of range
├── UpgradeRequired       426  a WebSocket path without an upgrade
├── QuotaExceeded         429  the caller's own quota; a full node is never 429
├── LaunchFailed          500  Chromium does not start
│   └── LaunchTimedOut    504
├── BrowserGone           502  Chromium does not answer
├── NoSlot                503  full, draining or overloaded
│   └── QueueTimedOut     504
├── GpuUnavailable        503  `gpu: require`, and the renderer is software
└── DiskFull              507  the session's or the node's disk quota
"""

from __future__ import annotations

from typing import ClassVar

from browser_pool.lifecycle import EndReason


class PoolError(Exception):
    """Base of all errors of the pool; `hint` is the next step, in one sentence."""

    default_status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal"

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.status = self.default_status if status is None else status
        self.code = self.default_code if code is None else code
        self.retry_after_s = retry_after_s


class BadRequest(PoolError):
    """The request cannot be read: no JSON, no session id, no file name."""

    default_status, default_code = 400, "bad_request"


class Unauthorised(PoolError):
    """No key or token, or a wrong or expired one."""

    default_status, default_code = 401, "unauthorised"


class Forbidden(PoolError):
    """The key or token does not cover this, or the request comes from a foreign page."""

    default_status, default_code = 403, "forbidden"


class NotFound(PoolError):
    """A session, file or page that is not here."""

    default_status, default_code = 404, "not_found"


class Conflict(PoolError):
    """In use already, or not yet possible."""

    default_status, default_code = 409, "conflict"


class SessionEnded(PoolError):
    """The session has ended; `end_reason` says why."""

    default_status, default_code = 410, "session_ended"

    def __init__(self, session_id: str, end_reason: EndReason) -> None:
        super().__init__(f"Session {session_id} has ended: {end_reason}.", hint="Create a new session.")
        self.end_reason = end_reason


class TooLarge(PoolError):
    """A body or file over its limit."""

    default_status, default_code = 413, "too_large"


class Unprocessable(PoolError):
    """A field that is unknown or out of range."""

    default_status, default_code = 422, "unprocessable"


class UpgradeRequired(PoolError):
    """A WebSocket path was asked for without an upgrade."""

    default_status, default_code = 426, "upgrade_required"


class QuotaExceeded(PoolError):
    """The caller holds as many sessions as its key allows."""

    default_status, default_code = 429, "quota_exceeded"


class LaunchFailed(PoolError):
    """Chromium does not start; the message has what it printed."""

    default_status, default_code = 500, "launch_failed"


class LaunchTimedOut(LaunchFailed):
    """Chromium did not answer within the launch limit."""

    default_status, default_code = 504, "launch_timed_out"


class BrowserGone(PoolError):
    """Chromium went away or does not answer."""

    default_status, default_code = 502, "browser_gone"


class NoSlot(PoolError):
    """The node is full, draining or overloaded and has created nothing."""

    default_status, default_code = 503, "no_slot"


class QueueTimedOut(NoSlot):
    """No slot came free within `wait_s`."""

    default_status, default_code = 504, "queue_timed_out"


class GpuUnavailable(PoolError):
    """`gpu: require` was asked for and the renderer is software."""

    default_status, default_code = 503, "gpu_unavailable"


class DiskFull(PoolError):
    """The session's disk quota is used up, or the node's disk is."""

    default_status, default_code = 507, "disk_full"
