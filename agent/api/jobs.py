"""`/v1/jobs`: ask for an edit, look at it, stop it, say yes to its plan, try it again."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from agent.api.auth import CallerOf
from agent.api.callers import room_for_job
from agent.api.parts import BaseUrl, JobId, Served
from agent.api.responses import CONFLICT, FAULTS, QUOTA
from agent.api.schemas import (
    MAX_ROWS,
    ROW_ID,
    SESSION_ID,
    JobBody,
    JobList,
    JobRequest,
    PlanBody,
    PlanList,
    SpanBody,
    Trace,
    VerdictBody,
    VerdictList,
)
from agent.api.submitting import IdempotencyKey, submit
from agent.api.views import job_bodies, job_body
from agent.domain import JobStatus
from agent.store import jobs as job_rows
from agent.store import plans, traces, verdicts

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], responses=FAULTS)

_NOT_NOW: dict[int | str, dict[str, Any]] = {409: CONFLICT}  # Any: as in responses.py


@router.post("", status_code=202, responses={409: CONFLICT, 429: QUOTA})
async def ask(
    body: JobRequest,
    response: Response,
    served: Served,
    by: CallerOf,
    base_url: BaseUrl,
    idempotency_key: IdempotencyKey = None,
) -> JobBody:
    """Ask for an edit. It waits for a worker; follow it at `events_url`."""
    told = await job_body(served, await submit(served, by, body, idempotency_key), base_url)
    response.headers["location"] = told.url
    return told


@router.get("")
async def jobs(
    served: Served,
    by: CallerOf,
    base_url: BaseUrl,
    status: JobStatus | None = None,
    session_id: Annotated[str | None, Query(pattern=SESSION_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 50,
    before: Annotated[str | None, Query(pattern=ROW_ID, description="Those older than this job.")] = None,
) -> JobList:
    """The caller's jobs, newest first; `next` leads to those before them."""
    rows = partial(
        job_rows.list_jobs,
        tenant=by.tenant,
        status=status,
        session_id=session_id,
        limit=limit + 1,
        before=before,
    )
    found = await served.database.run(rows, read_only=True)
    shown = found[:limit]
    asked = {
        "status": status,
        "session_id": session_id,
        "limit": limit,
        "before": shown[-1].id if shown else None,
    }
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return JobList(
        jobs=await job_bodies(served, shown, base_url),
        next=f"{base_url}/v1/jobs?{query}" if len(found) > limit else None,
    )


@router.get("/{job_id}")
async def job(job_id: JobId, served: Served, by: CallerOf, base_url: BaseUrl) -> JobBody:
    """One job with what it has made."""
    return await job_body(served, await served.jobs.get(job_id, by.tenant), base_url)


@router.get("/{job_id}/plan")
async def plan(job_id: JobId, served: Served, by: CallerOf) -> PlanList:
    """The versions of the job's plan; empty before it is planned."""
    await served.jobs.get(job_id, by.tenant)
    found = await served.database.run(partial(plans.of_job, job_id=job_id), read_only=True)
    return PlanList(plans=[PlanBody.model_validate(version) for version in found])


@router.get("/{job_id}/verdicts")
async def job_verdicts(job_id: JobId, served: Served, by: CallerOf) -> VerdictList:
    """What the critic said, in order."""
    await served.jobs.get(job_id, by.tenant)
    found = await served.database.run(partial(verdicts.of_job, job_id=job_id), read_only=True)
    return VerdictList(verdicts=[VerdictBody.model_validate(verdict) for verdict in found])


@router.get("/{job_id}/trace")
async def trace(job_id: JobId, served: Served, by: CallerOf) -> Trace:
    """Everything that was timed in the job, as far as it has come."""
    found = await served.jobs.get(job_id, by.tenant)
    spans = await served.database.run(partial(traces.of_job, job_id=job_id), read_only=True)
    return Trace(trace_id=found.trace_id, spans=[SpanBody.model_validate(span) for span in spans])


@router.post("/{job_id}/cancel", status_code=202)
async def cancel(job_id: JobId, served: Served, by: CallerOf, base_url: BaseUrl) -> JobBody:
    """Stop the job; one that has ended stays as it is. Its `end` event says when it has stopped."""
    return await job_body(served, await served.jobs.cancel(job_id, by.tenant), base_url)


@router.post("/{job_id}/approve", status_code=202, responses=_NOT_NOW)
async def approve(job_id: JobId, served: Served, by: CallerOf, base_url: BaseUrl) -> JobBody:
    """Say yes to the plan of a job that waits for it."""
    return await job_body(served, await served.jobs.approve(job_id, by.tenant), base_url)


@router.post("/{job_id}/retry", status_code=202, responses={409: CONFLICT, 429: QUOTA})
async def retry(job_id: JobId, served: Served, by: CallerOf, base_url: BaseUrl) -> JobBody:
    """Try a job again that did not succeed."""
    async with room_for_job(served, by):
        again = await served.jobs.retry(job_id, by.tenant)
    return await job_body(served, again, base_url)
