"""How busy the machine is, smoothed, and whether it should take another browser."""

from __future__ import annotations

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

OverloadReason = Literal["cpu", "memory", "gpu", "disk"]

_CONTAINER = Path("/sys/fs/cgroup")
_WEIGHT_OF_NEW = 0.3
_RELIEF_PCT = 5.0
_GPU_QUERY = ("--query-gpu=memory.used,memory.total", "--format=csv,noheader,nounits")
_GPU_QUERY_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Load:
    """The machine's load; None: there is no GPU whose memory can be read."""

    cpu_pct: float = 0.0
    mem_pct: float = 0.0
    gpu_mem_pct: float | None = None
    disk_free_bytes: int = 1 << 62


@dataclass(frozen=True)
class Ceilings:
    """Above these no session is created; None: not looked at."""

    cpu_pct: float | None
    mem_pct: float
    gpu_mem_pct: float
    min_free_disk_bytes: int


def overload(load: Load, ceilings: Ceilings, before: OverloadReason | None) -> OverloadReason | None:
    """What is too much; what was so *before* has to fall a little lower, so that nothing flutters."""

    def above(reason: OverloadReason, value: float | None, ceiling: float | None) -> bool:
        if value is None or ceiling is None:
            return False
        return value > ceiling - (_RELIEF_PCT if before == reason else 0.0)

    if above("cpu", load.cpu_pct, ceilings.cpu_pct):
        return "cpu"
    if above("memory", load.mem_pct, ceilings.mem_pct):
        return "memory"
    if above("gpu", load.gpu_mem_pct, ceilings.gpu_mem_pct):
        return "gpu"
    return "disk" if load.disk_free_bytes < ceilings.min_free_disk_bytes else None


class LoadMeter:
    """Reads the machine's load now and then."""

    def __init__(self, folder: Path, ceilings: Ceilings) -> None:
        self.load = Load()
        self.overload: OverloadReason | None = None
        self._folder = folder
        self._ceilings = ceilings
        self._nvidia_smi = shutil.which("nvidia-smi")
        psutil.cpu_percent()  # the first reading has nothing to compare with

    async def read(self) -> None:
        """Renew `load` and `overload`."""
        cpu_pct = psutil.cpu_percent()
        self.load = Load(
            cpu_pct=self.load.cpu_pct + _WEIGHT_OF_NEW * (cpu_pct - self.load.cpu_pct),
            mem_pct=max(psutil.virtual_memory().percent, container_memory_pct(_CONTAINER) or 0.0),
            gpu_mem_pct=await _gpu_mem_pct(self._nvidia_smi) if self._nvidia_smi else None,
            disk_free_bytes=shutil.disk_usage(self._folder).free,
        )
        self.overload = overload(self.load, self._ceilings, self.overload)


def container_memory_pct(cgroup: Path) -> float | None:
    """What is used of the memory limit of the container that this process is in; None if it has none.

    Cached files do not count: the kernel drops them before it kills anybody.
    """
    try:
        limit_bytes = int((cgroup / "memory.max").read_text())
        used_bytes = int((cgroup / "memory.current").read_text())
        statistics = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no cgroup v2 here, or its limit is "max"
        return None
    return 100 * (used_bytes - int(statistics.get("inactive_file", 0))) / limit_bytes


async def _gpu_mem_pct(nvidia_smi: str) -> float | None:
    """Of the fullest GPU; None if the driver does not say."""
    process = await asyncio.create_subprocess_exec(nvidia_smi, *_GPU_QUERY, stdout=PIPE, stderr=DEVNULL)
    try:
        async with asyncio.timeout(_GPU_QUERY_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return gpu_mem_pct(output.decode(errors="replace"))


def gpu_mem_pct(output: str) -> float | None:
    """The highest percentage in *output*, with `used, total` in MiB for each GPU."""
    shares = []
    for line in output.splitlines():
        used, _, total = line.partition(",")
        try:
            shares.append(100 * float(used) / float(total))
        except (ValueError, ZeroDivisionError):
            continue  # "[N/A]" on a GPU that does not tell
    return max(shares, default=None)
