"""What holds one session's browser in: a folder, an account, a control group where there may be one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil

from browser_pool.chromium.account import Account
from browser_pool.chromium.scratch import BrowserFolder, reaches
from browser_pool.confinement import processes
from browser_pool.confinement.accounts import AccountLease, lease_account
from browser_pool.confinement.cgroup import Cgroup, delegated_cgroup
from browser_pool.confinement.limits import Limits

log = logging.getLogger(__name__)

# When the whole machine is short of memory, sessions go before the node.
_OOM_SCORE = "200"
_CRASH_HANDLER = "chrome_crashpad_handler"
_HANDLER_TIMEOUT_S = 1.0
_REMOVE_AFTER_S = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)


class Enclosure:
    """Everything of a session that its browser could leave behind."""

    def __init__(self, folder: BrowserFolder, lease: AccountLease, group: Cgroup | None) -> None:
        self._folder = folder
        self._lease = lease
        self._group = group
        self._leader: int | None = None

    @classmethod
    def make(cls, path: Path, limits: Limits) -> Self:
        """An enclosure with the folder *path*, which must not be there yet.

        Raises `OSError`: `FileExistsError` if it is, `PermissionError` if the browser would not get to it.
        """
        lease = lease_account()
        try:
            if not reaches(lease.account, path.parent):
                raise PermissionError(f"The browser runs as another user, who cannot get to {path.parent}.")
            path.mkdir(mode=0o700, parents=True)
            folder = BrowserFolder(path, lease.account)
        except OSError:
            lease.release()
            raise
        return cls(folder, lease, _group(path.name, limits))

    @property
    def path(self) -> Path:
        """The folder of the session."""
        return self._folder.path

    @property
    def account(self) -> Account | None:
        """Whom the browser runs as; None is ourselves."""
        return self._lease.account

    @property
    def has_own_account(self) -> bool:
        """Whether nothing else on this machine runs as `account`."""
        return self._lease.is_exclusive

    def admit(self, pid: int) -> None:
        """Hold the process *pid*, which has begun a session, and all its later children."""
        self._leader = pid
        if self._group is not None:
            self._group.admit(pid)
        with suppress(OSError):
            Path(f"/proc/{pid}/oom_score_adj").write_text(_OOM_SCORE)

    def processes(self) -> list[psutil.Process]:
        """Those that run."""
        return [] if self._leader is None else processes.of_session(self._leader)

    def end_crash_handlers(self) -> None:
        """End those that Chromium has started outside of its session, and does well without.

        They write the memory of a page that crashes into the folder, and can hold the page for good.
        """
        handlers = processes.naming(self.path, _CRASH_HANDLER)
        processes.kill_all(handlers)
        psutil.wait_procs(handlers, timeout=_HANDLER_TIMEOUT_S)

    def oom_kills(self) -> int:
        """How many of them the kernel has ended for want of memory, as far as it tells."""
        return 0 if self._group is None else self._group.oom_kills()

    async def remove(self) -> None:
        """End every process and remove everything; what cannot be removed is left to the next sweep."""
        await asyncio.to_thread(self._kill)
        if not await _in_time(self._is_gone):
            log.warning("session not gone", extra={"action": "session_not_gone", "path": str(self.path)})
        self._folder.close()
        if self._group is not None:
            await _in_time(self._group.remove)
        self._lease.release()

    def _is_gone(self) -> bool:
        if self._leader is not None:
            processes.reap_orphans(self._leader)
        return self._folder.remove() and all(map(processes.has_ended, self.processes()))

    def _kill(self) -> None:
        if self._group is not None:
            self._group.kill()
        processes.kill_all(self.processes())
        self._lease.kill_all()


def _group(name: str, limits: Limits) -> Cgroup | None:
    base = delegated_cgroup()
    if base is None:
        return None
    group = Cgroup(base, name)
    try:
        group.make(limits)
    except OSError as exc:
        log.warning("limits are watched", extra={"action": "cgroup_refused", "error": str(exc)})
        return None
    return group


async def _in_time(removed: Callable[[], bool]) -> bool:
    """Whether *removed* comes true: processes that are ending hold on for a moment."""
    for delay_s in _REMOVE_AFTER_S:
        await asyncio.sleep(delay_s)
        if await asyncio.to_thread(removed):
            return True
    return False
