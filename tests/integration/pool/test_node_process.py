"""A node as a process: how it ends, and what it leaves and does not leave behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from browser_pool.haproxy import PoolNode
from tests.balancer import free_ports
from tests.cluster import NodeProcess
from tests.pool_sessions import reachable_folder, until


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the node and its sessions keep what they have."""
    with reachable_folder() as folder:
        yield folder


@pytest.fixture
async def node(folder: Path):
    """One slot and nothing warm, drained within a minute; ended after the test."""
    port, agent_port = free_ports(2)
    settings = {"WARM_BROWSERS": "0", "DRAIN_DEADLINE_S": "60", "MAX_MEM_PCT": "100"}
    environment = {**os.environ, **{f"ROUGHCUT_POOL_{name}": value for name, value in settings.items()}}
    address = PoolNode(name="n1", host="127.0.0.1", port=port, agent_port=agent_port, slots=1)
    node = NodeProcess(address, folder, environment)
    node.start()
    try:
        while not await asyncio.to_thread(node.answers):
            pass
        yield node
    finally:
        node.stop()


async def created(node: NodeProcess) -> dict:
    async with httpx.AsyncClient(base_url=node.url, timeout=30) as http:
        return (await http.post("/v1/sessions", json={"keep_alive": True})).json()


def leftovers(node: NodeProcess) -> list[str]:
    """Folders of sessions, and processes that use them."""
    sessions = node.folder / "sessions" / "sessions"
    folders = [path.name for path in sessions.iterdir()]
    lines = [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
    return folders + [line for line in lines if str(sessions) in line]


async def test_the_first_sigterm_waits_and_the_second_does_not(node: NodeProcess):
    """A session may go on after SIGTERM; the second ends it with 4008, and nothing is left behind."""
    session = await created(node)
    client = await connect(session["cdp_url"], max_size=None)
    assert leftovers(node)

    node.send(signal.SIGTERM)
    async with httpx.AsyncClient(base_url=node.url) as http:
        async with asyncio.timeout(20):
            while (await http.get("/healthz/ready")).status_code != 503:
                pass
        refused = await http.post("/v1/sessions")
    await client.send('{"id": 1, "method": "Browser.getVersion"}')
    assert "Chrome" in str(await client.recv())
    assert (refused.status_code, refused.json()["error"]) == (503, "draining")
    node.send(signal.SIGTERM)

    with pytest.raises(ConnectionClosed) as closed:
        await client.recv()
    assert closed.value.rcvd.code == 4008
    assert await asyncio.to_thread(node.wait) == 0
    assert leftovers(node) == []


async def test_sigterm_ends_a_node_whose_sessions_end(node: NodeProcess):
    """After the last session is released the node exits by itself, long before the deadline."""
    session = await created(node)

    node.send(signal.SIGTERM)
    async with httpx.AsyncClient(base_url=node.url) as http:
        assert (await http.delete(f"/v1/sessions/{session['id']}")).status_code == 200

    assert await asyncio.to_thread(node.wait) == 0
    assert leftovers(node) == []


async def test_no_token_is_in_the_log(node: NodeProcess):
    """Requests, sockets, refusals and failures are logged without what opens a session."""
    session = await created(node)
    token = session["cdp_url"].partition("token=")[2]
    live = session["live_url"].replace("http", "ws").replace("/live?", "/live/ws?")
    async with httpx.AsyncClient(base_url=node.url) as http:
        for path in ("", "/json/version", "/events-none", "/files/%2e%2e"):
            await http.get(f"/v1/sessions/{session['id']}{path}", params={"token": token})
        await http.get("/v1/sessions", headers={"authorization": "Bearer rcp_nobody-has-this-key"})
        async with connect(session["cdp_url"], max_size=None), connect(live, max_size=None):
            await http.delete(f"/v1/sessions/{session['id']}", params={"token": token})
    node.send(signal.SIGTERM)
    await asyncio.to_thread(node.wait)

    assert "token=…" in node.log
    assert token not in node.log
    assert token.partition(".")[2] not in node.log
    assert "rcp_nobody" not in node.log
    assert f"session_id={session['id']}" in node.log
    await until(lambda: leftovers(node) == [])
