"""What the kernel is told about a session, where it may be told."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from browser_pool.confinement import cgroup
from browser_pool.confinement.cgroup import Cgroup, delegated_cgroup
from browser_pool.confinement.limits import MIB, Limits
from tests.pool_sessions import until

_V2 = Path("/sys/fs/cgroup/unified") if Path("/sys/fs/cgroup/unified").exists() else Path("/sys/fs/cgroup")


def test_the_kernel_is_told_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own files; those that this kernel does not have are left out."""
    files = ("memory.high", "memory.max", "memory.oom.group", "pids.max", "cpu.max")
    make = Path.mkdir

    def mkdir(path: Path) -> None:
        make(path)
        for name in files:
            (path / name).touch()

    monkeypatch.setattr(Path, "mkdir", mkdir)

    group = Cgroup(tmp_path, "n1-a")
    group.make(Limits(memory_mb=1000, pids=500, cpu=1.5))

    written = {name: (group.path / name).read_text() for name in files}
    assert written == {
        "memory.high": str(900 * MIB),
        "memory.max": str(1000 * MIB),
        "memory.oom.group": "0",
        "pids.max": "500",
        "cpu.max": "150000 100000",
    }
    assert not (group.path / "memory.swap.max").exists()


def test_kills_of_the_kernel_are_counted(tmp_path: Path) -> None:
    """From its own file; without one there were none."""
    group = Cgroup(tmp_path, "n1-a")
    assert group.oom_kills() == 0

    group.path.mkdir()
    (group.path / "memory.events").write_text("low 0\nhigh 7\nmax 9\noom 2\noom_kill 2\n")

    assert group.oom_kills() == 2


def test_a_group_without_controllers_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that nobody keeps would be worse than none: then they are watched."""
    (tmp_path / "cgroup.controllers").write_text("hugetlb\n")
    monkeypatch.setattr(cgroup, "_V2_MOUNTS", (tmp_path,))

    assert delegated_cgroup() is None


@pytest.mark.parametrize(
    "own", ["/", "/system.slice/pool.service", "/system.slice/pool.service/roughcut-node"]
)
def test_a_group_that_is_ours_to_manage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str) -> None:
    """Our own process makes room in it, and its children may be limited; the second time as the first."""
    base = tmp_path / own.strip("/").removesuffix("roughcut-node")
    (base / "roughcut-node").mkdir(parents=True)
    (base / "cgroup.type").write_text("domain\n")
    for group in (base, tmp_path):
        (group / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (tmp_path / "own").write_text(f"0::{own}\n")
    monkeypatch.setattr(cgroup, "_V2_MOUNTS", (tmp_path / "no-such-mount", tmp_path))
    monkeypatch.setattr(cgroup, "_OWN_GROUP", tmp_path / "own")

    assert delegated_cgroup() == base
    assert (base / "roughcut-node" / "cgroup.procs").read_text() == "0"
    assert (base / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


async def test_a_real_group_ends_all_that_is_in_it() -> None:
    """Also what has left its session to get away."""
    group = Cgroup(_V2, f"test-{os.getpid()}")
    try:
        group.path.mkdir()
    except OSError as exc:
        pytest.skip(f"no group of cgroup v2 can be made here: {exc.strerror}")
    try:
        process = await asyncio.create_subprocess_exec("/bin/sh", "-c", "read x; setsid sleep 60", stdin=-1)
        group.admit(process.pid)
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        await until(lambda: len((group.path / "cgroup.procs").read_text().split()) == 2)

        group.kill()

        assert await asyncio.wait_for(process.wait(), 30) == -signal.SIGKILL
    finally:
        await until(group.remove)
