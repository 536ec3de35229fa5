"""Queries of the table `edit_plans`."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain import EditPlan, PlanStep, StepStatus
from agent.store import jobs
from agent.store.columns import JsonObject, clean_json
from agent.store.fence import Fence
from agent.store.models import PlanRow
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
    """The next version of the job's plan, which it goes by from now on; the same plan again is no new one,
    whatever of it is marked.
    """
    fence.hold(session)
    last = latest(session, fence.job_id)
    if last is not None and _unmarked(last.plan) == _unmarked(clean_json(plan)):
        return last
    row = PlanRow(
        id=new_id(),
        job_id=fence.job_id,
        version=1 if last is None else last.version + 1,
        plan=plan,
        model=model,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        reason=reason,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    jobs.update(session, fence, edit_plan_id=row.id)
    return view_of(PlanView, row)


def latest(session: Session, job_id: str) -> PlanView | None:
    found = select(PlanRow).where(PlanRow.job_id == job_id).order_by(PlanRow.version.desc()).limit(1)
    row = session.scalars(found).first()
    return None if row is None else view_of(PlanView, row)


def of_job(session: Session, job_id: str) -> tuple[PlanView, ...]:
    """All versions, the first one first."""
    rows = session.scalars(select(PlanRow).where(PlanRow.job_id == job_id).order_by(PlanRow.version))
    return tuple(view_of(PlanView, row) for row in rows)


def mark(session: Session, fence: Fence, step: PlanStep) -> None:
    """Marks that step in the version that the job goes by."""
    fence.hold(session)
    found = select(PlanRow).where(PlanRow.job_id == fence.job_id).order_by(PlanRow.version.desc()).limit(1)
    row = session.scalars(found).one()
    row.plan = plan_json(plan_of(row.plan).marked(step.number, step.status, step.note))


def plan_json(plan: EditPlan) -> JsonObject:
    """The plan as a row keeps it."""
    return cast(JsonObject, _PLAN.dump_python(plan, mode="json"))


def plan_of(kept: JsonObject) -> EditPlan:
    """The plan that a row keeps. Raises pydantic's `ValidationError` for one of another version of ours."""
    return _PLAN.validate_python(kept)


_PLAN = TypeAdapter(EditPlan)


def _unmarked(kept: object) -> JsonObject:
    plan = plan_of(cast(JsonObject, kept))
    open_steps = tuple(replace(step, status=StepStatus.OPEN, note="") for step in plan.steps)
    return plan_json(replace(plan, steps=open_steps))
