"""`roughcut worker`, and what can be done with jobs: list, cancel, resume, retry, approve."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from agent.errors import Conflict
from agent.plan_commands import job_called
from agent.running import Json, err, log_to_stderr, out, print_json, read_settings, report, run

if TYPE_CHECKING:
    from agent.service import Service
    from agent.store.views import JobView

Reference = Annotated[
    str,
    typer.Argument(metavar="JOB", help="A job's id or the start of it, or a session's folder or id."),
]
Limit = Annotated[int, typer.Option("-n", "--limit", min=1, help="How many at most.")]

IDLE_POLL_S = 0.5


def worker(
    once: Annotated[
        bool, typer.Option("--once", help="End when no job waits or runs, instead of waiting for more.")
    ] = False,
) -> None:
    """Carry out the jobs that wait in the database, and those whose worker has died.

    Any number of workers share a PostgreSQL (ROUGHCUT_DATABASE_URL) and the folder ROUGHCUT_HOME; without one
    a single process runs jobs on SQLite. Ctrl-C or SIGTERM leaves what runs to the next worker.
    """
    from agent.service import open_service
    from agent.services import build_services

    async def work() -> None:
        log_to_stderr()
        async with open_service(build_services(read_settings()), works=True) as service:
            err.print(f"Worker {service.engine.executor_id} takes jobs. Ctrl-C ends it.", highlight=False)
            await (drained(service) if once else stopped(service))

    run(work())


async def stopped(service: Service) -> None:
    """Returns when the process is asked to end, or can no longer prove to the others that it lives."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, asked.set)
    while not asked.is_set() and service.engine.healthy:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), IDLE_POLL_S)


async def drained(service: Service) -> None:
    """Returns when nothing waits or runs."""
    while await service.jobs.unfinished():  # noqa: ASYNC110  another process may have the last one
        await asyncio.sleep(IDLE_POLL_S)


def jobs(limit: Limit = 20, as_json: Json = False) -> None:
    """List the latest jobs: what was asked for, how far each is, what it cost."""
    from agent.job_table import job_figures, print_jobs
    from agent.services import open_database
    from agent.store import jobs as job_rows

    async def work() -> None:
        async with open_database(read_settings()) as database:
            found = await database.run(partial(job_rows.list_jobs, limit=limit), read_only=True)
        if as_json:
            print_json([job_figures(job) for job in found])
        else:
            print_jobs(out, found)

    run(work(), as_json=as_json)


def cancel(reference: Reference, as_json: Json = False) -> None:
    """Stop a job, wherever it runs: its render ends and its browser is closed within two seconds."""
    from agent.job_table import job_figures
    from agent.services import open_database
    from agent.store import jobs as job_rows

    async def work() -> None:
        async with open_database(read_settings()) as database:
            job = await job_called(database, reference)
            job = await database.run(partial(job_rows.request_cancel, job_id=job.id))
        said = f"it has ended: {job.status}" if job.has_ended else "its worker was asked to stop"
        if as_json:
            print_json(job_figures(job))
        else:
            out.print(f"Job {job.id[:8]}: {said}.", highlight=False)

    run(work(), as_json=as_json)


def resume(reference: Reference, as_json: Json = False) -> None:
    """Go on, here, with a job whose process is gone: what is on record is not done again.

    Example: after a crash `roughcut jobs` shows it as processing; `roughcut resume 3f2a` goes on with it.
    """

    async def work() -> None:
        job = await _meant(reference)
        _refuse_ended(job)
        with live_progress(err, quiet=as_json) as listener:
            async with open_service(build_services(read_settings()), adopts=job.id) as service:
                result = await service.go_on(job, listener)
        report(result, as_json=as_json)

    from agent.display import live_progress
    from agent.service import open_service
    from agent.services import build_services

    run(work(), as_json=as_json)


def retry(reference: Reference, as_json: Json = False) -> None:
    """Try a job that failed, was cancelled or needs a review once more, from its beginning."""
    from agent.store import jobs as job_rows

    _new_leg(reference, job_rows.retry, as_json=as_json)


def approve(reference: Reference, as_json: Json = False) -> None:
    """Say yes to the plan of a job that waits for it, and carry it out."""
    from agent.store import jobs as job_rows

    _new_leg(reference, job_rows.approve, as_json=as_json)


def _new_leg(reference: str, begin: Callable[..., JobView], *, as_json: bool) -> None:
    """Begins another leg of the job and carries it out here."""
    from agent.display import live_progress
    from agent.service import carry_on_here
    from agent.services import build_services

    async def work() -> None:
        job = await _meant(reference)
        with live_progress(err, quiet=as_json) as listener:
            services = build_services(read_settings())
            result = await carry_on_here(services, job.id, begin, notify=listener)
        report(result, as_json=as_json)

    run(work(), as_json=as_json)


async def _meant(reference: str) -> JobView:
    from agent.services import open_database

    async with open_database(read_settings()) as database:
        return await job_called(database, reference)


def _refuse_ended(job: JobView) -> None:
    if job.has_ended:
        raise Conflict(
            f"Job {job.id} has ended: {job.status}.",
            hint="`roughcut retry` begins it anew, if it did not succeed.",
        )
    if job.awaits_approval:
        raise Conflict(
            f"Job {job.id} waits for approval.", hint=f"Say yes with `roughcut approve {job.id[:8]}`."
        )
