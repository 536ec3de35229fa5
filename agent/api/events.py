"""`/v1/jobs/{id}/events`: what happens to a job, as server-sent events.

A client that reads slowly holds one event and what the sockets buffer; one that takes nothing for a while is
dropped. Whoever comes back with `Last-Event-ID` misses nothing: events are rows.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from agent.api.auth import CallerOf
from agent.api.parts import JobId, Parts, Served
from agent.api.problems import Unavailable
from agent.api.responses import FAULTS
from agent.store import events as event_rows
from agent.store.views import EventView

log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["jobs"], responses=FAULTS)

_COME_BACK_MS = 2000
_TEXT = {"type": "string"}
_EVENT_SCHEMA = {
    "type": "object",
    "properties": {"id": _TEXT, "event": _TEXT, "data": _TEXT, "retry": {"type": "integer"}},
}
_HIGHEST = 2**31 - 1


class EventStream(StreamingResponse):
    """A stream whose client has to take each piece within *send_limit_s*."""

    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncGenerator[bytes], send_limit_s: float) -> None:
        super().__init__(pieces, headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        self._pieces = pieces
        self._send_limit_s = send_limit_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until the end, or until the client is gone or as good as gone."""

        async def send_soon(message: Message) -> None:
            async with asyncio.timeout(self._send_limit_s):
                await send(message)

        async with aclosing(self._pieces):
            try:
                await super().__call__(scope, receive, send_soon)
            except (TimeoutError, ClientDisconnect):
                # The server closes the connection of an answer without an end.
                log.info("listener dropped", extra={"action": "listener_dropped", "path": scope["path"]})


@router.get(
    "/events",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "description": "`id` to come back with, `event` the kind, `data` JSON; `end` is the last.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "array", "items": _EVENT_SCHEMA},
                    "itemSchema": _EVENT_SCHEMA,
                    "example": 'event: stage\ndata: {"stage": "render", "message": "rendering"}\nid: 7\n\n',
                }
            },
        },
        204: {"description": "The job has ended, and the client has seen all: it need not come back."},
    },
)
async def events(
    job_id: JobId,
    served: Served,
    by: CallerOf,
    last_event_id: Annotated[int, Header(ge=0, le=_HIGHEST, description="The last `id` that was seen.")] = 0,
) -> Response:
    """What happened and happens to the job, from the event after Last-Event-ID on, until it has ended.

    Kinds: stage, step, code, samples, verdict, plan, progress, cost, evaluation, approval, end.
    """
    if (await served.jobs.get(job_id, by.tenant)).has_ended:
        missed = partial(event_rows.after, job_id=job_id, seq=last_event_id, limit=1)
        if not await served.database.run(missed, read_only=True):
            return Response(status_code=204)
    if len(served.listeners) >= served.settings.event_listeners:
        raise Unavailable(
            "too_many_listeners",
            "As many clients follow jobs here as may.",
            expected=f"at most {served.settings.event_listeners}",
            hint="Come back in a moment, or ask the job itself now and then.",
            retry_after_s=5,
        )
    return EventStream(_pieces(served, job_id, last_event_id), served.settings.event_send_limit_s)


async def _pieces(served: Parts, job_id: str, after: int) -> AsyncGenerator[bytes]:
    with _counted(served):
        yield format_sse_event(retry=_COME_BACK_MS)
        async with aclosing(_with_pauses(served, served.jobs.events(job_id, after))) as happening:
            async for event in happening:
                yield KEEPALIVE_COMMENT if event is None else _told(event)


async def _with_pauses(
    served: Parts, happening: AsyncGenerator[EventView]
) -> AsyncGenerator[EventView | None]:
    """The events; None whenever nothing has happened for a while. Ends with the job or with the server."""
    stopping = asyncio.ensure_future(served.stopping.wait())
    upcoming = _next(happening)
    try:
        while not stopping.done():
            await asyncio.wait(
                (upcoming, stopping),
                timeout=served.settings.event_heartbeat_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if upcoming.done():
                yield upcoming.result()
                upcoming = _next(happening)
            elif not stopping.done():
                yield None
    except StopAsyncIteration:
        return
    finally:
        stopping.cancel()
        upcoming.cancel()
        await asyncio.wait((stopping, upcoming))
        await happening.aclose()


def _next(happening: AsyncGenerator[EventView]) -> asyncio.Future[EventView]:
    return asyncio.ensure_future(anext(happening))


@contextmanager
def _counted(served: Parts) -> Iterator[None]:
    listener = object()
    served.listeners.add(listener)
    try:
        yield
    finally:
        served.listeners.remove(listener)


def _told(event: EventView) -> bytes:
    data = json.dumps({"at": event.at.isoformat(), **event.data}, ensure_ascii=False)
    return format_sse_event(event=event.kind, data_str=data, id=str(event.seq))
