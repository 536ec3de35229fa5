"""Queries of the table `edit_plans`."""

from __future__ import annotations

from typing import cast

from pydantic import TypeAdapter
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from agent.domain import EditPlan, PlanStep
from agent.store import jobs
from agent.store.columns import JsonObject, clean_json
from agent.store.fence import Fence
from agent.store.models import JobRow, PlanRow
from agent.store.views import PlanView, new_id, now, view_of


def add(
    session: Session,
    fence: Fence,
    plan: JsonObject,
    *,
    model: str,
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
    reason: str = "",
) -> PlanView:
    """The next version of the job's plan, which it goes by from now on.

    A plan that the job had already is no new one: as when an edit goes on after a crash, the job goes by it
    again, with nothing of it marked.
    """
    fence.hold(session)
    known = list(session.scalars(_versions(fence.job_id)))
    row = next((row for row in known if _unmarked(row.plan) == _unmarked(clean_json(plan))), None)
    if row is None:
        row = PlanRow(
            id=new_id(),
            job_id=fence.job_id,
            version=len(known) + 1,
            plan=plan,
            model=model,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            reason=reason,
            created_at=now(),
        )
        session.add(row)
    row.plan = plan
    session.flush()
    jobs.update(session, fence, edit_plan_id=row.id)
    return view_of(PlanView, row)


def current(session: Session, job_id: str) -> PlanView | None:
    """The version that the job goes by."""
    row = session.scalars(_current(job_id)).first()
    return None if row is None else view_of(PlanView, row)


def of_job(session: Session, job_id: str) -> tuple[PlanView, ...]:
    """All versions, the first one first."""
    return tuple(view_of(PlanView, row) for row in session.scalars(_versions(job_id)))


def mark(session: Session, fence: Fence, step: PlanStep) -> None:
    """Marks that step in the version that the job goes by."""
    fence.hold(session)
    row = session.scalars(_current(fence.job_id)).one()
    row.plan = plan_json(plan_of(row.plan).marked(step.number, step.status, step.note))


def plan_json(plan: EditPlan) -> JsonObject:
    """The plan as a row keeps it."""
    return cast(JsonObject, _PLAN.dump_python(plan, mode="json"))


def plan_of(kept: JsonObject) -> EditPlan:
    """The plan that a row keeps. Raises pydantic's `ValidationError` for one of another version of ours."""
    return _PLAN.validate_python(kept)


_PLAN = TypeAdapter(EditPlan)


def _versions(job_id: str) -> Select[PlanRow]:
    return select(PlanRow).where(PlanRow.job_id == job_id).order_by(PlanRow.version)


def _current(job_id: str) -> Select[PlanRow]:
    return select(PlanRow).join(JobRow, JobRow.edit_plan_id == PlanRow.id).where(JobRow.id == job_id)


def _unmarked(kept: object) -> JsonObject:
    return plan_json(plan_of(cast(JsonObject, kept)).unmarked())
