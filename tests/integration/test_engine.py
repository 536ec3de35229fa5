"""The engine on both databases, with jobs that need no browser: they end with their plan."""

import asyncio
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from agent import engine
from agent.domain import JobEvent, JobStatus, Stage
from agent.errors import Conflict, OutOfTime
from agent.jobs import NewJob
from agent.order import EditOrder
from agent.service import Service, open_service
from agent.services import build_services
from agent.settings import Settings
from agent.store import events, jobs
from agent.store.database import default_url
from agent.store.views import EventView, JobView
from tests.model_server import MODEL, ModelServer, Said, Silence, model_server, plans

LIMIT_S = 120


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def settings_for(home: Path, database_url: str, server: ModelServer, **others: object) -> Settings:
    known = {"home": home, "database_url": database_url, "heartbeat_s": 0.2, "jobs_per_worker": 4}
    endpoint = {"model": MODEL, "model_base_url": server.base_url, "model_api_key": "scripted"}
    return Settings(**{**known, **endpoint, **others}, _env_file=None)


def thought(folder: Path, number: int = 1) -> EditOrder:
    """A request that ends with its plan."""
    return EditOrder(f"Think about it ({number})", folder / f"{number}.mp4", plan_only=True)


async def until(condition: Callable[[], Awaitable[object]], what: str) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not await condition():
        assert time.monotonic() < deadline_s, f"waited {LIMIT_S} s for {what}"
        await asyncio.sleep(0.05)


async def test_a_job_that_was_never_queued_is_found(
    database_url: str, tmp_path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
):
    """Its asker died between writing the row and queueing it; a worker does that for him, once."""
    monkeypatch.setattr(engine, "_FORGOTTEN_JOB_S", 0.0)
    settings = settings_for(tmp_path / "home", database_url, server)

    async with open_service(build_services(settings), works=True) as service:
        job = await service.jobs.add(NewJob(thought(tmp_path)))

        async def has_ended() -> bool:
            return (await service.jobs.get(job.id)).has_ended

        await until(has_ended, "the job to end")
        ended = await service.jobs.get(job.id)

    assert (ended.status, ended.attempt) == (JobStatus.COMPLETED, 1)


async def test_what_a_model_without_a_price_cost_is_unknown(
    database_url: str, tmp_path: Path, server: ModelServer
):
    """Its tokens are counted, and nobody is told that they were free."""
    settings = settings_for(tmp_path / "home", database_url, server)

    async with open_service(build_services(settings)) as service:
        result = await service.carry_out(NewJob(thought(tmp_path)), lambda event: None)
        ended = await service.jobs.get(result.job_id)
        costs = [event.data["cost_usd"] async for event in _told(service, ended.id) if event.kind == "cost"]

    assert ended.tokens_in > 0
    assert ended.cost_usd is None
    assert set(costs) == {None}


async def test_many_jobs_wait_for_their_turn(database_url: str, tmp_path: Path, server: ModelServer):
    """All come to their end, each in one attempt, and at once those of a tenant that it may, and no more."""
    at_once: list[int] = []
    both_run = threading.Event()

    def waits_for_both(asked: dict) -> Said:
        assert both_run.wait(LIMIT_S)
        return plans("Do it.")

    server.mind = waits_for_both
    settings = settings_for(tmp_path / "home", database_url, server, jobs_per_tenant=2)

    async with open_service(build_services(settings), works=True) as service:
        asked = [await service.jobs.submit(NewJob(thought(tmp_path, number))) for number in range(24)]

        async def two_run() -> bool:
            return service.runner.busy == 2

        async def all_ended() -> bool:
            at_once.append(service.runner.busy)
            return await service.jobs.unfinished() == 0

        await until(two_run, "two jobs to run at once")
        both_run.set()
        await until(all_ended, "the jobs to end")
        ended = [await service.jobs.get(job.id) for job in asked]

    assert {(job.status, job.attempt) for job in ended} == {(JobStatus.COMPLETED, 1)}
    assert len(server.asked_to_plan()) == len(asked)
    assert max(at_once) <= 2


async def test_calls_of_the_model_are_counted_over_all_jobs(
    database_url: str, tmp_path: Path, server: ModelServer
):
    """With the minute's calls used up a job waits, and can be cancelled while it does."""
    settings = settings_for(tmp_path / "home", database_url, server, model_calls_per_minute=1)
    server.plans.append(plans("Do it."))

    async with open_service(build_services(settings), works=True) as service:
        first = await service.jobs.submit(NewJob(thought(tmp_path, 1)))

        async def first_ended() -> bool:
            return (await service.jobs.get(first.id)).has_ended

        await until(first_ended, "the first job")
        second = await service.jobs.submit(NewJob(thought(tmp_path, 2)))

        async def is_planning() -> bool:
            return any([event.kind == "stage" async for event in _told(service, second.id)])

        await until(is_planning, "the second job to plan")
        await service.jobs.cancel(second.id)

        async def second_ended() -> bool:
            return (await service.jobs.get(second.id)).has_ended

        await until(second_ended, "the second job to end")
        ended = await service.jobs.get(second.id)

    assert ended.status is JobStatus.CANCELLED
    assert len(server.asked_to_plan()) == 1


@pytest.mark.parametrize("stage", [Stage.PLAN, Stage.COMPOSE])
async def test_a_stage_that_takes_too_long_ends_the_job(tmp_path: Path, server: ModelServer, stage: Stage):
    """It has failed, and is told which stage and what to set."""
    server.plans += [Silence(LIMIT_S)] if stage is Stage.PLAN else []
    server.play(Silence(LIMIT_S))
    limited = settings_for(tmp_path, default_url(tmp_path), server, stage_timeout_s=3)

    job = await out_of_time(limited, f"The stage {stage} did not end within 3 s.")

    assert "ROUGHCUT_STAGE_TIMEOUT_S" in job.hint


async def test_a_job_that_takes_too_long_has_failed(tmp_path: Path, server: ModelServer):
    """Whatever it is at; no stage of it has a limit that short."""
    server.plans.append(Silence(LIMIT_S))
    limited = settings_for(tmp_path, default_url(tmp_path), server, job_timeout_s=3)

    job = await out_of_time(limited, "The job was not done within 3 s.")

    assert "ROUGHCUT_JOB_TIMEOUT_S" in job.hint


async def out_of_time(limited: Settings, told: str) -> JobView:
    """The record of a job without footage, after it has ended like that."""
    order = EditOrder("Show a title", limited.home / "out.mp4")
    async with open_service(build_services(limited)) as service:
        with pytest.raises(OutOfTime, match=re.escape(told)):
            await service.carry_out(NewJob(order), lambda event: None)
        (job,) = await service.database.run(jobs.list_jobs)
    assert (job.status, job.message) == (JobStatus.FAILED, told)
    return job


async def _told(service: Service, job_id: str) -> AsyncIterator[EventView]:
    for event in await service.database.run(partial(events.after, job_id=job_id)):
        yield event


async def test_one_process_at_a_time_runs_jobs_on_sqlite(tmp_path: Path, server: ModelServer):
    """The second is told what to do instead."""
    services = build_services(Settings(home=tmp_path, _env_file=None))

    async with open_service(services):
        with pytest.raises(Conflict, match="Another roughcut process"):
            async with open_service(services):
                pass


async def test_an_edit_waits_for_its_turn_on_sqlite(tmp_path: Path):
    """It is told which process it waits for, and goes on once that one has ended."""
    services = build_services(Settings(home=tmp_path, _env_file=None))
    told: list[JobEvent] = []

    async def in_turn() -> None:
        async with open_service(services, waits=told.append):
            pass

    async def is_told() -> bool:
        return bool(told)

    async with open_service(services):
        waiting = asyncio.create_task(in_turn())
        await until(is_told, "the second to wait")
        assert str(os.getpid()) in told[0].message
        assert not waiting.done()
    async with asyncio.timeout(LIMIT_S):
        await waiting


async def test_nobody_waits_for_ever_for_his_turn(tmp_path: Path):
    """After the time that the settings give it an edit is refused as others are at once."""
    services = build_services(Settings(home=tmp_path, turn_timeout_s=0.3, _env_file=None))

    async with open_service(services):
        with pytest.raises(Conflict, match=rf"Another roughcut process \({os.getpid()}\)"):
            async with open_service(services, waits=lambda event: None):
                pass
