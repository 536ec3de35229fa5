"""Durable execution: the only module that imports DBOS.

A workflow is one leg of a job. Its steps are recorded in the job's database, so that a worker that takes a
leg over does again only the step that was under way. Dead workers are found by their heartbeat, on the
database's clock; the open-source part of DBOS does not look for them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

from dbos import (
    DBOS,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    SetWorkflowID,
    WorkflowHandleAsync,
)
from dbos._dbos import _get_dbos_instance
from pydantic import JsonValue
from sqlalchemy.exc import SQLAlchemyError

from agent.outcomes import NoOutcome, outcome_of, outcome_of_blocking, revealed
from agent.steps import Steps
from agent.store import executors, jobs
from agent.store.database import Database
from agent.store.faults import translated
from agent.tools.bridge import in_own_thread

log = logging.getLogger(__name__)

APPLICATION = "roughcut"
STEP_ORDER = "roughcut-1"
"""Raised when the order of the steps changes: a job that began under another order waits for its own kind."""
QUEUE = "roughcut_jobs"
RECOVERED = "roughcut_recovered"
"""Where jobs go on that a command had begun by itself."""
WORKFLOW = "roughcut_job"

_FORGOTTEN_JOB_S = 30.0
_FORGOTTEN_EXECUTOR_S = 24 * 3600.0

Carry = Callable[[str, int, Steps], Awaitable[None]]
"""Carries one leg of a job out: job id, leg, steps. Keeps its own account of failures."""


@dataclass(frozen=True)
class EngineOptions:
    """How much runs at once, and how soon a silent worker counts as dead."""

    works: bool = False
    """Whether jobs are taken from the queue, and over from dead workers."""
    adopts: str | None = None
    """The id of a job that is gone on with here, though nothing else is taken."""
    jobs_per_worker: int = 1
    jobs_per_tenant: int = 4
    beat_s: float = 5.0
    lease_s: float = 30.0
    poll_s: float = 0.5
    alone: bool = False
    """Whether no other process runs jobs on this database, so that whoever did before is dead."""


class DurableSteps:
    """The steps of the workflow in whose context they are called, also from a thread with that context."""

    async def run(self, name: str, work: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """What *work* returns, or returned when this step was first done."""
        try:
            return revealed(await DBOS.run_step_async({"name": name}, partial(_awaited, work)))
        except NoOutcome as exc:
            raise exc.why from exc

    def run_blocking(self, name: str, work: Callable[[], JsonValue]) -> JsonValue:
        """As `run`, for the thread in which the agent runs."""
        try:
            return revealed(DBOS.run_step({"name": name}, partial(outcome_of_blocking, work)))
        except NoOutcome as exc:
            raise exc.why from exc


async def _awaited(work: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
    return await outcome_of(work)


class Engine:
    """Use `open_engine`. One a process: DBOS keeps its state in the module."""

    def __init__(self, database: Database, carry: Carry, executor_id: str, options: EngineOptions) -> None:
        self.executor_id = executor_id
        self._database = database
        self._carry = carry
        self._options = options
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self.healthy = True
        """False once this process cannot prove that it lives: others may have taken its jobs over."""

    async def run_here(self, job_id: str, leg: int) -> None:
        """Carries the leg out in this process and event loop; returns when it has ended."""
        handle: WorkflowHandleAsync[None]
        with self._translated():
            with SetWorkflowID(workflow_id(job_id, leg)):
                handle = await DBOS.start_workflow_async(_job, job_id, leg)
            await handle.get_result()

    async def enqueue(self, job_id: str, leg: int, tenant: str) -> None:
        """Leaves the leg to whichever worker is free. The same leg twice is one."""
        await asyncio.to_thread(_enqueue, job_id, leg, tenant)

    async def fetch(self, job_id: str, leg: int) -> None:
        """Takes a leg that waits in the queue out of its turn, to a process that adopts it."""
        await DBOS.resume_workflow_async(workflow_id(job_id, leg), queue_name=RECOVERED)

    def start(self) -> None:
        """Tells the others that this process lives, then takes work."""
        self._beat()
        with self._translated():
            _launch(self._database, self.executor_id, self._options)
        self._keeper.start()

    def stop(self) -> None:
        """Ends the heartbeat; what still runs here is another's from now on."""
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=0)
        self._database.do(partial(executors.drop, executor_id=self.executor_id))

    async def carry(self, job_id: str, leg: int) -> None:
        """What the workflow does."""
        await self._carry(job_id, leg, DurableSteps())

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """DBOS lets errors of the database through as they are."""
        try:
            yield
        except SQLAlchemyError as exc:
            raise translated(exc, self._database.url) from exc

    def _keep(self) -> None:
        """Beats, and takes over from those who do not. Failures are told: a silent keeper strands jobs."""
        last_s = time.monotonic()
        while not self._stopping.wait(self._options.beat_s):
            try:
                self._beat()
                last_s = time.monotonic()
                self.healthy = True
                if self._options.works or self._options.adopts:
                    self._take_over()
                if self._options.works:
                    self._enqueue_forgotten()
                    self._database.do(partial(executors.prune, older_than_s=_FORGOTTEN_EXECUTOR_S))
            except Exception as exc:  # noqa: BLE001  whatever fails, the next beat is tried
                log.error("keeper failed", extra={"action": "keeper_failed", "why": str(exc)})
                self.healthy = time.monotonic() - last_s < self._options.lease_s

    def _enqueue_forgotten(self) -> None:
        """Queues jobs whose asker died between writing the row and queueing it."""
        forgotten = self._database.do(partial(jobs.pending_for, least_s=_FORGOTTEN_JOB_S), read_only=True)
        if not forgotten:
            return
        waiting = DBOS.list_workflows(status="ENQUEUED", name=WORKFLOW, load_input=False, load_output=False)
        known = {found.workflow_id for found in waiting}
        for job in forgotten:
            if workflow_id(job.id, job.leg) not in known:
                _enqueue(job.id, job.leg, job.tenant)

    def _beat(self) -> None:
        beat = partial(
            executors.beat, executor_id=self.executor_id, host=socket.gethostname(), pid=os.getpid()
        )
        self._database.do(beat)

    def _take_over(self) -> None:
        """Puts the running jobs of dead executors back into a queue; of racing workers one succeeds."""
        pending = DBOS.list_workflows(
            status="PENDING",
            name=WORKFLOW,
            workflow_id_prefix=self._options.adopts,
            load_input=False,
            load_output=False,
        )
        owners = {found.executor_id for found in pending if found.executor_id} - {self.executor_id}
        if not owners:
            return
        live = set(self._database.do(partial(executors.live, lease_s=self._options.lease_s)))
        dead = sorted(owners - (set() if self._options.alone else live))
        for found in pending:
            if found.executor_id in dead and _reenqueue(found.workflow_id, dead):
                log.warning(
                    "job taken over",
                    extra={"action": "taken_over", "workflow": found.workflow_id, "from": found.executor_id},
                )


@asynccontextmanager
async def open_engine(database: Database, carry: Carry, options: EngineOptions) -> AsyncIterator[Engine]:
    """An engine at work; at the end its jobs that still run are left for others."""
    global _engine
    engine = Engine(database, carry, _executor_id(), options)
    _engine = engine
    try:
        await asyncio.to_thread(engine.start)
        yield engine
    finally:
        try:
            # Not in the loop's pool: DBOS made that its own, and ends it.
            await in_own_thread(engine.stop)
        finally:
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
            _engine = None


def workflow_id(job_id: str, leg: int) -> str:
    """How DBOS knows the leg of a job."""
    return f"{job_id}:{leg}"


_engine: Engine | None = None


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=1000)
async def _job(job_id: str, leg: int) -> None:
    """Attempts are counted in the job's row, where people see them."""
    assert _engine is not None, "DBOS runs workflows only while an engine is open"
    await _engine.carry(job_id, leg)


def _launch(database: Database, executor_id: str, options: EngineOptions) -> None:
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": _url(database),
        "executor_id": executor_id,
        "application_version": STEP_ORDER,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "ERROR",
    }
    DBOS(config=config)
    queues = [QUEUE, RECOVERED] if options.works else [RECOVERED] if options.adopts else []
    DBOS.listen_queues(queues)
    DBOS.launch()
    for queue in queues:
        DBOS.register_queue(
            queue,
            worker_concurrency=options.jobs_per_worker,
            partition_concurrency=options.jobs_per_tenant if queue == QUEUE else None,
            polling_interval_sec=options.poll_s,
        )


def _enqueue(job_id: str, leg: int, tenant: str) -> None:
    options: EnqueueOptions = {
        "queue_name": QUEUE,
        "workflow_name": WORKFLOW,
        "workflow_id": workflow_id(job_id, leg),
        "app_version": STEP_ORDER,
        "queue_partition_key": tenant,
    }
    DBOS.enqueue_workflow_with_options(options, job_id, leg)


def _reenqueue(found: str, dead: list[str]) -> bool:
    """The one private call: DBOS compares status and owner and sets both, so that racing workers are safe."""
    return _get_dbos_instance()._sys_db.reenqueue_for_recovery(found, dead, RECOVERED)


def _url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def _executor_id() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
