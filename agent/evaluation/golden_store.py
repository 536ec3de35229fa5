"""Golden renders in the store.

The row of an evaluation tags its artifact as golden; the job leads from there to request, plan and program.
"""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from agent.domain import EditPlan, JobStatus
from agent.evaluation.golden import Golden
from agent.store.columns import JsonObject
from agent.store.models import ArtifactRow, CompositionRow, EvaluationRow, JobRow, PlanRow
from agent.store.plans import plan_of
from agent.store.views import LOCAL_TENANT


def golden_renders(
    session: Session, *, tenant: str | None = LOCAL_TENANT, limit: int | None = None
) -> list[Golden]:
    """Completed jobs whose last evaluation is golden, the best first; *tenant* None: everybody's."""
    found = _golden_rows().limit(limit)
    if tenant is not None:
        found = found.where(JobRow.tenant == tenant)
    return [_golden(*row) for row in session.execute(found)]


def _golden_rows() -> Select[EvaluationRow, JobRow, CompositionRow, PlanRow, str]:
    later = aliased(EvaluationRow)
    superseded = exists().where(
        later.job_id == EvaluationRow.job_id, later.created_at > EvaluationRow.created_at
    )
    return (
        select(EvaluationRow, JobRow, CompositionRow, PlanRow, ArtifactRow.storage_path)
        .join(JobRow, EvaluationRow.job_id == JobRow.id)
        .join(CompositionRow, JobRow.composition_id == CompositionRow.id)
        .outerjoin(PlanRow, JobRow.edit_plan_id == PlanRow.id)
        .outerjoin(ArtifactRow, EvaluationRow.artifact_id == ArtifactRow.id)
        .where(EvaluationRow.golden, JobRow.status == JobStatus.COMPLETED, ~superseded)
        .order_by(EvaluationRow.total.desc(), EvaluationRow.created_at.desc())
    )


def _golden(
    evaluation: EvaluationRow,
    job: JobRow,
    composition: CompositionRow,
    plan: PlanRow | None,
    artifact: str | None,
) -> Golden:
    return Golden(
        job_id=job.id,
        request=job.request,
        program=composition.program,
        total=evaluation.total,
        # As `score_figures` made them.
        scores={name: figures["value"] for name, figures in evaluation.scores.items()},
        made_at=evaluation.created_at,
        fingerprint=composition.fingerprint,
        plan=None if plan is None else _plan(plan.plan),
        artifact=artifact,
    )


def _plan(stored: JsonObject) -> EditPlan | None:
    """None for the plan of another version of ours, which a program is an example without."""
    try:
        return plan_of(stored)
    except ValidationError:
        return None
