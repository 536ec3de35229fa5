"""Runs one ffmpeg command of a model's within limits, and tells what it cost; no child of it is left."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from agent.errors import MediaToolFailed
from agent.media.ffmpeg import INPUT_PROTOCOLS, progress_seconds, tool_path
from agent.tracing import leaf_span

log = logging.getLogger(__name__)

_STDERR_CHARS = 4000
_NEWS_S = 0.5


@dataclass(frozen=True)
class RunLimits:
    """What a command may use. Memory is address space, of which ffmpeg maps more than it uses."""

    timeout_s: float
    output_bytes: int
    memory_bytes: int = 6 * 1024**3

    @property
    def cpu_s(self) -> int:
        return int(self.timeout_s * (os.cpu_count() or 1)) + 1


@dataclass(frozen=True)
class FfmpegRun:
    """A command that ended, exactly as it was run."""

    arguments: tuple[str, ...]
    returncode: int
    stderr: str
    wall_s: float
    cpu_s: float
    limit: str = ""
    """Which limit ended it; empty if none did."""


async def run_limited(
    inputs: Sequence[Path],
    arguments: Sequence[str],
    output: Path,
    limits: RunLimits,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> FfmpegRun:
    """Runs ffmpeg on *inputs* in the folder of *output* with an empty environment; a cancelled call kills it.

    Raises `MediaToolFailed`, with ffmpeg's own last words, unless it ends well.
    """
    command = [
        tool_path("ffmpeg"),
        "-hide_banner",
        "-nostdin",
        "-v",
        "error",
        "-n",
        "-nostats",
        "-progress",
        "pipe:1",
    ]
    for path in inputs:
        command += [*INPUT_PROTOCOLS, "-i", f"file:{path}"]
    command += [*arguments, f"file:{output}"]
    job = _Job(command, output.parent, limits, on_progress)
    with leaf_span("ffmpeg", kind="ffmpeg", ffmpeg_args=command) as span:
        try:
            run = await asyncio.to_thread(job.run)
        except asyncio.CancelledError:
            job.kill("it was cancelled")
            raise
        span.set(cpu_s=run.cpu_s, logs=run.stderr[-_STDERR_CHARS:].strip())
        log.info("ffmpeg ran", extra={"action": "ffmpeg", **run.__dict__})
        if run.returncode != 0 or run.limit:
            raise MediaToolFailed(_why(run))
    return run


def _why(run: FfmpegRun) -> str:
    said = run.stderr[-_STDERR_CHARS:].strip()
    if run.limit:
        return f"ffmpeg was ended: {run.limit}. {said}".strip()
    return f"ffmpeg failed: {said or f'exit status {run.returncode}'}"


class _Job:
    """One process in a session of its own, ended at its limits."""

    def __init__(
        self, command: list[str], folder: Path, limits: RunLimits, on_progress: Callable[[float], None] | None
    ) -> None:
        self._command = command
        self._folder = folder
        self._limits = limits
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._limit = ""

    def run(self) -> FfmpegRun:
        began = time.monotonic()
        with tempfile.TemporaryFile() as complaints:
            with self._lock:
                if self._limit:
                    return FfmpegRun(tuple(self._command), -1, "", 0.0, 0.0, self._limit)
                process = self._start(complaints)
            watchdog = threading.Timer(
                self._limits.timeout_s, self.kill, [f"it took over {self._limits.timeout_s:g} s"]
            )
            watchdog.daemon = True
            watchdog.start()
            try:
                self._follow(process)
                cpu_s = self._reap(process)
            finally:
                watchdog.cancel()
                self.kill("")
            complaints.seek(max(0, complaints.tell() - 10 * _STDERR_CHARS))
            stderr = complaints.read().decode(errors="replace")
        return FfmpegRun(
            tuple(self._command),
            process.returncode,
            stderr,
            round(time.monotonic() - began, 3),
            round(cpu_s, 3),
            self._limit or self._limit_in(process.returncode, stderr),
        )

    def kill(self, why: str) -> None:
        """Ends the process and all its children; for any thread, and also before it has started."""
        with self._lock:
            if why and not self._limit:
                self._limit = why
            if self._pid is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._pid, signal.SIGKILL)

    def _start(self, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
        limits = self._limits
        # The shell sets the limits and becomes ffmpeg: 1024-byte and 512-byte blocks, as POSIX has them.
        script = (
            f"ulimit -t {limits.cpu_s}; ulimit -v {limits.memory_bytes // 1024}; ulimit -c 0; "
            f'ulimit -f {limits.output_bytes // 512 + 1}; exec "$@"'
        )
        process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", *self._command],
            cwd=self._folder,
            env={"PATH": os.defpath, "HOME": str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
        )
        self._pid = process.pid
        return process

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None, "started with a pipe"
        told = 0.0
        with process.stdout as lines:
            for line in lines:
                seconds = progress_seconds(line.decode(errors="replace").strip())
                if self._on_progress and seconds is not None and time.monotonic() - told > _NEWS_S:
                    told = time.monotonic()
                    self._on_progress(seconds)

    def _reap(self, process: subprocess.Popen[bytes]) -> float:
        """CPU seconds of the process; its status is left where `subprocess` looks for it."""
        _, status, usage = os.wait4(process.pid, 0)
        with self._lock:
            process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime

    def _limit_in(self, returncode: int, stderr: str) -> str:
        if returncode == -signal.SIGXFSZ or "File too large" in stderr:
            return f"its output is over {self._limits.output_bytes // 10**6} MB"
        if returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            return f"it took over {self._limits.cpu_s} s of processor time"
        if "Cannot allocate memory" in stderr:
            return (
                f"it needs over {self._limits.memory_bytes // 1024**3} GiB of memory; work on a shorter piece"
            )
        return ""
