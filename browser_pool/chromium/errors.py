"""What can go wrong with a Chromium of ours.

ChromiumError
├── ProgramFailed         a program is not there, or does not do as it should
├── BrowserMissing        there is no browser on this machine
├── NotStarted            the browser was started and did not come up
│   └── StartTimedOut     it still runs, and has not answered in time
├── CdpError              the browser refused a call
├── CdpTimeout            the browser did not answer a call in time
└── CdpClosed             the browser or the page went away
"""

from __future__ import annotations


class ChromiumError(Exception):
    """Base of the errors of this package; `hint` is the next step, in one sentence."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ProgramFailed(ChromiumError):
    """A program is not on this machine, failed, or did not end in time."""


class BrowserMissing(ChromiumError):
    """There is no browser on this machine; `hint` says how to get one."""


class NotStarted(ChromiumError):
    """The browser was started and did not come up."""


class StartTimedOut(NotStarted):
    """The browser runs and has not answered in time."""


class CdpError(ChromiumError):
    """The browser refused a call."""


class CdpTimeout(ChromiumError):
    """The browser did not answer a call in time."""


class CdpClosed(ChromiumError):
    """The browser or the page went away."""
