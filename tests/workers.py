"""Processes that run jobs, to be killed: each finds its home, database and model in its environment."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.cli import command, command_environment


@dataclass
class Worker:
    """`roughcut worker`, and another one in its place when it was killed."""

    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.home / "workers.log"

    def start(self) -> None:
        """Begins to take jobs."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("worker"),
                env=command_environment(self.home, **self.environment),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL, to this process alone: its browser has to notice by itself."""
        self._send(signal.SIGKILL)
        self._wait()

    def suspend(self) -> None:
        """As a machine that sleeps."""
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        """Goes on where it was."""
        self._send(signal.SIGCONT)

    def end(self) -> int:
        """SIGTERM; the exit code."""
        self._send(signal.SIGTERM)
        return self._wait()

    def _send(self, number: signal.Signals) -> None:
        assert self.process is not None, "it was started"
        self.process.send_signal(number)

    def _wait(self) -> int:
        assert self.process is not None, "it was started"
        return self.process.wait(60)


@dataclass
class Crew:
    """Some workers on one database."""

    workers: list[Worker] = field(default_factory=list)

    def end(self) -> None:
        """None is left running."""
        for worker in self.workers:
            if worker.process is not None and worker.process.poll() is None:
                worker.wake()
                worker.kill()


@contextmanager
def crew(count: int, home: Path, **environment: str) -> Iterator[Crew]:
    """That many workers at work, with what they write to disk below *home*."""
    scratch = home / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    # The browser's user, who is not ours, has to get there.
    scratch.chmod(0o755)
    workers = Crew([Worker(home, {"TMPDIR": str(scratch), **environment}) for _ in range(count)])
    try:
        for worker in workers.workers:
            worker.start()
        yield workers
    finally:
        workers.end()


def browsers_below(folder: Path) -> list[int]:
    """Processes of Chromium whose profile is below *folder*."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "chrom" in line and str(folder) in line and int(path.parent.name) != os.getpid():
            found.append(int(path.parent.name))
    return found
