"""Workers and the database are killed again and again, and every job comes to its end, once."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.domain import JobStatus
from agent.jobs import NewJob
from agent.order import EditOrder
from agent.service import Service, open_service
from agent.services import build_services
from agent.settings import Settings
from agent.store import artifacts
from agent.store.views import JobView
from tests.e2e.cli import FOOTAGE
from tests.model_server import (
    MODEL,
    ModelServer,
    Said,
    asks_for_verdict,
    composes,
    finishes,
    is_for_plan,
    model_server,
    plans,
)
from tests.pool_sessions import reachable_folder
from tests.postgres import PostgresCluster
from tests.workers import Crew, browsers_below, crew

PROGRAM = f"""
composition.resize(320, 180);
const layer = await composition.add(new core.Layer());
await layer.add(new core.VideoClip(asset('{FOOTAGE.name}'), {{ range: [0, 1], width: '100%' }}));
"""
EDITS, PLANS = 5, 15
"""Jobs in real browsers, and jobs of several replies that need none."""
KILLS = 6
ROUNDS = 3
"""Replies to each request for a plan, of which all but the last are refused."""
LIMIT_S = 400
HEARTBEAT = {"ROUGHCUT_HEARTBEAT_S": "0.5", "ROUGHCUT_LEASE_S": "3"}


def mind(asked: dict) -> Said:
    """Plans badly at first, then well; writes, looks, ends. It takes its time, so that it can be cut off."""
    time.sleep(0.1)
    replies = sum(message["role"] == "assistant" for message in asked["messages"])
    if is_for_plan(asked):
        return plans("Do it.", tool="video_editor" if replies >= ROUNDS - 1 else "magic")
    return [composes(PROGRAM), asks_for_verdict(), finishes("done")][min(replies, 2)]


@pytest.fixture
def home():
    with reachable_folder() as folder:
        yield folder


@pytest.fixture
def server():
    with model_server() as server:
        server.mind = mind
        yield server


def environment_for(server: ModelServer, database_url: str) -> dict[str, str]:
    return {
        "ROUGHCUT_MODEL": MODEL,
        "ROUGHCUT_MODEL_BASE_URL": server.base_url,
        "ROUGHCUT_MODEL_API_KEY": "scripted",
        "ROUGHCUT_DATABASE_URL": database_url,
        "ROUGHCUT_SPEECH_MODEL": "/nowhere",
        **HEARTBEAT,
    }


async def submitted(service: Service, home: Path) -> list[JobView]:
    orders = [
        EditOrder(f"Show the first second ({number})", home / f"{number}.mp4", files=(FOOTAGE,))
        for number in range(EDITS)
    ]
    orders += [
        EditOrder(f"Think about it ({number})", home / f"plan-{number}.mp4", plan_only=True)
        for number in range(PLANS)
    ]
    return [await service.jobs.submit(NewJob(order)) for order in orders]


async def until(condition: Callable[[], Awaitable[object]], what: str) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not await condition():
        assert time.monotonic() < deadline_s, f"waited {LIMIT_S} s for {what}"
        await asyncio.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_every_job_is_done_once_whatever_dies(
    home: Path, server: ModelServer, postgres: PostgresCluster
):
    """20 jobs, three workers, six kills and a crash of the database: all completed, nothing paid twice."""
    url = postgres.new_database()
    settings = Settings(home=home, database_url=url, _env_file=None)

    async with open_service(build_services(settings)) as service:
        jobs = await submitted(service, home)
        with crew(3, home, **environment_for(server, url)) as workers:
            await _wreak_havoc(service, workers, postgres)
            await until(lambda: _all_ended(service, jobs), "every job to end")
            ended = [await service.jobs.get(job.id) for job in jobs]
            assert Counter(job.status for job in ended) == {JobStatus.COMPLETED: len(jobs)}, _told(ended)
            await until(lambda: _none(browsers_below(home)[len(workers.workers) :]), "spare browsers to end")
        await until(lambda: _none(browsers_below(home)), "every browser to end")
        made = [await service.database.run(lambda s, i=job.id: artifacts.of_job(s, i)) for job in ended]
        ends = [[event async for event in service.jobs.events(job.id)][-1].kind for job in ended]

    assert set(ends) == {"end"}
    videos = [sum(artifact.kind == "video" for artifact in of_job) for of_job in made]
    assert videos == [1] * EDITS + [0] * PLANS
    assert sorted(path.name for path in home.glob("*.mp4")) == [f"{number}.mp4" for number in range(EDITS)]
    _assert_paid_once(home, server, sum(job.attempt - 1 for job in ended))


async def _wreak_havoc(service: Service, workers: Crew, postgres: PostgresCluster) -> None:
    """Kills one worker after another, each time after something has gone on."""
    for number in range(KILLS):
        before = await _progress(service)
        await until(lambda before=before: _has_gone_on(service, before), "the jobs to go on")
        victim = workers.workers[number % len(workers.workers)]
        victim.kill()
        if number == KILLS // 2:
            await asyncio.to_thread(postgres.restart, "immediate")
        victim.start()


async def _progress(service: Service) -> int:
    return sum([1 async for _ in _replies(service)])


async def _replies(service: Service):
    for path in service.services.settings.home.glob("sessions/*/logs/*.jsonl"):
        for line in path.read_text().splitlines():
            yield line


async def _has_gone_on(service: Service, before: int) -> bool:
    return await _progress(service) >= before + 5


async def _all_ended(service: Service, jobs: list[JobView]) -> bool:
    return all([(await service.jobs.get(job.id)).has_ended for job in jobs])


async def _none(found: list[int]) -> bool:
    return not found


def _told(ended: list[JobView]) -> str:
    return "\n".join(f"{job.id} {job.status} {job.message}" for job in ended)


def _assert_paid_once(home: Path, server: ModelServer, takeovers: int) -> None:
    """Each reply is on record once. What was asked again is what a death cut off, under the same key."""
    recorded = Counter(
        json.loads(line)["question_sha256"] + path.name
        for path in home.glob("sessions/*/logs/*.jsonl")
        for line in path.read_text().splitlines()
    )
    asked = Counter(server.questions)
    repeated = sum(times - 1 for times in asked.values())

    assert set(recorded.values()) == {1}
    assert len(recorded) == EDITS * (ROUNDS + 3) + PLANS * ROUNDS == len(asked)
    assert repeated <= takeovers <= 2 * KILLS + 3
