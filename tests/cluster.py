"""A pool as it is deployed: node processes and HAProxy before them, on this machine."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from browser_pool.client import PoolClient, open_pool
from browser_pool.haproxy import Balancer, NodeList, PoolNode
from browser_pool.keys import new_key, write_keys
from browser_pool.schemas import PressureView
from tests.balancer import RunningHaproxy, free_ports, until

_LIMIT_S = 60.0
# After three of them without an answer a node is given up. No node of a busy machine is silent for that long.
_CHECK_INTERVAL_MS = 2000


class NodeProcess:
    """`roughcut pool serve` as a process of its own."""

    def __init__(self, node: PoolNode, folder: Path, environment: dict[str, str]) -> None:
        self.node = node
        self.folder = folder / node.name
        self.folder.mkdir()
        self._environment = environment | {
            "ROUGHCUT_POOL_NODE": node.name,
            "ROUGHCUT_POOL_PORT": str(node.port),
            "ROUGHCUT_POOL_AGENT_CHECK_PORT": str(node.agent_port),
            "ROUGHCUT_POOL_MAX_SESSIONS": str(node.slots),
            "ROUGHCUT_POOL_HOME": str(self.folder / "sessions"),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def url(self) -> str:
        """The node itself, past the balancer."""
        return f"http://{self.node.host}:{self.node.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """All that it has printed."""
        return (self.folder / "node.log").read_text()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts it; see `answers`."""
        with (self.folder / "node.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "agent.cli", "pool", "serve"],
                env=self._environment,
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def answers(self) -> bool:
        """Whether it takes requests."""
        assert self.runs, self.log
        try:
            return httpx.get(f"{self.url}/healthz/ready", timeout=5, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def pressure(self) -> PressureView:
        """What the node says of itself."""
        answer = httpx.get(f"{self.url}/pressure", timeout=_LIMIT_S, trust_env=False)
        return PressureView.model_validate_json(answer.content)

    def send(self, what: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(what)

    def wait(self) -> int:
        """Its exit code."""
        assert self._process is not None
        return self._process.wait(_LIMIT_S)

    def kill(self) -> None:
        """As a machine that loses power."""
        self.send(signal.SIGKILL)
        self.wait()

    def stop(self) -> None:
        """Ends it, whatever state it is in, with all that it started."""
        if not self.runs:
            return
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.kill()


class Cluster:
    """Use `running_cluster`."""

    def __init__(
        self, nodes: Sequence[NodeProcess], haproxy: RunningHaproxy, url: str, key: str, client: PoolClient
    ) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.haproxy = haproxy
        self.url = url
        self.key = key
        self._lines_before = 0
        self.client = client
        """With a key that may do everything."""

    @property
    def slots(self) -> int:
        return sum(node.node.slots for node in self.nodes.values())

    def busy(self) -> list[NodeProcess]:
        """The nodes that hold a session now."""
        return [node for node in self.nodes.values() if node.pressure().running]

    def requests(self) -> list[str]:
        """The balancer's log lines since the cluster was last made whole, health checks not among them."""
        return self.haproxy.log.splitlines()[self._lines_before :]

    async def whole(self) -> None:
        """Every node runs, takes sessions and has none; the balancer knows it."""
        for node in self.nodes.values():
            if node.runs:
                node.send(signal.SIGCONT)
            else:
                node.start()
        for node in self.nodes.values():
            await until(node.answers, _LIMIT_S)
        await until(lambda: set(self.haproxy.states().values()) == {"UP"}, _LIMIT_S)
        for overview in await self.client.nodes():
            assert not overview.error, overview
            for session in overview.sessions:
                if session.ended_at is None:
                    await self.client.release(session.id)
        await self.idle()
        full = {node.name: node.node.slots for node in self.nodes.values()}
        await until(lambda: _shares(self.haproxy.weights()) == _shares(full), _LIMIT_S)
        self._lines_before = len(self.haproxy.log.splitlines())

    async def idle(self) -> None:
        """Returns once no node holds a session."""
        async with asyncio.timeout(_LIMIT_S):
            while True:
                if not await self.running():
                    return
                await asyncio.sleep(0.05)

    async def running(self) -> int:
        """Sessions that hold a slot, on all nodes that answer."""
        return sum(each.pressure.running for each in await self.client.nodes() if each.pressure)

    async def drain(self, node: NodeProcess, *, deadline_s: float = 600) -> None:
        """Asks *node* to drain; returns when the balancer has heard of it."""
        await self.client.drain(node.name, deadline_s=deadline_s)
        await until(lambda: self.haproxy.states()[f"create/{node.name}"] not in ("UP",))

    async def resume(self, node: NodeProcess) -> None:
        await self.client.resume(node.name)

    @asynccontextmanager
    async def another_balancer(
        self,
        folder: Path,
        *,
        certificate: Path | None = None,
        agents: bool = True,
        interval_ms: int = _CHECK_INTERVAL_MS,
    ) -> AsyncIterator[str]:
        """The address of a second HAProxy before the same nodes; without *agents* it asks where nobody is."""
        port, nobody = free_ports(2)
        pool = self.haproxy.pool
        balancer = pool.balancer.model_copy(
            update={
                "bind": f"127.0.0.1:{port}",
                "certificate": str(certificate) if certificate else None,
                "check_interval_ms": interval_ms,
            }
        )
        nodes = (
            pool.node if agents else [node.model_copy(update={"agent_port": nobody}) for node in pool.node]
        )
        haproxy = RunningHaproxy(NodeList(node=tuple(nodes), balancer=balancer), folder)
        try:
            await haproxy.start()
            await until(lambda: set(haproxy.states().values()) == {"UP"})
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
        finally:
            haproxy.stop()


@asynccontextmanager
async def running_node(
    folder: Path, name: str = "n1", *, slots: int = 1, **settings: str
) -> AsyncIterator[NodeProcess]:
    """One node without keys and without a balancer, which answers; ended on the way out."""
    port, agent_port = free_ports(2)
    address = PoolNode(name=name, host="127.0.0.1", port=port, agent_port=agent_port, slots=slots)
    node = NodeProcess(address, folder, _environment() | settings)
    try:
        node.start()
        await until(node.answers, _LIMIT_S)
        yield node
    finally:
        await asyncio.to_thread(node.stop)


@asynccontextmanager
async def running_cluster(
    folder: Path, slots: Sequence[int] = (1, 1, 2), *, certificate: Path | None = None
) -> AsyncIterator[Cluster]:
    """Nodes n1, n2 … with that many slots, behind HAProxy; all of it ends on the way out."""
    ports = free_ports(2 * len(slots) + 1)
    pool = NodeList(
        node=tuple(
            PoolNode(name=f"n{index + 1}", host="127.0.0.1", port=port, agent_port=agent_port, slots=count)
            for index, (count, port, agent_port) in enumerate(
                zip(slots, ports[::2], ports[1::2], strict=False)
            )
        ),
        balancer=Balancer(
            bind=f"127.0.0.1:{ports[-1]}",
            certificate=str(certificate) if certificate else None,
            check_interval_ms=_CHECK_INTERVAL_MS,
        ),
    )
    key, stored = new_key("tests", admin=True)
    write_keys(folder / "keys.json", [stored])
    environment = _environment() | {
        "ROUGHCUT_POOL_KEYS_FILE": str(folder / "keys.json"),
        "ROUGHCUT_POOL_SECRET": secrets.token_hex(32),
    }
    haproxy = RunningHaproxy(pool, folder)
    nodes = [NodeProcess(node, folder, environment) for node in pool.node]
    url = f"{'https' if certificate else 'http'}://127.0.0.1:{ports[-1]}"
    try:
        for node in nodes:
            node.start()
        await haproxy.start()
        async with open_pool(url, key) as client:
            cluster = Cluster(nodes, haproxy, url, key, client)
            await cluster.whole()
            yield cluster
    finally:
        await asyncio.gather(*(asyncio.to_thread(node.stop) for node in nodes))
        haproxy.stop()


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROUGHCUT_")}
    return own | {
        "ROUGHCUT_POOL_WARM_BROWSERS": "0",
        "ROUGHCUT_POOL_MAX_MEM_PCT": "100",
        "ROUGHCUT_POOL_DRAIN_DEADLINE_S": "0",
    }


def _shares(counts: dict[str, int]) -> dict[str, int]:
    """In percent of the greatest: weights are as the slots when their shares are the same."""
    greatest = max(counts.values(), default=0) or 1
    return {name: round(100 * count / greatest) for name, count in counts.items()}
