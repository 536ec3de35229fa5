"""The processes of one browser, as the system sees them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil

_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError)
_T = TypeVar("_T")


def of_session(leader: int) -> list[psutil.Process]:
    """Every process of the session that *leader* began, orphans too."""
    return [process for pid in psutil.pids() if (process := _member(pid, leader)) is not None]


def naming(folder: Path, process_name: str) -> list[psutil.Process]:
    """Every process of that name which was started with something of *folder* among its arguments."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if (words := process.info["cmdline"])
        and Path(words[0]).name == process_name
        and f"{folder}/" in " ".join(words)
    ]


def has_ended(process: psutil.Process) -> bool:
    """Also where another process, mostly 1, has yet to ask how: that may take seconds, but holds nothing."""
    if _asked(process, psutil.Process.status) in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
        return _asked(process, psutil.Process.ppid) != os.getpid()
    return not process.is_running()


def kind(process: psutil.Process) -> str:
    """`renderer`, `gpu-process`, `utility`, `zygote` …; empty for the browser itself."""
    # Chromium writes the arguments of its children into one.
    words = " ".join(_asked(process, psutil.Process.cmdline) or ()).split()
    return next((word.removeprefix("--type=") for word in words if word.startswith("--type=")), "")


def resident_bytes(process: psutil.Process) -> int:
    """Its memory, with all of what it shares: never less than its share."""
    memory = _asked(process, psutil.Process.memory_info)
    return 0 if memory is None else memory.rss


def share_bytes(process: psutil.Process) -> int:
    """Its memory, with its share of what it shares; without that where the system does not tell us."""
    if (exact := _asked(process, psutil.Process.memory_full_info)) is not None:
        return int(getattr(exact, "pss", 0) or exact.uss)
    # Of sandboxed processes only root learns more.
    memory = _asked(process, psutil.Process.memory_info)
    return 0 if memory is None else int(memory.rss - getattr(memory, "shared", 0))


def threads(process: psutil.Process) -> int:
    """How many it has."""
    return _asked(process, psutil.Process.num_threads) or 0


def cpu_s(process: psutil.Process) -> float:
    """What it has used, with its children that have been waited for."""
    times = _asked(process, psutil.Process.cpu_times)
    if times is None:
        return 0.0
    return float(sum((times.user, times.system, times.children_user, times.children_system)))


def reap_orphans(group: int) -> None:
    """Let go of those of the group that have ended and were left to us, as all are to process 1."""
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG) != (0, 0):
            pass


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """End each of them that is still there."""
    for process in processes:
        with suppress(*_GONE):
            process.kill()


def _member(pid: int, leader: int) -> psutil.Process | None:
    with suppress(*_GONE):
        if os.getsid(pid) == leader:
            return psutil.Process(pid)
    return None


def _asked(process: psutil.Process, question: Callable[[psutil.Process], _T]) -> _T | None:
    try:
        return question(process)
    except _GONE:
        return None
