"""Three nodes behind a real HAProxy: who gets a browser, who reaches which, and what breaks when."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed

from agent.browser.cdp import connect_cdp
from agent.errors import PageClosed
from browser_pool.chromium.cdp import CdpConnection
from browser_pool.client import open_pool
from browser_pool.errors import PoolError
from browser_pool.schemas import SessionRequest, SessionView
from tests.balancer import until
from tests.certificates import self_signed
from tests.cluster import Cluster, NodeProcess, running_cluster
from tests.e2e.cli import command, command_environment

KEPT = SessionRequest(keep_alive=True, disconnect_grace_s=600)
_LIMIT_S = 30


@pytest_asyncio.fixture(scope="module")
async def three_nodes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """One, one and two slots."""
    async with running_cluster(tmp_path_factory.mktemp("pool")) as cluster:
        yield cluster


@pytest_asyncio.fixture
async def cluster(three_nodes: Cluster) -> Cluster:
    """Whole and empty, whatever the test before did to it."""
    await three_nodes.whole()
    return three_nodes


async def session_on(cluster: Cluster, name: str) -> SessionView:
    """A session on that node, created past the balancer."""
    async with open_pool(cluster.nodes[name].url, cluster.key) as node:
        session = await node.create(KEPT)
    return await cluster.client.get(session.id)


async def answers(connection: CdpConnection) -> bool:
    return "product" in await connection.call("Browser.getVersion", timeout_s=_LIMIT_S)


async def lost(connection: CdpConnection) -> None:
    """Returns once the connection is cut."""
    async with asyncio.timeout(_LIMIT_S):
        while True:
            try:
                await answers(connection)
            except PageClosed:
                return


def browsers_of(node: NodeProcess) -> list[psutil.Process]:
    """Chromiums that the node has started, without their children."""
    found = []
    for process in psutil.Process(node.pid).children(recursive=True):
        try:
            arguments = process.cmdline()
        except psutil.NoSuchProcess:  # or a zombie, which has none
            continue
        if any("chrom" in part for part in arguments[:1]) and not any(
            "--type=" in part for part in arguments
        ):
            found.append(process)
    return found


async def refusal(work: Any) -> PoolError:
    with pytest.raises(PoolError) as refused:
        await work
    return refused.value


async def test_a_burst_gets_as_many_browsers_as_there_are_slots(cluster: Cluster):
    """Five times as many wishes as slots: each slot is filled once, all others hear that it is full."""
    wishes = [cluster.client.create(KEPT) for _ in range(5 * cluster.slots)]

    outcomes = await asyncio.gather(*wishes, return_exceptions=True)

    created = [each for each in outcomes if isinstance(each, SessionView)]
    refused = [each for each in outcomes if isinstance(each, PoolError)]
    assert Counter(session.node for session in created) == {"n1": 1, "n2": 1, "n3": 2}
    assert len(created) + len(refused) == len(wishes)
    assert {error.status for error in refused} == {503}
    running = {node.name: len(browsers_of(node)) for node in cluster.nodes.values()}
    assert running == {"n1": 1, "n2": 1, "n3": 2}


async def test_creation_goes_where_there_is_room(cluster: Cluster):
    """A full node is told of by its agent, and the next sessions go to the others."""
    for _ in range(2):
        await session_on(cluster, "n3")
    await until(lambda: cluster.haproxy.weights()["n3"] < cluster.haproxy.weights()["n1"])

    created = [await cluster.client.create(KEPT) for _ in range(2)]

    assert {session.node for session in created} == {"n1", "n2"}


async def test_who_waits_gets_the_slot_that_comes_free(cluster: Cluster):
    """Wherever that is: nobody queues at one node while another has room."""
    held = [await cluster.client.create(KEPT) for _ in range(cluster.slots)]
    waiting = asyncio.create_task(cluster.client.create(KEPT, wait_s=_LIMIT_S))
    first = next(session for session in held if session.node == "n1")

    await cluster.client.release(first.id)

    assert (await waiting).node == "n1"


async def test_a_connection_reaches_the_node_of_its_session(cluster: Cluster):
    """By the id in its path; the address comes from the node and is the balancer's."""
    for name in cluster.nodes:
        session = await session_on(cluster, name)
        through = (await cluster.client.get(session.id)).cdp_url
        async with connect_cdp(through) as connection:
            assert await answers(connection)
            assert (await cluster.client.get(session.id)).clients == 1
        assert through.startswith(cluster.url.replace("http", "ws"))


async def test_what_names_no_session_is_answered_by_the_balancer(cluster: Cluster):
    """As JSON with a code, like everything that nodes refuse."""
    unknown = f"n9-{'a' * 22}"

    malformed = await refusal(cluster.client.get("n1-short"))
    nowhere = await refusal(cluster.client.get(unknown))

    assert (malformed.status, malformed.code) == (400, "bad_session_id")
    assert (nowhere.status, nowhere.code) == (404, "not_found")


async def test_a_node_that_drains_keeps_what_it_has(cluster: Cluster):
    """New sessions go elsewhere; the one that is there is served, and taken up by another connection."""
    session = await session_on(cluster, "n3")
    async with connect_cdp(session.cdp_url) as connection:
        await cluster.drain(cluster.nodes["n3"])

        created = [await cluster.client.create(KEPT) for _ in range(2)]

        assert {each.node for each in created} == {"n1", "n2"}
        assert await answers(connection)
        async with connect_cdp(session.cdp_url) as another:
            assert await answers(another)
        full = await refusal(cluster.client.create(KEPT))
        assert full.status == 503
    await cluster.resume(cluster.nodes["n3"])


async def test_a_person_drains_a_node_through_the_balancer(cluster: Cluster, tmp_path: Path):
    """`roughcut pool drain` tells what is left, waits until nothing is, and `--undo` calls the node back."""
    session = await session_on(cluster, "n2")

    told = await pool_command(cluster, tmp_path, "drain", "n2", "--deadline", 600)
    waiting = asyncio.create_task(pool_command(cluster, tmp_path, "drain", "n2", "--wait"))
    await until(lambda: cluster.haproxy.states()["create/n2"] != "UP")
    assert not waiting.done()
    await cluster.client.release(session.id)
    waited = await waiting
    back = await pool_command(cluster, tmp_path, "drain", "n2", "--undo", "--json")

    assert told == (0, "n2 takes no more sessions; 1 session is left.\n", "")
    assert waited == (0, "n2 takes no more sessions; no sessions are left.\n", "")
    assert (back[0], json.loads(back[1])["draining"]) == (0, False)


async def test_to_drain_is_to_name_a_node_of_the_pool(cluster: Cluster, tmp_path: Path):
    """Without a name, or with a wrong one, the nodes that there are get named, and none is drained."""
    for arguments in ((), ("n9",)):
        code, stdout, stderr = await pool_command(cluster, tmp_path, "drain", *arguments)
        assert (code, stdout) == (1, "")
        assert "n1, n2, n3" in stderr
    assert not any(each.pressure and each.pressure.draining for each in await cluster.client.nodes())


async def pool_command(cluster: Cluster, home: Path, *arguments: object) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command("pool", *arguments, "--pool", cluster.url),
        env=command_environment(home, ROUGHCUT_POOL_KEY=cluster.key),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(2 * _LIMIT_S):
        stdout, stderr = await process.communicate()
    assert process.returncode is not None
    return process.returncode, stdout.decode(), stderr.decode()


async def test_a_node_that_is_killed_is_missed_at_once(cluster: Cluster):
    """Its clients are cut off, its sessions are unavailable, and everybody else works on."""
    there, elsewhere = await session_on(cluster, "n1"), await session_on(cluster, "n2")
    async with connect_cdp(there.cdp_url) as connection, connect_cdp(elsewhere.cdp_url) as other:
        browsers = browsers_of(cluster.nodes["n1"])
        cluster.nodes["n1"].kill()
        await lost(connection)

        gone = await refusal(cluster.client.get(there.id))

        assert (gone.status, gone.code) == (503, "node_unavailable")
        assert await answers(other)
        assert (await cluster.client.create(KEPT)).node == "n3"
        with pytest.raises(PageClosed, match="HTTP 503"):
            async with connect_cdp(there.cdp_url):
                pass
    psutil.wait_procs(browsers, timeout=_LIMIT_S)
    assert not [browser for browser in browsers if browser.is_running()]


async def test_a_node_that_comes_back_knows_no_old_session(cluster: Cluster):
    """404, and never a new browser under an old id."""
    session = await session_on(cluster, "n2")
    cluster.nodes["n2"].kill()
    await cluster.whole()

    gone = await refusal(cluster.client.get(session.id))

    assert (gone.status, gone.code) == (404, "session_not_found")
    with pytest.raises(PageClosed, match="HTTP 404"):
        async with connect_cdp(session.cdp_url):
            pass


async def test_a_node_that_hangs_is_cut_off(cluster: Cluster, tmp_path: Path):
    """Its tunnels do not hang with it, and creation goes round it."""
    held = await session_on(cluster, "n3")
    async with (
        cluster.another_balancer(tmp_path, interval_ms=500) as url,
        open_pool(url, cluster.key) as pool,
    ):
        async with connect_cdp((await pool.get(held.id)).cdp_url) as connection:
            cluster.nodes["n3"].send(signal.SIGSTOP)

            await lost(connection)

        created = [await pool.create(KEPT, wait_s=_LIMIT_S) for _ in range(2)]
        assert {each.node for each in created} == {"n1", "n2"}
        assert (await refusal(pool.get(held.id))).code == "node_unavailable"


async def test_a_reload_leaves_tunnels_alone(cluster: Cluster):
    """The old process serves what it has; the new one finds the same sessions."""
    session = await session_on(cluster, "n3")
    async with connect_cdp(session.cdp_url) as before:
        await cluster.haproxy.reload()

        assert await answers(before)
        async with connect_cdp(session.cdp_url) as after:
            assert await answers(after)
            assert (await cluster.client.get(session.id)).clients == 2


async def test_over_tls_all_is_as_without(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Addresses are https and wss, a one-shot session ends with its socket, strangers are not trusted."""
    certificate = self_signed(tmp_path)
    async with cluster.another_balancer(tmp_path, certificate=certificate) as url:
        async with open_pool(url, cluster.key) as pool:
            assert "certificate" in str(await refusal(pool.create(KEPT))).lower()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with open_pool(url, cluster.key) as pool:
            session = await pool.create(KEPT)
        async with connect_cdp(session.cdp_url) as connection:
            assert await answers(connection)
        await _one_shot(cluster, url, certificate)

    assert session.cdp_url.startswith(url.replace("https", "wss"))


async def test_without_agents_the_balancer_still_finds_room(cluster: Cluster, tmp_path: Path):
    """Nobody answers at the agents' ports: weights stay, and full nodes are gone round by their answers."""
    async with (
        cluster.another_balancer(tmp_path, agents=False) as url,
        open_pool(url, cluster.key) as pool,
    ):
        created = [await pool.create(KEPT) for _ in range(cluster.slots)]
        full = await refusal(pool.create(KEPT))

    assert Counter(session.node for session in created) == {"n1": 1, "n2": 1, "n3": 2}
    assert full.status == 503


async def test_the_status_shows_nodes_and_sessions(cluster: Cluster, tmp_path: Path):
    """Each node with its numbers, one that is down with the reason, and no token anywhere."""
    session = await session_on(cluster, "n3")
    cluster.nodes["n2"].kill()
    where = command_environment(tmp_path, ROUGHCUT_POOL_KEY=cluster.key, ROUGHCUT_POOL_URL=cluster.url)

    shown = await asyncio.to_thread(
        subprocess.run, command("pool", "status"), env=where, capture_output=True, text=True, check=True
    )
    told = await asyncio.to_thread(
        subprocess.run, command("pool", "status", "--json"), env=where, capture_output=True, check=True
    )

    nodes = {node["node"]: node for node in json.loads(told.stdout)}
    assert set(nodes) == {"n1", "n2", "n3"}
    assert (nodes["n1"]["pressure"]["max_sessions"], nodes["n1"]["pressure"]["free"]) == (1, 1)
    assert nodes["n2"]["error"]
    assert session.id in [each["id"] for each in nodes["n3"]["sessions"]]
    assert session.id in shown.stdout
    assert b"token=" not in told.stdout


async def test_logs_hold_no_secret(cluster: Cluster):
    """Neither key nor token, after a connection with the token in its address, as Playwright makes it."""
    session = await session_on(cluster, "n1")
    token = session.cdp_url.partition("token=")[2]
    async with connect_cdp(session.cdp_url) as connection:
        assert await answers(connection)
    async with httpx.AsyncClient(trust_env=False) as http:
        await http.get(session.live_url)

    logs = cluster.haproxy.log + "".join(node.log for node in cluster.nodes.values())

    assert session.id in cluster.haproxy.log
    assert len(token) > 40
    assert token not in logs
    assert "token=ey" not in logs
    assert cluster.key not in logs


async def _one_shot(cluster: Cluster, url: str, certificate: Path) -> None:
    before = await cluster.running()
    trusted = ssl.create_default_context(cafile=str(certificate))
    async with connect_websocket(
        f"{url.replace('https', 'wss')}/v1/connect",
        additional_headers={"Authorization": f"Bearer {cluster.key}"},
        ssl=trusted,
        proxy=None,
    ) as socket:
        await socket.send(json.dumps({"id": 1, "method": "Browser.getVersion"}))
        assert "product" in json.loads(await socket.recv())["result"]
        assert await cluster.running() == before + 1
    async with asyncio.timeout(_LIMIT_S):
        while True:
            if await cluster.running() == before:
                break
            await asyncio.sleep(0.05)
    with pytest.raises(ConnectionClosed):
        await socket.recv()
