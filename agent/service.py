"""All that runs jobs in this process, opened together: the database, the engine, the traces, the runner."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from agent.api.leftovers import clear_leftovers
from agent.domain import EventKind, JobEvent, JobStatus, Stage
from agent.engine import Engine, EngineOptions, open_engine
from agent.errors import Cancelled, Conflict
from agent.job_result import JobResult
from agent.jobs import Jobs, NewJob
from agent.order import EditOrder
from agent.runner import Runner
from agent.services import open_database
from agent.store import traces
from agent.store.database import Database
from agent.store.views import JobView
from agent.tracing import SpanRecord, start_tracing
from agent.workspace import Notify, Services

log = logging.getLogger(__name__)

LOCK = "jobs.lock"
HOLDER = "jobs.pid"
"""Beside the lock, as who waits for that one empties it."""
TURN_POLL_S = 0.2
_CLEAR_EVERY_S = 3600.0
_CLEAR_LIMIT_S = 10.0


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
        """Carries out a job that is known, here.

        Raises `Conflict` for one that is not to be carried out, and `Cancelled` when it is stopped.
        """
        with _naming_what_is_stopped(job), self.runner.watched(job.id, notify) as ended:
            try:
                await self.engine.run_here(job.id, job.leg)
            except asyncio.CancelledError:
                await self.runner.stop(job.id)
                raise
            if not ended.done():
                raise Conflict(f"Job {job.id} is not to be carried out: it has ended, or another has it.")
            return ended.result()

    async def go_on(self, job: JobView, notify: Notify) -> JobResult:
        """Goes on with a job whose process is gone, or that waits for one. The service has to adopt it.

        Raises `Cancelled` when it is stopped.
        """
        with _naming_what_is_stopped(job), self.runner.watched(job.id, notify) as ended:
            if job.status is JobStatus.PENDING:
                await self.engine.fetch(job.id, job.leg)
            try:
                return await asyncio.wrap_future(ended)
            except asyncio.CancelledError:
                await self.runner.stop(job.id)
                raise


async def edit_here(
    services: Services, order: EditOrder, *, notify: Notify, needs_approval: bool = False
) -> JobResult:
    """Carries one request out in a new session, in this process.

    What `refuse_order` and `refuse_standard` say comes before it.
    """
    async with open_service(services, waits=notify) as service:
        return await service.carry_out(NewJob(order, needs_approval=needs_approval), notify)


async def carry_on_here(
    services: Services, job_id: str, begin: Callable[..., JobView], *, notify: Notify
) -> JobResult:
    """Has *begin* make another leg of the job, and carries it out in this process."""
    async with open_service(services) as service:
        job = await service.database.run(partial(begin, job_id=job_id))
        return await service.carry_on(job, notify)


@asynccontextmanager
async def open_service(
    services: Services,
    *,
    works: bool = False,
    adopts: str | None = None,
    waits: Notify | None = None,
) -> AsyncIterator[Service]:
    """A process that runs jobs, closed at the end: what runs then is left for another.

    With *works* it takes jobs from the queue and from dead workers, and clears away what uploads leave; with
    *adopts* it takes only that job. On SQLite one process at a time runs jobs; raises `Conflict` while
    another does, with *waits* only when the other has not ended within `turn_timeout_s`.
    """
    settings = services.settings
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        if database.is_sqlite:
            limit_s = 0.0 if waits is None else settings.turn_timeout_s
            await stack.enter_async_context(_alone(settings.home, limit_s, waits))
        tracing = start_tracing(partial(_store_spans, database), settings)
        stack.push_async_callback(asyncio.to_thread, tracing.close)
        options = EngineOptions(
            works=works,
            adopts=adopts,
            jobs_per_worker=settings.jobs_per_worker,
            jobs_per_tenant=settings.jobs_per_tenant,
            beat_s=settings.heartbeat_s,
            lease_s=settings.lease_s,
            alone=database.is_sqlite,
        )
        runner = Runner(services, database, tracing, lambda: engine.executor_id)
        engine = await stack.enter_async_context(open_engine(database, runner, options))
        stack.push_async_callback(runner.leave_all)
        if works:
            stack.enter_context(_cleared(settings.home))
        yield Service(services, database, Jobs(database, settings.home, engine), engine, runner)


@contextmanager
def _cleared(home: Path) -> Iterator[None]:
    """Leftovers of uploads are removed now and every hour, in a thread: the heartbeat waits for no disk."""
    ending = threading.Event()

    def clear() -> None:
        while True:
            try:
                clear_leftovers(home)
            except OSError as exc:
                log.warning("leftovers not cleared", extra={"action": "clear_failed", "why": str(exc)})
            if ending.wait(_CLEAR_EVERY_S):
                return

    clearing = threading.Thread(target=clear, name="leftovers", daemon=True)
    clearing.start()
    try:
        yield
    finally:
        ending.set()
        clearing.join(_CLEAR_LIMIT_S)


@contextmanager
def _naming_what_is_stopped(job: JobView) -> Iterator[None]:
    """Whoever stops the command learns which job it was, and how it is begun anew."""
    try:
        yield
    except (asyncio.CancelledError, Cancelled) as exc:
        raise Cancelled(
            f"Job {job.id[:8]} of session {job.session_id} is kept as far as it came.",
            hint=f"`roughcut retry {job.id[:8]}` begins it anew.",
            job_id=job.id,
        ) from exc


@asynccontextmanager
async def _alone(home: Path, limit_s: float, notify: Notify | None) -> AsyncIterator[None]:
    lock, holder = FileLock(home / LOCK), home / HOLDER
    deadline_s = time.monotonic() + limit_s
    while not _acquired(lock):
        if time.monotonic() >= deadline_s:
            raise Conflict(
                f"Another roughcut process{_number_in(holder)} runs jobs in {home}.",
                hint="Wait for it, or set ROUGHCUT_HOME to another folder, or ROUGHCUT_DATABASE_URL to a "
                "PostgreSQL that many can share.",
            )
        if notify is not None:
            told = f"waiting for another roughcut process{_number_in(holder)} to end"
            notify(JobEvent(Stage.OPEN, told, kind=EventKind.STAGE))
        await asyncio.sleep(TURN_POLL_S)
    try:
        holder.write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _number_in(holder: Path) -> str:
    """The process that has the lock, as part of a sentence; empty while it has not said so."""
    try:
        return f" ({int(holder.read_text(encoding='utf-8'))})"
    except (OSError, ValueError):
        return ""


def _store_spans(database: Database, spans: Sequence[SpanRecord]) -> None:
    database.do(partial(traces.upsert, spans=spans))
