"""Which job a person means."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.errors import BadInput, NotFound
from agent.store import jobs, sessions
from agent.store.models import JobRow
from agent.store.sessions import SHORTEST_START
from agent.store.views import JobView, view_of


def job_meant(session: Session, reference: str | None, tenant: str | None = None) -> JobView:
    """The job of that id, or whose id begins so; for a session's folder or id its latest job; for None the
    latest of all. Raises `NotFound`, and `BadInput` for the start of several ids.
    """
    if reference is None:
        return _latest(jobs.list_jobs(session, tenant=tenant, limit=1), "There is no job yet.")
    exact = jobs.find(session, reference, tenant)
    if exact is not None:
        return exact
    begun_so = _beginning_with(session, reference, tenant)
    if len(begun_so) > 1:
        raise BadInput(f"Several jobs begin with {reference!r}.", hint="Give more letters of the id.")
    if begun_so:
        return begun_so[0]
    found = sessions.find(session, reference)
    of_session = jobs.list_jobs(session, tenant=tenant, session_id=found.id, limit=1) if found else ()
    return _latest(of_session, f"There is no job and no session with a job named {reference!r}.")


def _beginning_with(session: Session, start: str, tenant: str | None) -> list[JobView]:
    if len(start) < SHORTEST_START:
        return []
    rows = select(JobRow).where(JobRow.id.startswith(start, autoescape=True)).limit(2)
    if tenant is not None:
        rows = rows.where(JobRow.tenant == tenant)
    return [view_of(JobView, row) for row in session.scalars(rows)]


def _latest(found: tuple[JobView, ...], why: str) -> JobView:
    if not found:
        raise NotFound(why, hint="`roughcut jobs` lists what there is.")
    return found[0]
