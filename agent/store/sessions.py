"""Queries of the table `sessions`."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from agent.errors import Conflict, NotFound
from agent.store.models import JobRow, SessionRow
from agent.store.statements import insert, values_of
from agent.store.views import SessionView, view_of

SHORTEST_START = 4
"""Letters of an id by which people may name a session."""


def add(session: Session, new: SessionView) -> SessionView:
    session.execute(insert(session, SessionRow).values(values_of(new)).on_conflict_do_nothing())
    return new


def get(session: Session, session_id: str, tenant: str | None = None) -> SessionView:
    """Raises `NotFound`, also for a session of another tenant."""
    row = session.get(SessionRow, session_id)
    if row is None or tenant not in (None, row.tenant):
        raise NotFound(f"There is no session {session_id}.")
    return view_of(SessionView, row)


def find(session: Session, reference: str) -> SessionView | None:
    """The session with this id, with an id that begins so, or with this job; of several the newest."""
    by_job = select(JobRow.session_id).where(JobRow.id == reference)
    named: list[ColumnElement[bool]] = [SessionRow.id == reference, SessionRow.id.in_(by_job)]
    if len(reference) >= SHORTEST_START:
        named.append(SessionRow.id.startswith(reference, autoescape=True))
    row = session.scalars(
        select(SessionRow).where(or_(*named)).order_by(SessionRow.created_at.desc()).limit(1)
    ).first()
    return None if row is None else view_of(SessionView, row)


def lock(session: Session, session_id: str) -> SessionView:
    """The session as it is; nobody else locks it until the transaction ends."""
    row = session.scalars(
        select(SessionRow).where(SessionRow.id == session_id).with_for_update(key_share=True)
    ).first()
    if row is None:
        raise NotFound(f"There is no session {session_id}.")
    return view_of(SessionView, row)


def refuse_stale(session: Session, session_id: str, base_revision: int) -> None:
    """Raises `Conflict` when the session is not at the revision that a request was made against."""
    revision = lock(session, session_id).revision
    if revision != base_revision:
        raise Conflict(
            f"The request was made against revision {base_revision} of the session, it is at {revision}.",
            hint="Look at what the session holds now, then ask again.",
        )


def make_current(session: Session, session_id: str, composition_id: str | None) -> SessionView:
    """The composition that the next request starts from; None: from nothing. Another is a new revision."""
    known = lock(session, session_id)
    row = session.get_one(SessionRow, session_id)
    if known.current_composition_id != composition_id:
        row.current_composition_id = composition_id
        row.revision = known.revision + 1
    return view_of(SessionView, row)


def delete(session: Session, session_id: str) -> None:
    """The session with all that belongs to it; its folder is not touched."""
    row = session.get(SessionRow, session_id)
    if row is not None:
        session.delete(row)
