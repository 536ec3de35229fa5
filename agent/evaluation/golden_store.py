"""Golden renders in the store: an evaluation's row tags the artifact, its job leads to program and plan."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import ValidationError
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from agent.domain import EditPlan, JobStatus
from agent.evaluation.golden import Golden
from agent.evaluation.values import Evaluation, Finding, Score
from agent.store.columns import JsonObject
from agent.store.models import ArtifactRow, CompositionRow, EvaluationRow, JobRow, PlanRow
from agent.store.plans import plan_of
from agent.store.views import LOCAL_TENANT, EvaluationView


def tag(evaluation: Evaluation, job_id: str, artifact_id: str | None) -> EvaluationView:
    """What the store keeps of an evaluation, under an id of its own; the frames stay out."""
    return EvaluationView(
        job_id=job_id,
        artifact_id=artifact_id,
        total=evaluation.total or 0.0,
        golden=evaluation.golden,
        scores={str(score.metric): _score_figures(score) for score in evaluation.scores},
        findings=[_finding_figures(finding) for finding in evaluation.findings],
    )


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


def _score_figures(score: Score) -> JsonObject:
    figures = asdict(score)
    del figures["metric"]
    return figures


def _finding_figures(finding: Finding) -> JsonObject:
    return {"metric": str(finding.metric), **asdict(finding.issue), "until_s": finding.until_s}
