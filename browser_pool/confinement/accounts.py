"""Whom a session's browser runs as: where we are root an account of its own, which sees no other session."""

from __future__ import annotations

import fcntl
import logging
import pwd
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO

from browser_pool.chromium.account import Account, browser_account

log = logging.getLogger(__name__)

# Numbers that systemd's table of accounts leaves unused, and that exist inside rootless containers.
_UIDS = range(60706, 61184)
_LOCKS = Path("/run/roughcut-pool")
_UID_MAP = Path("/proc/self/uid_map")
_KILL_TIMEOUT_S = 2.0


class AccountLease:
    """The account of one session until it is released; `account` is None to stay who we are."""

    def __init__(self, account: Account | None, lock: IO[str] | None) -> None:
        self.account = account
        self._lock = lock

    @property
    def is_exclusive(self) -> bool:
        """Whether no other process on this machine runs as this account."""
        return self._lock is not None

    def kill_all(self) -> None:
        """End whatever still runs as an exclusive account, at once and without a gap for new processes."""
        if self.account is None or not self.is_exclusive:
            return
        with suppress(OSError, subprocess.SubprocessError):
            # To that account, -1 is all that it may signal.
            subprocess.run(
                ["/bin/sh", "-c", "kill -9 -1"],
                timeout=_KILL_TIMEOUT_S,
                check=False,
                stderr=subprocess.DEVNULL,
                **self.account.identity(),
            )

    def release(self) -> None:
        """Let others have the account."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def lease_account() -> AccountLease:
    """An account that no other session of this machine has; where that cannot be, the one they all share."""
    shared = browser_account()
    if shared is None:
        return AccountLease(None, None)
    try:
        _LOCKS.mkdir(mode=0o700, parents=True, exist_ok=True)
        for uid in _UIDS:
            if _is_free(uid) and (lock := _try_lock(_LOCKS / str(uid))) is not None:
                return AccountLease(Account(uid, uid), lock)
    except OSError as exc:
        log.warning("sessions share an account", extra={"action": "account_shared", "error": str(exc)})
    return AccountLease(shared, None)


def _is_free(uid: int) -> bool:
    """Whether *uid* exists in our user namespace, and is nobody's."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        ranges = (map(int, line.split()) for line in _UID_MAP.read_text().splitlines())
        return any(first <= uid < first + count for first, _, count in ranges)
    return False


def _try_lock(file: Path) -> IO[str] | None:
    lock = file.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock
