"""Queries of the table `events`: what those who follow a job are told, numbered without gaps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update
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
    mine = () if fence is None else (JobRow.attempt == fence.attempt,)
    seq = _append(session, job_id, [(kind, data)], *mine)
    if seq is None:
        if fence is not None:
            fence.hold(session)
        raise NotFound(f"There is no job {job_id}.")
    return seq


def append_all(session: Session, fence: Fence, told: Sequence[tuple[str, JsonObject]]) -> None:
    """Tells all of it, kind and data, at once; nothing where the job has ended: its end is what is told last.

    Raises `Superseded` when the job is another worker's.
    """
    mine = (JobRow.attempt == fence.attempt, JobRow.ended_at.is_(None))
    if _append(session, fence.job_id, told, *mine) is None:
        fence.hold(session)


def after(session: Session, job_id: str, seq: int = 0, limit: int = 500) -> tuple[EventView, ...]:
    """What was told since the event with this number, in order."""
    found = select(EventRow).where(EventRow.job_id == job_id, EventRow.seq > seq)
    rows = session.scalars(found.order_by(EventRow.seq).limit(limit))
    return tuple(view_of(EventView, row) for row in rows)


def _append(
    session: Session, job_id: str, told: Sequence[tuple[str, JsonObject]], *conditions: ColumnElement[bool]
) -> int | None:
    """The number of the last, also when an earlier try has told it all; None where no such job is there."""
    names = [write_id(session) for _ in told]
    known: int | None = session.scalar(select(EventRow.seq).where(EventRow.write_id == names[-1]))
    if known is not None:
        return known
    counted = update(JobRow).where(JobRow.id == job_id, *conditions)
    last: int | None = session.scalar(
        counted.values(last_seq=JobRow.last_seq + len(told)).returning(JobRow.last_seq)
    )
    if last is None:
        return None
    numbered = enumerate(zip(told, names, strict=True), last - len(told) + 1)
    session.add_all(
        EventRow(job_id=job_id, seq=seq, kind=kind, data=data, at=now(), write_id=name)
        for seq, ((kind, data), name) in numbered
    )
    session.flush()
    return last
