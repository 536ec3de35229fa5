"""Queries of the table `verdicts`."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain import Issue, Severity, Verdict
from agent.store import compositions
from agent.store.fence import Fence
from agent.store.models import VerdictRow
from agent.store.views import VerdictView, new_id, now, view_of


def add(session: Session, fence: Fence, verdict: Verdict) -> VerdictView:
    """Keeps what the critic said; said again of the same fingerprint, as after a restart, it is kept once."""
    fence.hold(session)
    said = [known for known in of_job(session, fence.job_id) if verdict_of(known) == verdict]
    if said:
        return said[-1]
    composition = compositions.by_fingerprint(session, fence.job_id, verdict.fingerprint)
    row = VerdictRow(
        id=new_id(),
        job_id=fence.job_id,
        composition_id=None if composition is None else composition.id,
        fingerprint=verdict.fingerprint,
        green_light=verdict.green_light,
        judged_by=verdict.judged_by,
        issues=[asdict(issue) for issue in verdict.issues],
        summary=verdict.summary,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    return view_of(VerdictView, row)


def of_job(session: Session, job_id: str) -> tuple[VerdictView, ...]:
    """In their order."""
    found = select(VerdictRow).where(VerdictRow.job_id == job_id)
    rows = session.scalars(found.order_by(VerdictRow.created_at, VerdictRow.id))
    return tuple(view_of(VerdictView, row) for row in rows)


def verdict_of(kept: VerdictView) -> Verdict:
    """The verdict as it was given."""
    issues = tuple(Issue(**{**issue, "severity": Severity(issue["severity"])}) for issue in kept.issues)
    return Verdict(kept.fingerprint, kept.green_light, kept.judged_by, issues, kept.summary)
