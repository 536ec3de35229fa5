"""Queries of the table `compositions`."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.errors import NotFound
from agent.store import jobs, sessions
from agent.store.fence import Fence
from agent.store.models import CompositionRow
from agent.store.views import CompositionView, new_id, now, view_of


def add(session: Session, fence: Fence, fingerprint: str, program: str) -> CompositionView:
    """Keeps a version of the program, the job's from now on; the same one again is not kept twice."""
    fence.hold(session)
    job = jobs.get(session, fence.job_id)
    known = by_fingerprint(session, job.id, fingerprint)
    if known is None:
        lent = sessions.lock(session, job.session_id)
        row = CompositionRow(
            id=new_id(),
            session_id=lent.id,
            job_id=job.id,
            number=_next_number(session, lent.id),
            fingerprint=fingerprint,
            program=program,
            parent_id=job.composition_id or lent.current_composition_id,
            created_at=now(),
        )
        session.add(row)
        session.flush()
        known = view_of(CompositionView, row)
    jobs.update(session, fence, composition_id=known.id)
    return known


def get(session: Session, composition_id: str) -> CompositionView:
    """Raises `NotFound`."""
    row = session.get(CompositionRow, composition_id)
    if row is None:
        raise NotFound(f"There is no composition {composition_id}.")
    return view_of(CompositionView, row)


def by_fingerprint(session: Session, job_id: str, fingerprint: str) -> CompositionView | None:
    """The job's composition with this fingerprint."""
    same = (CompositionRow.job_id == job_id, CompositionRow.fingerprint == fingerprint)
    row = session.scalars(select(CompositionRow).where(*same)).first()
    return None if row is None else view_of(CompositionView, row)


def named(session: Session, session_id: str, name: str) -> CompositionView:
    """The session's composition whose file has this name. Raises `NotFound`."""
    for known in of_session(session, session_id):
        if known.name == name:
            return known
    raise NotFound(f"Session {session_id} has no composition {name}.")


def of_session(session: Session, session_id: str) -> tuple[CompositionView, ...]:
    """In their order."""
    found = select(CompositionRow).where(CompositionRow.session_id == session_id)
    rows = session.scalars(found.order_by(CompositionRow.number))
    return tuple(view_of(CompositionView, row) for row in rows)


def _next_number(session: Session, session_id: str) -> int:
    found = select(func.max(CompositionRow.number)).where(CompositionRow.session_id == session_id)
    return (session.scalar(found) or 0) + 1
