"""How much there is, for whoever runs the service, and how much of it is one tenant's, for its quotas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agent.domain import JobStatus
from agent.store.models import AssetRow, JobRow, SessionRow

OPEN = (JobStatus.PENDING, JobStatus.PROCESSING)


@dataclass(frozen=True)
class TenantUse:
    """What a tenant has used."""

    jobs_lately: int
    jobs_open: int
    stored_bytes: int


@dataclass(frozen=True)
class EndedJob:
    """How long a job took."""

    id: str
    status: JobStatus
    seconds: float


def of_tenant(session: Session, tenant: str, since: datetime) -> TenantUse:
    """What *tenant* has used; its jobs since a time, all else as it is now."""
    own = select(func.count()).select_from(JobRow).where(JobRow.tenant == tenant)
    assets = select(func.coalesce(func.sum(AssetRow.size_bytes), 0)).join(
        SessionRow, AssetRow.session_id == SessionRow.id
    )
    return TenantUse(
        jobs_lately=session.execute(own.where(JobRow.created_at >= since)).scalar_one(),
        jobs_open=session.execute(own.where(JobRow.status.in_(OPEN))).scalar_one(),
        stored_bytes=int(session.execute(assets.where(SessionRow.tenant == tenant)).scalar_one()),
    )


def is_known(session: Session, tenant: str, idempotency_key: str) -> bool:
    """Whether the tenant has asked for a job under this key."""
    same = (JobRow.tenant == tenant, JobRow.idempotency_key == idempotency_key)
    return session.execute(select(JobRow.id).where(*same)).first() is not None


def jobs_by_status(session: Session) -> dict[JobStatus, int]:
    """How many jobs are where; every status is there."""
    counted = session.execute(select(JobRow.status, func.count()).group_by(JobRow.status)).all()
    return dict.fromkeys(JobStatus, 0) | dict(counted)


def oldest_pending(session: Session) -> datetime | None:
    """Since when the job waits that waits longest; None: none does."""
    oldest = select(JobRow.created_at).where(JobRow.status == JobStatus.PENDING)
    return session.execute(oldest.order_by(JobRow.created_at).limit(1)).scalar_one_or_none()


def ended_since(session: Session, since: datetime) -> list[EndedJob]:
    """The jobs that were begun and have ended since then."""
    wanted = select(JobRow.id, JobRow.status, JobRow.started_at, JobRow.ended_at).where(
        JobRow.ended_at >= since
    )
    return [
        EndedJob(job_id, status, (ended - started).total_seconds())
        for job_id, status, started, ended in session.execute(wanted)
        if started is not None and ended is not None
    ]
