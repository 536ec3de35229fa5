"""`POST /edit`: an edit in one call, for clients that wait."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response

from agent.api.auth import CallerOf
from agent.api.parts import BaseUrl, Parts, Served
from agent.api.responses import CONFLICT, FAULTS, QUOTA
from agent.api.schemas import EditRequest, EditResult, JobRequest
from agent.api.submitting import IdempotencyKey, submit
from agent.api.views import job_body

router = APIRouter(tags=["jobs"], responses=FAULTS)

_LATER = {
    "model": EditResult,
    "description": "It takes longer than the answer may; the job goes on, and `job_url` tells how it ends.",
}


@router.post("/edit", responses={202: _LATER, 409: CONFLICT, 429: QUOTA})
async def edit(
    body: EditRequest,
    response: Response,
    served: Served,
    by: CallerOf,
    base_url: BaseUrl,
    idempotency_key: IdempotencyKey = None,
) -> EditResult:
    """Make an edit, and answer when it is done. Whoever leaves finds it again under its Idempotency-Key."""
    asked = JobRequest.model_validate(body.model_dump(exclude={"wait_s"}))
    job = await submit(served, by, asked, idempotency_key)
    wait_s = (
        served.settings.edit_wait_s if body.wait_s is None else min(body.wait_s, served.settings.edit_wait_s)
    )
    await _until_ended(served, job.id, wait_s)
    now = await job_body(served, await served.jobs.get(job.id, by.tenant), base_url)
    response.headers["location"] = now.url
    if now.ended_at is None:
        response.status_code = 202
    return EditResult(
        job_id=now.id,
        status=now.status,
        message=now.message,
        hint=now.hint,
        output_url=now.output_url,
        job_url=now.url,
    )


async def _until_ended(served: Parts, job_id: str, wait_s: float) -> None:
    """Returns when the job has ended, the time is over, or the server is about to end."""
    ended = asyncio.ensure_future(_last_event(served, job_id))
    stopping = asyncio.ensure_future(served.stopping.wait())
    try:
        await asyncio.wait({ended, stopping}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            ended.result()
    finally:
        for waiting in (ended, stopping):
            waiting.cancel()
        await asyncio.wait({ended, stopping})


async def _last_event(served: Parts, job_id: str) -> None:
    async for _ in served.jobs.events(job_id, 0):
        pass
