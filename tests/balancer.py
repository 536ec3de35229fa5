"""A real HAProxy on this machine, as tests start, watch, reload and stop it."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import pytest

from browser_pool.haproxy import NodeList, configuration

_PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"
_LIMIT_S = 60.0
# Below what systems give to outgoing connections, and other ones for each of the test processes at work:
# they are started together, so their ids are near each other.
_PORTS_EACH = 100
_FIRST_PORT = 10_000 + os.getpid() % 200 * _PORTS_EACH
_candidates = cycle(range(_FIRST_PORT, _FIRST_PORT + _PORTS_EACH))


def haproxy_binary() -> str:
    """Where HAProxy is; without one the test is skipped."""
    found = shutil.which("haproxy", path=_PLACES)
    if found is None:
        pytest.skip("HAProxy is not installed: apt-get install haproxy")
    return found


def require_sound(text: str, folder: Path) -> None:
    """Fails with what HAProxy says if it does not take *text* as it is."""
    file = folder / "haproxy.cfg"
    file.write_text(text)
    checked = subprocess.run(
        [haproxy_binary(), "-c", "-f", file], capture_output=True, text=True, check=False, timeout=_LIMIT_S
    )
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, all different, and that nobody takes by chance."""
    untried = islice(_candidates, _PORTS_EACH)
    ports = list(islice(filter(_is_free, untried), count))
    assert len(ports) == count, f"of {_PORTS_EACH} ports from {_FIRST_PORT} on too few are free"
    return ports


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


async def until(condition: Callable[[], bool], timeout_s: float = _LIMIT_S) -> None:
    """Returns once *condition* holds; `TimeoutError` if it never does."""
    async with asyncio.timeout(timeout_s):
        while True:
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.02)


class RunningHaproxy:
    """HAProxy before a list of nodes; *folder* gets its configuration, its log and its admin socket."""

    def __init__(self, pool: NodeList, folder: Path) -> None:
        self._socket = folder / "admin.sock"
        self._file = folder / "haproxy.cfg"
        self._log_file = folder / "haproxy.log"
        balancer = pool.balancer.model_copy(update={"admin_socket": str(self._socket)})
        self.pool = pool.model_copy(update={"balancer": balancer})
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def log(self) -> str:
        """All that it has printed."""
        return self._log_file.read_text()

    async def start(self) -> None:
        """Returns once it answers at its admin socket."""
        self._file.write_text(configuration(self.pool))
        self._spawn()
        await until(self._answers)

    async def reload(self) -> None:
        """As `systemctl reload`: a new process takes over, and the old one serves what it has."""
        old = self._processes[-1]
        self._socket.unlink()
        self._spawn("-sf", str(old.pid))
        await until(self._answers)

    def stop(self) -> None:
        """Ends it and all processes before it."""
        for process in self._processes:
            process.kill()
            process.wait(_LIMIT_S)

    def cut(self, node: str) -> None:
        """Drops every connection to that node, as a network does that fails."""
        self._ask(f"shutdown sessions server node_{node}/{node}")

    def states(self) -> dict[str, str]:
        """What it thinks of each server: `create/n1` is UP, DOWN, DRAIN …"""
        return {
            f"{row['pxname']}/{row['svname']}": re.split(r"[ (]", row["status"])[0] for row in self._servers()
        }

    def weights(self) -> dict[str, int]:
        """The weights for creation as they are now, agents heard."""
        return {row["svname"]: int(row["weight"]) for row in self._servers() if row["pxname"] == "create"}

    def _servers(self) -> list[dict[str, str]]:
        rows = csv.DictReader(self._ask("show stat").lstrip("# ").splitlines())
        return [row for row in rows if row["svname"] not in ("FRONTEND", "BACKEND")]

    def _spawn(self, *options: str) -> None:
        with self._log_file.open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [haproxy_binary(), "-db", "-f", self._file, *options],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )

    def _answers(self) -> bool:
        assert self._processes[-1].poll() is None, self.log
        try:
            return bool(self.states())
        except OSError:
            return False

    def _ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(_LIMIT_S)
            admin.connect(str(self._socket))
            admin.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: admin.recv(1 << 16), b"")).decode()
