"""One worker's run at a job: takes it over, watches for reasons to stop, and keeps how it ended."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from agent.domain import JobEvent, JobStatus
from agent.errors import Cancelled, NotFound, RoughcutError, Superseded
from agent.event_log import EventLog, kept_events
from agent.job_result import JobResult
from agent.jobs import order_of
from agent.recording import give_up
from agent.steps import Attempt, Steps
from agent.store import jobs
from agent.store.database import Database
from agent.store.fence import Fence
from agent.store.session_store import SessionStore
from agent.store.views import JobView
from agent.tracing import Tracing, new_trace_id
from agent.workflow import carry_out, run_job
from agent.workspace import Notify, Services, Workspace

log = logging.getLogger(__name__)

WATCH_S = 0.5
"""How often a running job looks whether it is to stop: a cancellation is heeded within two seconds."""
_STOP_TIMEOUT_S = 30.0


class Runner:
    """Carries legs of jobs out as the engine asks for it; each has its own page, log and trace."""

    def __init__(
        self, services: Services, database: Database, tracing: Tracing, executor_id: Callable[[], str]
    ) -> None:
        self.opened: dict[str, Workspace] = {}
        """Sessions whose page is open already, for jobs of a conversation."""
        self._services = services
        self._database = database
        self._tracing = tracing
        self._executor_id = executor_id
        self._runs: dict[Fence, _Run] = {}
        self._watchers: dict[str, _Watcher] = {}

    async def __call__(self, job_id: str, leg: int, steps: Steps) -> None:
        """Carries the leg out to its end; how it ended is in the job's row."""
        try:
            job, fence = await self._claim(job_id, leg)
        except (Superseded, NotFound) as exc:
            log.info("job not taken", extra={"action": "job_not_taken", "job_id": job_id, "why": str(exc)})
            return
        run = _Run(Attempt(steps))
        self._runs[fence] = run
        try:
            async with kept_events(self._database, fence) as events:
                outcome = await self._watched(run, self._carry(job, fence, run.attempt, events), fence)
        finally:
            del self._runs[fence]
            run.ended.set_result(None)
        if job_id in self._watchers:
            self._watchers[job_id].tell(outcome)
        if run.left:
            # For the engine the leg goes on: it is this process that ends.
            await asyncio.Event().wait()

    @contextmanager
    def watched(self, job_id: str, notify: Notify) -> Iterator[concurrent.futures.Future[JobResult]]:
        """Has *notify* told what happens in a job that runs here; the future is how it ends."""
        watcher = _Watcher(notify)
        self._watchers[job_id] = watcher
        try:
            yield watcher.ended
        finally:
            del self._watchers[job_id]

    async def leave_all(self) -> None:
        """Leaves every job that runs here to another worker, with its browser closed."""
        running = list(self._runs.values())
        for run in running:
            run.left = True
        await _stopped(running, None, "the worker stops")

    async def stop(self, job_id: str) -> None:
        """Ends the job as stopped by a person; returns when it has."""
        running = [run for fence, run in self._runs.items() if fence.job_id == job_id]
        await _stopped(running, JobStatus.CANCELLED, "stopped by the user")

    @property
    def busy(self) -> int:
        """How many jobs run here."""
        return len(self._runs)

    async def _claim(self, job_id: str, leg: int) -> tuple[JobView, Fence]:
        claim = partial(jobs.claim, job_id=job_id, executor=self._executor_id(), leg=leg)
        fence = await self._database.run(claim)
        return await self._database.run(partial(jobs.get, job_id=job_id)), fence

    async def _carry(self, job: JobView, fence: Fence, attempt: Attempt, events: EventLog) -> JobResult:
        settings = self._services.settings
        watcher = self._watchers.get(job.id)
        notify = partial(_tell, (events,) if watcher is None else (watcher.notify, events))
        with self._tracing.job_trace(job.id, job.trace_id or new_trace_id(), attempt=fence.attempt):
            open_here = self.opened.get(job.session_id)
            if open_here is not None:
                open_here.take_up(open_here.store.for_job(fence, events.flush), attempt, notify)
                return await carry_out(open_here, job, order_of(job))
            session = await asyncio.to_thread(
                SessionStore.open, self._database, settings.home, job.session_id
            )
            store = session.for_job(fence, events.flush)
            if fence.attempt > settings.job_attempts:
                raise await asyncio.to_thread(give_up, store, job)
            return await run_job(self._services, store, job, order_of(job), attempt, notify=notify)

    async def _watched(
        self, run: _Run, work: Coroutine[object, object, JobResult], fence: Fence
    ) -> JobResult | BaseException:
        """How the run ended; it is stopped when somebody asks for it, in time, or when another has it."""
        run.task = asyncio.ensure_future(work)
        watch = asyncio.create_task(self._watch(run, fence))
        try:
            return await asyncio.shield(run.task)
        except asyncio.CancelledError as exc:
            run.stop(run.attempt.stopped_as, run.attempt.stopped_why)
            await asyncio.wait([run.task], timeout=_STOP_TIMEOUT_S)
            return exc
        except Exception as exc:  # noqa: BLE001  it is on record, and raised again where somebody waits
            if isinstance(exc, Superseded):
                _log_superseded(fence, str(exc))
            return exc
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch

    async def _watch(self, run: _Run, fence: Fence) -> None:
        limit_s = self._services.settings.job_timeout_s
        deadline_s = time.monotonic() + limit_s
        while True:
            await asyncio.sleep(WATCH_S)
            if time.monotonic() > deadline_s:
                run.stop(JobStatus.FAILED, f"The job was not done within {limit_s:g} s.")
                return
            try:
                job = await self._database.run(partial(jobs.get, job_id=fence.job_id), read_only=True)
            except RoughcutError as exc:
                log.warning("watch failed", extra={"action": "watch_failed", "why": str(exc)})
                continue
            if job.attempt != fence.attempt:
                _log_superseded(fence, f"attempt {job.attempt} is {job.owner}'s")
                run.stop(None, "another worker has it")
                return
            if job.cancel_requested_at is not None:
                run.stop(JobStatus.CANCELLED, "stopped by the user")
                return


async def _stopped(running: Sequence[_Run], status: JobStatus | None, why: str) -> None:
    """Returns when they have come to that end, or will not in time."""
    for run in running:
        run.stop(status, why)
    if running:
        await asyncio.wait([asyncio.wrap_future(run.ended) for run in running], timeout=_STOP_TIMEOUT_S)


def _log_superseded(fence: Fence, why: str) -> None:
    log.warning("superseded", extra={"action": "superseded", "job_id": fence.job_id, "why": why})


@dataclass
class _Run:
    """A job that runs here, in whichever event loop the engine has for it."""

    attempt: Attempt
    task: asyncio.Future[JobResult] | None = None
    left: bool = False
    """Whether another worker is to go on with it."""
    ended: concurrent.futures.Future[None] = field(default_factory=concurrent.futures.Future)

    def stop(self, status: JobStatus | None, why: str) -> None:
        """Ends it as that; None: not at all, as far as the record is concerned. For any thread."""
        self.attempt.stopped_as, self.attempt.stopped_why = status, why
        if self.task is not None:
            self.task.get_loop().call_soon_threadsafe(self.task.cancel)


@dataclass(frozen=True)
class _Watcher:
    """Somebody in this process who waits for a job to end."""

    notify: Notify
    ended: concurrent.futures.Future[JobResult] = field(default_factory=concurrent.futures.Future)

    def tell(self, outcome: JobResult | BaseException) -> None:
        if isinstance(outcome, asyncio.CancelledError):
            self.ended.set_exception(Cancelled("The job was stopped."))
        elif isinstance(outcome, BaseException):
            self.ended.set_exception(outcome)
        else:
            self.ended.set_result(outcome)


def _tell(listeners: tuple[Notify, ...], event: JobEvent) -> None:
    for listener in listeners:
        listener(event)
