"""All that runs jobs in this process, opened together: the database, the engine, the traces, the runner."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from agent.engine import Engine, EngineOptions, open_engine
from agent.errors import Conflict
from agent.job_result import JobResult
from agent.jobs import Jobs, NewJob
from agent.order import EditOrder, refuse_files, refuse_output
from agent.runner import Runner
from agent.settings import Settings
from agent.store import traces
from agent.store.database import Database, default_url
from agent.store.views import JobView
from agent.tracing import SpanRecord, start_tracing
from agent.workspace import Notify, Services

log = logging.getLogger(__name__)

LOCK = "jobs.lock"


@dataclass(frozen=True)
class Service:
    """What a process needs to take, run and follow jobs."""

    services: Services
    database: Database
    jobs: Jobs
    engine: Engine
    runner: Runner

    async def carry_out(self, new: NewJob, notify: Notify) -> JobResult:
        """Takes the job and carries it out here, whatever else waits. Raises what it fails with."""
        return await self.carry_on(await self.jobs.add(new), notify)

    async def carry_on(self, job: JobView, notify: Notify) -> JobResult:
        """Carries out a job that is known, or goes on with it, here."""
        self.runner.watchers[job.id] = notify
        try:
            await self.engine.run_here(job.id, job.leg)
        except asyncio.CancelledError:
            await self.runner.stop(job.id)
            raise
        finally:
            del self.runner.watchers[job.id]
        outcome = self.runner.outcomes.pop(job.id, None)
        if outcome is None:
            raise Conflict(
                f"Job {job.id} is not to be carried out here: it has ended, or another worker has it."
            )
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


async def edit_here(services: Services, order: EditOrder, *, notify: Notify) -> JobResult:
    """Carries one request out in a new session, in this process."""
    refuse_files(order)
    refuse_output(order)
    async with open_service(services) as service:
        return await service.carry_out(NewJob(order), notify)


def open_database(settings: Settings) -> Database:
    """Where sessions and jobs are kept, as the settings say."""
    settings.home.mkdir(parents=True, exist_ok=True)
    if settings.database_url is not None:
        return Database.open(settings.database_url.get_secret_value())
    return Database.open(default_url(settings.home))


@asynccontextmanager
async def open_service(services: Services, *, works: bool = False) -> AsyncIterator[Service]:
    """A process that runs jobs, closed at the end: what runs then is left for another.

    With *works* it takes jobs of others from the queue too. On SQLite one process at a time runs jobs; raises
    `Conflict` while another does.
    """
    settings = services.settings
    async with AsyncExitStack() as stack:
        database = await asyncio.to_thread(open_database, settings)
        stack.callback(database.close)
        if database.is_sqlite:
            stack.enter_context(_alone(settings.home))
        tracing = start_tracing(partial(_store_spans, database), settings)
        stack.push_async_callback(asyncio.to_thread, tracing.close)
        runner = Runner(services, database, tracing, lambda: engine.executor_id)
        engine = await stack.enter_async_context(
            open_engine(database, runner, _options(settings, works=works, alone=database.is_sqlite))
        )
        stack.push_async_callback(runner.leave_all)
        yield Service(services, database, Jobs(database, settings.home, engine), engine, runner)


def _options(settings: Settings, *, works: bool, alone: bool) -> EngineOptions:
    return EngineOptions(
        works=works,
        jobs_per_worker=settings.jobs_per_worker,
        jobs_per_tenant=settings.jobs_per_tenant,
        beat_s=settings.heartbeat_s,
        lease_s=settings.lease_s,
        alone=alone,
    )


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    lock = FileLock(home / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as exc:
        raise Conflict(
            f"Another roughcut process runs jobs in {home}.",
            hint="Wait for it, or set ROUGHCUT_HOME to another folder, or ROUGHCUT_DATABASE_URL to a "
            "PostgreSQL that many can share.",
        ) from exc
    try:
        yield
    finally:
        lock.release()


def _store_spans(database: Database, spans: Sequence[SpanRecord]) -> None:
    database.do(partial(traces.upsert, spans=spans))
