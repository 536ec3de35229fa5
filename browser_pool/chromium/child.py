"""A child process with descendants, under any event loop: uvloop starts none as another user."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from browser_pool.chromium.account import Account


class Child:
    """A running process and its group, which is killed at the latest when the process ends."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        account: Account | None,
        environment: Mapping[str, str],
        folder: Path,
        stdin: int,
        stderr: IO[bytes],
    ) -> None:
        self._popen = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=sys.platform != "win32",
            **(account.identity() if account else {}),
        )
        self._lock = threading.Lock()
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        threading.Thread(target=self._watch, name=f"child-{self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Of the process; on POSIX also that of its group and session."""
        return self._popen.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process itself has ended."""
        return self._ended.done()

    async def wait(self) -> int:
        """Its return code, as `subprocess` has it: negative for a signal."""
        return await asyncio.shield(self._ended)

    def kill(self) -> None:
        """End the process and its group at once."""
        with self._lock:
            if self._popen.returncode is None:
                self._kill_group()

    def _watch(self) -> None:
        if sys.platform == "linux":
            # Its number stays taken until the group has been killed by it.
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._popen.wait()
        with self._lock:
            self._kill_group()
            returncode = self._popen.wait()
        with suppress(RuntimeError):  # the loop may be gone
            self._loop.call_soon_threadsafe(self._tell, returncode)

    def _tell(self, returncode: int) -> None:
        if not self._ended.done():
            self._ended.set_result(returncode)

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            if sys.platform == "win32":
                self._popen.kill()
            else:
                os.killpg(self.pid, signal.SIGKILL)
