"""What a session may take, and which process has to go when all together take more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from browser_pool.confinement import processes

MIB = 1 << 20
_NEARLY = 0.9


@dataclass(frozen=True)
class Limits:
    """The most that all processes of one session may take together."""

    memory_mb: int
    pids: int
    """Processes and threads."""
    cpu: float | None = None
    """Cores; kept by cgroup v2 only."""


@dataclass(frozen=True)
class Load:
    """What one process takes."""

    process: psutil.Process
    kind: str
    memory_bytes: int
    threads: int


def excess(loads: Sequence[Load], limits: Limits) -> Load | None:
    """The process that has to go because all together take too much: if it can be, a page's.

    Threads count as too many shortly before the kernel refuses the next one, which could hit any process.
    """
    if sum(load.memory_bytes for load in loads) > limits.memory_mb * MIB:
        return _worst(loads, [load.memory_bytes for load in loads])
    if sum(load.threads for load in loads) > limits.pids * _NEARLY:
        return _worst(loads, [load.threads for load in loads])
    return None


def measure(members: Sequence[psutil.Process], limits: Limits) -> list[Load]:
    """What each of *members* takes; memory is exact only when the limit may be near, because that is slow."""
    resident = [processes.resident_bytes(member) for member in members]
    near = sum(resident) > limits.memory_mb * MIB
    shares = [processes.share_bytes(member) for member in members] if near else resident
    return [
        Load(member, processes.kind(member), share, processes.threads(member))
        for member, share in zip(members, shares, strict=True)
    ]


def _worst(loads: Sequence[Load], sizes: Sequence[int]) -> Load:
    pages = [index for index, load in enumerate(loads) if load.kind == "renderer"]
    return loads[max(pages or range(len(loads)), key=sizes.__getitem__)]
