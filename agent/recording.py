"""How a job's beginning and its end get on record, whatever ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from agent.domain import JobStatus
from agent.errors import BadInput, Cancelled, OutOfTime, RoughcutError, StoreFailed, Superseded
from agent.order import EditOrder
from agent.store.job_log import logged_to
from agent.store.session_folder import JobRecord
from agent.store.session_store import SessionStore
from agent.store.views import JobView, now
from agent.workspace import Workspace

log = logging.getLogger(__name__)

_MORE_TIME = "Give it more with ROUGHCUT_JOB_TIMEOUT_S and `roughcut retry` it, or ask for less at once."


def begun(workspace: Workspace, job_id: str, order: EditOrder) -> JobRecord:
    """The job's record: as an earlier run left it, else a new one, which is kept."""
    folder, services = workspace.folder, workspace.services
    known = next((record for record in folder.history.jobs if record.job_id == job_id), None)
    if known is not None:
        return replace(known, status=JobStatus.PROCESSING, ended_at=None)
    return JobRecord(
        job_id=job_id,
        request=order.request,
        model=services.model_name,
        started_at=now(),
        status=JobStatus.PROCESSING,
        export=order.export,
        max_steps=services.limits.steps,
        max_rounds=services.limits.rounds,
        marked=services.settings.core_license_key is None,
        previous_composition=folder.current_composition,
        surveyed=services.surveys,
    )


@contextmanager
def on_record(workspace: Workspace, job: JobRecord) -> Iterator[None]:
    """Whatever ends the job early is in its record and its log before the caller hears of it.

    A run that is stopped so that another goes on with the job leaves the record as it is.
    """
    store = workspace.store
    with logged_to(store.folder.log_path(job.job_id), job.job_id):
        log.info("job started", extra={"action": "job_started", "request": job.request, "model": job.model})
        try:
            yield
        except Superseded:
            raise
        except (Cancelled, asyncio.CancelledError):
            status, why = workspace.attempt.stopped_as, workspace.attempt.stopped_why
            if status is None:
                log.info("job left to another worker", extra={"action": "job_left", "why": why})
                raise
            if status is JobStatus.FAILED:
                late = OutOfTime(why, hint=_MORE_TIME)
                _end_early(store, job.job_id, status, late)
                raise late from None
            _end_early(store, job.job_id, status, Cancelled(why))
            raise
        except Exception as exc:
            exc.add_note(f"Session: {store.folder.root}")
            _end_early(store, job.job_id, JobStatus.FAILED, exc)
            raise
        log.info("job ended", extra={"action": "job_ended", "status": store.folder.job(job.job_id).status})


def give_up(store: SessionStore, job: JobView) -> RoughcutError:
    """Ends a job that has brought down every worker that took it; the error that says so."""
    error = OutOfTime(
        f"The job was begun {job.attempt - 1} times and never came to an end.",
        hint="See its log and trace for what it was doing; `roughcut retry` begins it anew.",
    )
    _end_early(store, job.id, JobStatus.FAILED, error)
    return error


def _end_early(store: SessionStore, job_id: str, status: JobStatus, error: Exception) -> None:
    why = str(error) or repr(error)
    log.log(
        _level(status, error),
        "job ended early",
        extra={"action": "job_ended", "job_id": job_id, "status": status, "why": why},
        exc_info=None if isinstance(error, RoughcutError) else error,
    )
    # The first failure is the one to tell, also when the disk is too full to note it.
    with suppress(StoreFailed):
        hint = error.hint if isinstance(error, RoughcutError) else ""
        store.end_job(job_id, status, why, hint=hint, error={"type": type(error).__name__})


def _level(status: JobStatus, error: Exception) -> int:
    """No error of ours is what a person did: he stopped the job, or asked for what cannot be."""
    if status is JobStatus.CANCELLED:
        return logging.INFO
    return logging.WARNING if isinstance(error, BadInput) else logging.ERROR
