"""Workers and the database are killed again and again, and every job comes to its end, once."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from agent.domain import JobStatus
from agent.jobs import NewJob
from agent.order import EditOrder
from agent.service import open_service
from agent.services import build_services, open_database
from agent.settings import Settings
from agent.store import artifacts, events, jobs
from agent.store.database import Database, default_url
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
KILLS = 6
GOES_ON = 4
"""Replies between a death and the next."""
ROUNDS = 3
"""Replies to each request for a plan, of which all but the last are refused."""
LIMIT_S = 400
HEARTBEAT = {"ROUGHCUT_HEARTBEAT_S": "0.5", "ROUGHCUT_LEASE_S": "8"}


@dataclass(frozen=True)
class Scene:
    """How many processes do how many jobs: edits in real browsers, and plans, which need none."""

    workers: int
    edits: int
    plans: int


SHARED, ALONE = Scene(3, 5, 15), Scene(1, 2, 8)


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


async def submitted(settings: Settings, scene: Scene) -> list[str]:
    """The ids of the scene's jobs, which wait now."""
    home = settings.home
    orders = [
        EditOrder(f"Show the first second ({number})", home / f"{number}.mp4", files=(FOOTAGE,))
        for number in range(scene.edits)
    ]
    orders += [
        EditOrder(f"Think about it ({number})", home / f"plan-{number}.mp4", plan_only=True)
        for number in range(scene.plans)
    ]
    async with open_service(build_services(settings)) as service:
        return [(await service.jobs.submit(NewJob(order))).id for order in orders]


async def until(condition: Callable[[], Awaitable[object]], what: str) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not await condition():
        assert time.monotonic() < deadline_s, f"waited {LIMIT_S} s for {what}"
        await asyncio.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene", [SHARED, ALONE], ids=["postgresql", "sqlite"])
async def test_every_job_is_done_once_whatever_dies(
    home: Path, server: ModelServer, postgres: PostgresCluster, scene: Scene
):
    """20 jobs, three workers, six kills and a crash of the database: all completed, nothing paid twice.

    On SQLite the same with one process, which is all that runs jobs there.
    """
    url = postgres.new_database() if scene is SHARED else default_url(home)
    settings = Settings(home=home, database_url=url, _env_file=None)
    ids = await submitted(settings, scene)

    async with open_database(settings) as database:
        with crew(scene.workers, home, **environment_for(server, url)) as workers:
            await _wreak_havoc(home, workers, postgres.restart if scene is SHARED else None)
            await until(lambda: _all_ended(database, ids), "every job to end")
            ended = await _jobs(database, ids)
            assert Counter(job.status for job in ended) == {JobStatus.COMPLETED: len(ids)}, _told(ended)
            await until(lambda: _none(browsers_below(home)[scene.workers :]), "spare browsers to end")
        await until(lambda: _none(browsers_below(home)), "every browser to end")
        made = [await database.run(partial(artifacts.of_job, job_id=job_id)) for job_id in ids]
        told = [await database.run(partial(events.after, job_id=job_id)) for job_id in ids]

    assert {of_job[-1].kind for of_job in told} == {"end"}
    assert all(sum(event.kind == "end" for event in of_job) == 1 for of_job in told)
    videos = [sum(artifact.kind == "video" for artifact in of_job) for of_job in made]
    assert videos == [1] * scene.edits + [0] * scene.plans
    assert sorted(path.name for path in home.glob("*.mp4")) == [f"{n}.mp4" for n in range(scene.edits)]
    _assert_paid_once(home, server, scene, sum(job.attempt - 1 for job in ended))


async def _wreak_havoc(home: Path, workers: Crew, restart: Callable[[str], None] | None) -> None:
    """Kills one worker after another, each time after something has gone on."""
    for number in range(KILLS):
        before = _progress(home)
        await until(lambda before=before: _has_gone_on(home, before), "the jobs to go on")
        victim = workers.workers[number % len(workers.workers)]
        victim.kill()
        if restart is not None and number == KILLS // 2:
            await asyncio.to_thread(restart, "immediate")
        victim.start()


def _progress(home: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in home.glob("sessions/*/logs/*.jsonl"))


async def _has_gone_on(home: Path, before: int) -> bool:
    return _progress(home) >= before + GOES_ON


async def _jobs(database: Database, ids: list[str]) -> list[JobView]:
    return [await database.run(partial(jobs.get, job_id=job_id)) for job_id in ids]


async def _all_ended(database: Database, ids: list[str]) -> bool:
    return all(job.has_ended for job in await _jobs(database, ids))


async def _none(found: list[int]) -> bool:
    return not found


def _told(ended: list[JobView]) -> str:
    return "\n".join(f"{job.id} {job.status} {job.message}" for job in ended)


def _assert_paid_once(home: Path, server: ModelServer, scene: Scene, takeovers: int) -> None:
    """Each reply is on record once. What was asked again is what a death cut off, under the same key."""
    recorded = Counter(
        json.loads(line)["question_sha256"] + path.name
        for path in home.glob("sessions/*/logs/*.jsonl")
        for line in path.read_text().splitlines()
    )
    asked = Counter(server.questions)
    repeated = sum(times - 1 for times in asked.values())

    assert set(recorded.values()) == {1}
    assert len(recorded) == scene.edits * (ROUNDS + 3) + scene.plans * ROUNDS == len(asked)
    assert repeated <= takeovers <= 2 * KILLS + 3
