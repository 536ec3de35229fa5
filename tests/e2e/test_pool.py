"""An edit in a browser of the pool: through HAProxy and three nodes, whatever happens to them meanwhile."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain import JobEvent, JobStatus, Stage
from agent.job_result import JobResult
from agent.order import EditOrder
from agent.service import edit_here
from agent.services import build_services
from agent.settings import Settings
from tests.balancer import until
from tests.certificates import self_signed
from tests.cluster import Cluster, running_cluster
from tests.e2e.cli import command, command_environment, heed_interrupts, roughcut
from tests.frame_code import coded_video, decoded, frame_number

REQUEST = "Trim to 2 seconds"
FRAMES = 60
LIMIT_S = 60


@pytest_asyncio.fixture(scope="module")
async def three_nodes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """With one slot each."""
    async with running_cluster(tmp_path_factory.mktemp("pool"), slots=(1, 1, 1)) as cluster:
        yield cluster


@pytest_asyncio.fixture
async def cluster(three_nodes: Cluster) -> Cluster:
    """Whole and empty."""
    await three_nodes.whole()
    return three_nodes


class Disaster:
    """Strikes once, when an event of the job is the one that it waits for."""

    def __init__(self, at: Callable[[JobEvent], bool], strike: Callable[[], None]) -> None:
        self._at = at
        self._strike = strike
        self.events: list[JobEvent] = []
        self.struck = False

    def __call__(self, event: JobEvent) -> None:
        self.events.append(event)
        if not self.struck and self._at(event):
            self.struck = True
            self._strike()

    @property
    def losses(self) -> int:
        """How often the job went on in another browser or in another page."""
        return sum(event.message.startswith("going on") for event in self.events)


def composing(event: JobEvent) -> bool:
    return event.stage is Stage.COMPOSE and event.message.startswith("step")


def rendering(event: JobEvent) -> bool:
    return event.stage is Stage.RENDER and event.message == "picture" and (event.done or 0) > 0


async def edit(cluster: Cluster, folder: Path, notify: Callable[[JobEvent], None]) -> JobResult:
    settings = Settings(home=folder / "home", pool_url=cluster.url, pool_key=cluster.key, _env_file=None)
    order = EditOrder(REQUEST, folder / "out.mp4", files=(coded_video(3),))
    return await edit_here(build_services(settings), order, notify=notify)


def assert_right(video: Path) -> None:
    """Every frame that was asked for is there, once and in order."""
    assert [frame_number(frame) for frame in decoded(video)] == list(range(FRAMES))


async def test_the_job_survives_the_node_that_has_its_browser(cluster: Cluster, tmp_path: Path):
    """Another node gives another browser, the composition is built again there, and the video is right."""
    killed: list[str] = []

    def kill() -> None:
        (node,) = cluster.busy()
        killed.append(node.name)
        node.kill()

    disaster = Disaster(rendering, kill)
    result = await edit(cluster, tmp_path, disaster)

    assert killed, "no node was killed: the test shows nothing"
    assert result.status is JobStatus.COMPLETED
    assert disaster.losses == 1
    assert_right(tmp_path / "out.mp4")
    await cluster.idle()


async def test_a_dropped_socket_is_taken_up_again(cluster: Cluster, tmp_path: Path):
    """The same browser goes on, with the footage that it has."""
    disaster = Disaster(composing, lambda: cluster.haproxy.cut(cluster.busy()[0].name))

    result = await edit(cluster, tmp_path, disaster)

    assert disaster.struck
    assert result.status is JobStatus.COMPLETED
    assert disaster.losses == 1
    assert_right(tmp_path / "out.mp4")
    requests = cluster.requests()
    assert len([line for line in requests if line.endswith(" POST /v1/sessions")]) == 1
    assert len([line for line in requests if " PUT /v1/sessions/" in line]) == 1
    await cluster.idle()


async def test_the_command_edits_over_tls_and_gives_its_browser_back(cluster: Cluster, tmp_path: Path):
    """With `--pool` and a key, and no secret is in what it prints or keeps."""
    certificate = self_signed(tmp_path)
    async with cluster.another_balancer(tmp_path, certificate=certificate) as url:
        ended = await asyncio.to_thread(
            roughcut,
            *("edit", coded_video(3), REQUEST, "-o", tmp_path / "out.mp4", "--pool", url, "--json"),
            home=tmp_path / "home",
            ROUGHCUT_POOL_KEY=cluster.key,
            SSL_CERT_FILE=str(certificate),
            NODE_EXTRA_CA_CERTS=str(certificate),
        )

    assert ended.code == 0, ended.stderr
    assert_right(tmp_path / "out.mp4")
    assert await cluster.running() == 0
    kept = "".join(
        file.read_text(errors="replace") for file in (tmp_path / "home").rglob("*") if file.is_file()
    )
    assert cluster.key not in ended.stdout + ended.stderr + kept
    assert "token=" not in ended.stdout + ended.stderr + kept


async def test_a_command_that_is_stopped_gives_its_browser_back(cluster: Cluster, tmp_path: Path):
    """At once, and not when the pool's timers find that nobody is there."""
    arguments = command("edit", coded_video(3), REQUEST, "-o", tmp_path / "out.mp4", "--pool", cluster.url)
    running = await asyncio.create_subprocess_exec(
        *arguments,
        env=command_environment(tmp_path / "home", ROUGHCUT_POOL_KEY=cluster.key),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=heed_interrupts,
    )
    await until(lambda: any(" 101 " in line for line in cluster.requests()))
    running.send_signal(signal.SIGINT)
    async with asyncio.timeout(LIMIT_S):
        await running.wait()

    assert running.returncode == 130
    assert await cluster.running() == 0


@pytest.mark.parametrize("key", ["", "rcp_wrong"])
async def test_without_a_key_the_command_says_what_to_do(cluster: Cluster, tmp_path: Path, key: str):
    """And repeats no key."""
    ended = await asyncio.to_thread(
        roughcut,
        *("edit", coded_video(3), REQUEST, "-o", tmp_path / "out.mp4", "--pool", cluster.url, "--json"),
        home=tmp_path / "home",
        **({"ROUGHCUT_POOL_KEY": key} if key else {}),
    )

    failure = json.loads(ended.stdout)
    assert (ended.code, failure["error"]) == (1, "PoolRefused")
    assert "ROUGHCUT_POOL_KEY" in failure["hint"]
    assert "rcp_wrong" not in ended.stdout + ended.stderr
