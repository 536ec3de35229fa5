"""Queries of the table `evaluations`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.store.fence import Fence
from agent.store.models import EvaluationRow
from agent.store.statements import insert, values_of
from agent.store.views import EvaluationView, view_of


def add(session: Session, fence: Fence, new: EvaluationView) -> EvaluationView:
    """Keeps the evaluation; an artifact that is evaluated again keeps the last one only."""
    fence.hold(session)
    for known in of_job(session, new.job_id):
        if known.artifact_id == new.artifact_id:
            session.delete(session.get_one(EvaluationRow, known.id))
    session.flush()
    session.execute(insert(session, EvaluationRow).values(values_of(new)))
    return new


def of_job(session: Session, job_id: str) -> tuple[EvaluationView, ...]:
    """In their order."""
    found = select(EvaluationRow).where(EvaluationRow.job_id == job_id)
    rows = session.scalars(found.order_by(EvaluationRow.created_at, EvaluationRow.id))
    return tuple(view_of(EvaluationView, row) for row in rows)
