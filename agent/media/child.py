"""A child process whose output is read in the event loop, and whose CPU time is known exactly at its end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Self

_READ_LIMIT_BYTES = 1 << 20


class Child:
    """A process without input. Only who reaps it is told what it cost, and `asyncio` keeps that back."""

    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._ended = asyncio.get_running_loop().create_future()
        self._transports: list[asyncio.BaseTransport] = []
        self.cpu_s: float | None = None
        """Of the process and of all that it started and waited for."""
        threading.Thread(target=self._reap, args=[self._ended.get_loop()], daemon=True, name="reaper").start()

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Starts *command*; to be ended with `end`, whatever comes between."""
        child = cls(command)
        try:
            child.stdout = await child._reader(child._process.stdout)
            child.stderr = await child._reader(child._process.stderr)
        except BaseException:
            await child.end()
            raise
        return child

    async def wait(self) -> int:
        """The exit status, negative for a signal."""
        return await asyncio.shield(self._ended)

    async def end(self) -> None:
        """Kills the process if it has not ended, and closes what is left of its output."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
        try:
            await self.wait()
        finally:
            for transport in self._transports:
                transport.close()

    async def _reader(self, pipe: IO[bytes] | None) -> asyncio.StreamReader:
        assert pipe is not None, "started with pipes"
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READ_LIMIT_BYTES, loop=loop)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        self._transports.append(transport)
        return reader

    def _reap(self, loop: asyncio.AbstractEventLoop) -> None:
        _, status, usage = os.wait4(self._process.pid, 0)
        self.cpu_s = usage.ru_utime + usage.ru_stime
        # Where `subprocess` looks before it waits for a process that is not there any more.
        self._process.returncode = os.waitstatus_to_exitcode(status)
        # The loop may be closed: then nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._ended.set_result, self._process.returncode)
