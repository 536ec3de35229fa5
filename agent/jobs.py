"""Jobs as their askers know them: asked for, followed, stopped, approved, tried again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue
from sqlalchemy.orm import Session

from agent.domain import JobStatus
from agent.order import EditOrder, order_from_json, order_to_json
from agent.store import events, jobs, sessions
from agent.store.database import Database
from agent.store.session_store import SessionStore
from agent.store.views import LOCAL_TENANT, EventView, JobView, new_id
from agent.tracing import new_trace_id

FOLLOW_POLL_S = 0.2


class Queue(Protocol):
    """Who gets legs of jobs carried out."""

    async def enqueue(self, job_id: str, leg: int, tenant: str) -> None:
        """Leaves the leg to whichever worker is free; the same leg twice is one."""


@dataclass(frozen=True)
class NewJob:
    """A request. Without a session it gets one of its own; `base_revision` is the one of the session that it
    was made against.
    """

    order: EditOrder
    session_id: str | None = None
    tenant: str = LOCAL_TENANT
    idempotency_key: str | None = None
    base_revision: int | None = None
    needs_approval: bool = False


class Jobs:
    """What can be done with jobs, from any process on the same database."""

    def __init__(self, database: Database, home: Path, queue: Queue) -> None:
        self._database = database
        self._home = home
        self._queue = queue

    async def submit(self, new: NewJob) -> JobView:
        """The job, left to a worker; the one that was asked for before under the same idempotency key.

        Raises `Conflict` where the session has gone on since `base_revision`, or the key was used for another
        request, and `NotFound` where the session is not there.
        """
        job = await self.add(new)
        if job.status is JobStatus.PENDING:
            await self._queue.enqueue(job.id, job.leg, job.tenant)
        return job

    async def add(self, new: NewJob) -> JobView:
        """As `submit`, for whoever carries it out himself."""
        session_id = new.session_id or await self._session_of_key(new)
        if session_id is None:
            session_id = await asyncio.to_thread(self._new_session, new.tenant)
        options = order_to_json(new.order)
        job = JobView(
            id=new_id(),
            session_id=session_id,
            tenant=new.tenant,
            request=new.order.request,
            options=options,
            trace_id=new_trace_id(),
            base_revision=new.base_revision,
            needs_approval=new.needs_approval,
            idempotency_key=new.idempotency_key,
            request_sha256=_digest([new.session_id, options, new.base_revision, new.needs_approval]),
        )
        return await self._database.run(partial(_added, job=job))

    async def get(self, job_id: str, tenant: str | None = None) -> JobView:
        """Raises `NotFound`, also for a job of another tenant."""
        return await self._database.run(partial(jobs.get, job_id=job_id, tenant=tenant), read_only=True)

    async def cancel(self, job_id: str, tenant: str | None = None) -> JobView:
        """Asks for an end; whoever runs the job heeds it within two seconds."""
        return await self._database.run(partial(jobs.request_cancel, job_id=job_id, tenant=tenant))

    async def approve(self, job_id: str, tenant: str | None = None) -> JobView:
        """A person's yes to the plan. Raises `Conflict` for a job that waits for none."""
        return await self._again(partial(jobs.approve, job_id=job_id, tenant=tenant))

    async def retry(self, job_id: str, tenant: str | None = None) -> JobView:
        """A job that did not succeed, once more. Raises `Conflict` for another."""
        return await self._again(partial(jobs.retry, job_id=job_id, tenant=tenant))

    async def events(self, job_id: str, after_seq: int = 0) -> AsyncGenerator[EventView]:
        """What is told of the job, from the one after that number to the last of its last leg."""
        while True:
            # Whether it has ended is asked first: what an end tells is then there to be read.
            ended = (await self.get(job_id)).has_ended
            told = await self._database.run(
                partial(events.after, job_id=job_id, seq=after_seq), read_only=True
            )
            for event in told:
                yield event
                after_seq = event.seq
            if ended and not told:
                return
            if not told:
                await asyncio.sleep(FOLLOW_POLL_S)

    async def unfinished(self) -> int:
        """How many jobs wait or run, of all tenants."""
        return await self._database.run(jobs.count_unfinished, read_only=True)

    async def _again(self, change: partial[JobView]) -> JobView:
        job = await self._database.run(change)
        await self._queue.enqueue(job.id, job.leg, job.tenant)
        return job

    async def _session_of_key(self, new: NewJob) -> str | None:
        """The session of the job that was asked for under this key, so that none is made in vain."""
        find = partial(jobs.with_key, tenant=new.tenant, idempotency_key=new.idempotency_key)
        known = await self._database.run(find, read_only=True)
        return known.session_id if known else None

    def _new_session(self, tenant: str) -> str:
        return SessionStore.create(self._database, self._home, tenant=tenant).session_id


def order_of(job: JobView) -> EditOrder:
    """What the job is to make."""
    return order_from_json(job.options)


def _added(session: Session, job: JobView) -> JobView:
    sessions.get(session, job.session_id, job.tenant)
    return jobs.add(session, job)


def _digest(request: list[JsonValue]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
