"""Whom Chromium runs as: never root, because root would have to give up the sandbox."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

_UNPRIVILEGED_NAMES = ("roughcut", "chrome", "nobody")
_GPU_DEVICES = ("dri/renderD*", "nvidia*")


class ProcessIdentity(TypedDict, total=False):
    """The arguments of `subprocess` that change who a child runs as."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A user other than our own that a child process is started as."""

    uid: int
    gid: int

    def identity(self) -> ProcessIdentity:
        """The account, with the groups that own the graphics devices."""
        return {"user": self.uid, "group": self.gid, "extra_groups": _gpu_groups()}


def browser_account() -> Account | None:
    """The account that Chromium runs as, or None to stay who we are."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd  # there is none on Windows

    for name in _UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    return None


def _gpu_groups() -> list[int]:
    devices = (device for pattern in _GPU_DEVICES for device in Path("/dev").glob(pattern))
    return sorted({device.stat().st_gid for device in devices} - {0})
