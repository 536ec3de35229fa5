"""Workers on one PostgreSQL: one that sleeps, one that is asked to stop, one whose job is cancelled."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain import EventKind, JobStatus, Stage
from agent.jobs import NewJob
from agent.order import EditOrder
from agent.service import Service, open_service
from agent.services import build_services
from agent.settings import Settings
from agent.store import artifacts, events
from agent.store.views import EventView, JobView
from tests.e2e.cli import FOOTAGE
from tests.e2e.test_chaos import PROGRAM, environment_for, mind
from tests.model_server import ModelServer, Said, composes, model_server
from tests.pool_sessions import reachable_folder
from tests.workers import Crew, browsers_below, crew

LIMIT_S = 120
LONG_PROGRAM = f"""
composition.resize(1280, 720);
const layer = await composition.add(new core.Layer({{ mode: 'SEQUENTIAL' }}));
for (let n = 0; n < 4; n++)
  await layer.add(new core.VideoClip(asset('{FOOTAGE.name}'), {{ range: [0, 5], width: '100%' }}));
"""
"""Takes far longer to render than a worker to hear of its job."""


def long_winded(asked: dict) -> Said:
    """As `mind`, with the long program."""
    said = mind(asked)
    return composes(LONG_PROGRAM) if said == composes(PROGRAM) else said


@dataclass(frozen=True)
class Shop:
    """A service that takes jobs, and two workers that carry them out."""

    service: Service
    workers: Crew
    home: Path
    server: ModelServer

    async def submit(self, request: str = "Show the first second") -> JobView:
        order = EditOrder(request, self.home / "out.mp4", files=(FOOTAGE,))
        return await self.service.jobs.submit(NewJob(order))

    async def view(self, job: JobView) -> JobView:
        return await self.service.jobs.get(job.id)

    async def busy(self, job: JobView) -> int:
        """Which worker has the job, once its composition has been written."""
        await self.told(job, composes_now)
        owner = (await self.view(job)).owner or ""
        pids = [str(worker.process.pid) for worker in self.workers.workers if worker.process]
        return pids.index(owner.split("-")[-2])

    async def ended(self, job: JobView) -> JobView:
        await self.told(job, is_end)
        return await self.view(job)

    async def told(self, job: JobView, awaited: Callable[[EventView], bool]) -> None:
        """Returns once such an event of the job has been told."""

        async def is_told() -> bool:
            told = await self.service.database.run(lambda session: events.after(session, job.id))
            return any(map(awaited, told))

        await until(is_told, awaited.__name__)


def composes_now(event: EventView) -> bool:
    return event.kind == EventKind.CODE


def renders_now(event: EventView) -> bool:
    return event.data.get("stage") == Stage.RENDER and event.data.get("message") == "picture"


def is_end(event: EventView) -> bool:
    return event.kind == EventKind.END


@pytest_asyncio.fixture
async def shop(postgres_url: str) -> AsyncIterator[Shop]:
    with reachable_folder() as home, model_server() as server:
        server.mind = mind
        settings = Settings(home=home, database_url=postgres_url, _env_file=None)
        async with open_service(build_services(settings)) as service:
            with crew(2, home, **environment_for(server, postgres_url)) as workers:
                yield Shop(service, workers, home, server)


async def until(condition: Callable[[], Awaitable[object]], what: str) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not await condition():
        assert time.monotonic() < deadline_s, f"waited {LIMIT_S} s for {what}"
        await asyncio.sleep(0.05)


async def test_a_worker_that_wakes_up_too_late_is_refused(shop: Shop):
    """While it sleeps another takes the job over and ends it; what the sleeper has is not written."""
    job = await shop.submit()
    sleeper = shop.workers.workers[await shop.busy(job)]

    sleeper.suspend()
    ended = await shop.ended(job)
    sleeper.wake()
    await until(lambda: _said(sleeper.log, "superseded"), "the sleeper to notice")
    again = await shop.view(job)

    assert ended.status is JobStatus.COMPLETED
    assert ended.attempt >= 2
    assert again == ended
    made = await shop.service.database.run(lambda session: artifacts.of_job(session, job.id))
    assert [artifact.kind for artifact in made].count("video") == 1


async def test_a_worker_that_is_asked_to_stop_leaves_its_job_to_another(shop: Shop):
    """It ends with code 0 and no browser; the job is not cancelled, it goes on."""
    job = await shop.submit()
    number = await shop.busy(job)

    code = await asyncio.to_thread(shop.workers.workers[number].end)
    ended = await shop.ended(job)

    assert code == 0
    assert ended.status is JobStatus.COMPLETED, ended.message
    assert ended.attempt >= 2


@pytest.mark.parametrize("moment", [composes_now, renders_now])
async def test_a_job_is_cancelled_wherever_it_runs(shop: Shop, moment: Callable[[EventView], bool]):
    """Its record says so, nothing is delivered, its browser is gone, and the worker takes the next job."""
    shop.server.mind = long_winded
    job = await shop.submit("Show all of it again and again")
    await shop.told(job, moment)

    await shop.service.jobs.cancel(job.id)
    ended = await shop.ended(job)

    assert ended.status is JobStatus.CANCELLED
    await until(lambda: _none(browsers_below(shop.home)), "the browser to end")
    assert not [*shop.home.glob("*.mp4"), *shop.home.glob("sessions/*/outputs/*")]
    shop.server.mind = mind
    following = await shop.ended(await shop.submit())
    assert following.status is JobStatus.COMPLETED


async def _none(found: list[int]) -> bool:
    return not found


async def _said(log: Path, word: str) -> bool:
    return word in log.read_text()
