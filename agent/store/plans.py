"""Queries of the table `edit_plans`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

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
    """The next version of the job's plan, which it goes by from now on; the same plan again is no new one."""
    fence.hold(session)
    last = latest(session, fence.job_id)
    if last is not None and last.plan == clean_json(plan):
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
