"""Queries of the table `events`: what those who follow a job are told, numbered without gaps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agent.errors import NotFound
from agent.store.columns import JsonObject
from agent.store.database import write_id
from agent.store.fence import Fence
from agent.store.models import EventRow, JobRow
from agent.store.views import EventView, now, view_of


def append(session: Session, job_id: str, kind: str, data: JsonObject, *, fence: Fence | None = None) -> int:
    """Tells it; returns its number. With a *fence* only while the job is this worker's, else `Superseded`.

    Numbers are seen in their order: the next writer waits for the job's row until this one has committed.
    """
    name = write_id(session)
    told = session.scalar(select(EventRow.seq).where(EventRow.write_id == name))
    if told is not None:
        return told
    counted = update(JobRow).where(JobRow.id == job_id).values(last_seq=JobRow.last_seq + 1)
    if fence is not None:
        counted = counted.where(JobRow.attempt == fence.attempt)
    seq: int | None = session.scalar(counted.returning(JobRow.last_seq))
    if seq is None:
        if fence is not None:
            fence.hold(session)
        raise NotFound(f"There is no job {job_id}.")
    session.add(EventRow(job_id=job_id, seq=seq, kind=kind, data=data, at=now(), write_id=name))
    session.flush()
    return seq


def append_all(session: Session, fence: Fence, told: Sequence[tuple[str, JsonObject]]) -> None:
    """Tells all of it, kind and data, at once; nothing where the job has ended: its end is what is told last.

    Raises `Superseded` when the job is another worker's.
    """
    names = [write_id(session) for _ in told]
    if session.scalar(select(EventRow.seq).where(EventRow.write_id == names[0])) is not None:
        return
    mine = (JobRow.id == fence.job_id, JobRow.attempt == fence.attempt, JobRow.ended_at.is_(None))
    counted = update(JobRow).where(*mine).values(last_seq=JobRow.last_seq + len(told))
    last: int | None = session.scalar(counted.returning(JobRow.last_seq))
    if last is None:
        fence.hold(session)
        return
    numbered = enumerate(zip(told, names, strict=True), last - len(told) + 1)
    session.add_all(
        EventRow(job_id=fence.job_id, seq=seq, kind=kind, data=data, at=now(), write_id=name)
        for seq, ((kind, data), name) in numbered
    )
    session.flush()


def after(session: Session, job_id: str, seq: int = 0, limit: int = 500) -> tuple[EventView, ...]:
    """What was told since the event with this number, in order."""
    found = select(EventRow).where(EventRow.job_id == job_id, EventRow.seq > seq)
    rows = session.scalars(found.order_by(EventRow.seq).limit(limit))
    return tuple(view_of(EventView, row) for row in rows)
