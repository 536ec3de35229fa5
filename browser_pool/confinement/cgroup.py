"""Limits that the kernel keeps: a control group of version 2 for each session, where we may make one."""

from __future__ import annotations

import logging
import signal
from contextlib import suppress
from pathlib import Path

import psutil

from browser_pool.confinement.limits import MIB, Limits

log = logging.getLogger(__name__)

_CPU_PERIOD_US = 100_000
_HIGH = 0.9
_NEEDED_CONTROLLERS = frozenset({"memory", "pids"})
_V2_MOUNTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
_OWN_GROUP = Path("/proc/self/cgroup")
_NODES_OWN = "roughcut-node"


class Cgroup:
    """A control group of version 2 that holds the processes of one session."""

    def __init__(self, base: Path, name: str) -> None:
        """The group of the session *name* in *base*, which may be there or not."""
        self.path = base / f"roughcut-{name}"

    def make(self, limits: Limits) -> None:
        """Make the group, within *limits*. Raises `OSError` where that is not allowed."""
        self.path.mkdir()
        memory_bytes = limits.memory_mb * MIB
        cpu = "max" if limits.cpu is None else f"{int(limits.cpu * _CPU_PERIOD_US)}"
        wanted = {
            "memory.high": str(int(memory_bytes * _HIGH)),
            "memory.max": str(memory_bytes),
            "memory.swap.max": "0",
            "memory.oom.group": "0",  # a page too large is the only one to go
            "pids.max": str(limits.pids),
            "cpu.max": f"{cpu} {_CPU_PERIOD_US}",
        }
        try:
            for file, value in wanted.items():
                if (self.path / file).exists():  # no swap, no CPU controller: nothing to limit
                    (self.path / file).write_text(value)
        except OSError:
            self.remove()
            raise

    def admit(self, pid: int) -> None:
        """Take a process in; its later children are in too."""
        (self.path / "cgroup.procs").write_text(str(pid))

    def oom_kills(self) -> int:
        """How many processes the kernel has ended here for want of memory."""
        try:
            events = dict(line.split() for line in (self.path / "memory.events").read_text().splitlines())
        except OSError:
            return 0
        return int(events.get("oom_kill", 0))

    def kill(self) -> None:
        """End every process of the group at once."""
        try:
            (self.path / "cgroup.kill").write_text("1")
        except OSError:  # before Linux 5.14
            for pid in self._pids():
                with suppress(psutil.NoSuchProcess):
                    psutil.Process(pid).send_signal(signal.SIGKILL)

    def remove(self) -> bool:
        """Whether the group is gone; it stays while a process is still ending."""
        with suppress(OSError):
            self.path.rmdir()
        return not self.path.exists()

    def _pids(self) -> list[int]:
        with suppress(OSError):
            return [int(pid) for pid in (self.path / "cgroup.procs").read_text().split()]
        return []


def delegated_cgroup() -> Path | None:
    """The group in which we may make groups with limits; None where there is none of version 2.

    In a group that is ours to manage, our own process moves to a child first, as the kernel demands.
    """
    base = _own_group()
    if base is None or not _words(base / "cgroup.controllers") >= _NEEDED_CONTROLLERS:
        return None
    try:
        _make_room(base)
        wanted = _words(base / "cgroup.controllers") & (_NEEDED_CONTROLLERS | {"cpu"})
        (base / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in sorted(wanted)))
    except OSError as exc:
        log.info("limits are watched", extra={"action": "cgroup_refused", "error": str(exc)})
        return None
    return base


def _own_group() -> Path | None:
    mount = next((mount for mount in _V2_MOUNTS if (mount / "cgroup.controllers").exists()), None)
    if mount is None:
        return None
    lines = _OWN_GROUP.read_text().splitlines()
    own = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "/")
    return mount / own.strip("/").removesuffix(_NODES_OWN)


def _make_room(base: Path) -> None:
    """Leave *base* without processes of its own, unless it is the machine's root, which may have some."""
    if not (base / "cgroup.type").exists():
        return
    (base / _NODES_OWN).mkdir(exist_ok=True)
    (base / _NODES_OWN / "cgroup.procs").write_text("0")


def _words(file: Path) -> set[str]:
    try:
        return set(file.read_text().split())
    except OSError:
        return set()
