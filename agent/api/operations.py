"""For whoever runs the service: health, readiness, metrics."""

from __future__ import annotations

import asyncio
from functools import partial

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from agent.api.parts import Served
from agent.api.responses import fault
from agent.api.schemas import Liveness, Readiness
from agent.errors import StoreFailed
from agent.store import executors

router = APIRouter(tags=["operations"])

_ANSWER_WITHIN_S = 3.0
"""A database that is away is waited for longer than a balancer waits for us."""


@router.get("/healthz/live")
async def healthz_live() -> Liveness:
    """The process answers."""
    return Liveness()


@router.get(
    "/healthz/ready",
    responses={503: {"model": Readiness, "description": "Jobs would wait: nobody works on them."}},
)
async def healthz_ready(served: Served, response: Response) -> Readiness:
    """Whether the database answers and a worker is alive; 503 otherwise, and while the server ends."""
    living = partial(executors.live, lease_s=served.settings.lease_s)
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            workers, database = len(await served.database.run(living, read_only=True)), True
    except (StoreFailed, TimeoutError):
        workers, database = 0, False
    ready = database and workers > 0 and not served.stopping.is_set()
    if not ready:
        response.status_code = 503
    return Readiness(ready=ready, database=database, workers=workers)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        503: fault("The database does not answer."),
    },
)
async def metrics(served: Served) -> Response:
    """Requests, jobs by status, the queue, durations."""
    return Response(await served.metrics.text(served.database), media_type=CONTENT_TYPE_LATEST)
