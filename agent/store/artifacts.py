"""Queries of the table `artifacts`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.errors import NotFound
from agent.store.fence import Fence
from agent.store.models import ArtifactRow, JobRow
from agent.store.statements import insert, values_of
from agent.store.views import ArtifactView, view_of


def add(session: Session, fence: Fence, new: ArtifactView) -> ArtifactView:
    """Keeps the artifact; one of the same name, made by the same job, is replaced under its old id."""
    fence.hold(session)
    kept = insert(session, ArtifactRow).values(values_of(new))
    changed = {name: kept.excluded[name] for name in _CHANGED}
    session.execute(kept.on_conflict_do_update(index_elements=["job_id", "name"], set_=changed))
    return next(known for known in of_job(session, new.job_id) if known.name == new.name)


_CHANGED = ("kind", "storage_path", "sha256", "size_bytes", "media_type")


def get(session: Session, artifact_id: str, tenant: str | None = None) -> ArtifactView:
    """Raises `NotFound`, also for an artifact of another tenant."""
    found = select(ArtifactRow).join(JobRow).where(ArtifactRow.id == artifact_id)
    if tenant is not None:
        found = found.where(JobRow.tenant == tenant)
    row = session.scalars(found).first()
    if row is None:
        raise NotFound(f"There is no artifact {artifact_id}.")
    return view_of(ArtifactView, row)


def of_job(session: Session, job_id: str) -> tuple[ArtifactView, ...]:
    """In the order in which they were first made."""
    found = select(ArtifactRow).where(ArtifactRow.job_id == job_id)
    rows = session.scalars(
        found.order_by(ArtifactRow.created_at, ArtifactRow.name).execution_options(populate_existing=True)
    )
    return tuple(view_of(ArtifactView, row) for row in rows)
