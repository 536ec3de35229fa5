"""Every error that Roughcut raises on purpose.

RoughcutError
├── BadInput              the request or a file cannot be used as it is
│   ├── NotFound          nothing of that name is there, or it is somebody else's
│   ├── Conflict          the request came too late: what it was made for has changed since
│   ├── BadMedia          missing, empty, truncated, not media, of zero length
│   ├── NotUnderstood      the model says that it cannot do what was asked
│   └── OutputRefused     the output exists, or its folder cannot be written
├── SetupMissing          browser, ffmpeg or another part is not there
├── BrowserError          something about the browser session
│   ├── PageClosed        the browser or the page went away
│   ├── ProtocolMismatch  the page speaks another protocol version
│   ├── PageError         the page refused a call; `code` says why
│   ├── TransferFailed    bytes did not arrive as they were sent
│   ├── PoolRefused       the browser pool lends no browser
│   └── RenderFailed      the page could not encode the composition
├── NotGreenlit           a render was asked for a fingerprint without a green light
├── ModelError            the model endpoint failed after all retries, or replied nonsense
├── MediaToolFailed       ffmpeg or ffprobe ended with an error
├── ArtifactRejected      the rendered file is not what was approved
├── StoreFailed           the session's folder or the database cannot be read or written
├── OutOfTime             a job did not end within its limit, or within its attempts
├── Superseded            another worker has taken the job over
└── Cancelled             a person stopped the job
"""

from __future__ import annotations

from typing import Self


class RoughcutError(Exception):
    """Base of all errors of ours; `hint` is the next step, in one sentence."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class BadInput(RoughcutError):
    """The request or a file cannot be used as it is."""


class NotFound(BadInput):
    """Nothing of that name is there, or it is somebody else's, which is not told apart."""


class Conflict(BadInput):
    """The request came too late: what it was made for has changed since."""


class BadMedia(BadInput):
    """A file is missing, empty, truncated, not media, or of zero length."""


class NotUnderstood(BadInput):
    """The model says that it cannot do what was asked, and why."""


class OutputRefused(BadInput):
    """The output exists already, or its folder cannot be written."""


class SetupMissing(RoughcutError):
    """A part that Roughcut needs is not on this machine; `hint` says how to get it."""


class BrowserError(RoughcutError):
    """Something about the browser session failed."""


class PageClosed(BrowserError):
    """The browser or the page went away."""


class ProtocolMismatch(BrowserError):
    """The page speaks another protocol version than this agent."""


class PageError(BrowserError):
    """The operator page refused a call; `code` is one of `ErrorCode` in `operator_ui/src/protocol.ts`."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class TransferFailed(BrowserError):
    """Bytes did not arrive as they were sent."""


class PoolRefused(BrowserError):
    """The browser pool lends no browser: it is full or cannot be reached, or does not know the key."""


class RenderFailed(BrowserError):
    """The page could not encode the composition."""


class NotGreenlit(RoughcutError):
    """A render was asked for a fingerprint that has no green light."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(
            f"No green light for composition {fingerprint[:12]}.",
            hint="Call visual_feedback(), mend the blockers it names, then ask for the render again.",
        )
        self.fingerprint = fingerprint


class ModelError(RoughcutError):
    """The model endpoint failed after all retries, or replied nonsense."""


class MediaToolFailed(RoughcutError):
    """ffmpeg or ffprobe ended with an error."""


class ArtifactRejected(RoughcutError):
    """The rendered file is not what was approved."""


class StoreFailed(RoughcutError):
    """The session's folder or the database cannot be read or written, for example because a disk is full."""

    @classmethod
    def at(cls, place: object, cause: OSError) -> Self:
        """Names the place, what the system says of it, and the disk as what to look at."""
        return cls(
            f"Cannot write {place}: {cause.strerror or cause}.",
            hint="Free some space on its disk, or set ROUGHCUT_HOME to a folder that you can write.",
        )


class OutOfTime(RoughcutError):
    """A job did not end within its limit, or within its attempts."""


class Superseded(RoughcutError):
    """Another worker has taken the job over: what this one found is not written, and it has to stop."""


class Cancelled(RoughcutError):
    """A person stopped the job."""

    def __init__(self, message: str, *, hint: str = "", job_id: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.job_id = job_id
        """Which one, where it is known."""
