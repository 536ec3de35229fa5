"""Queries of the table `jobs`: asked for, claimed, led to an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy import update as update_of
from sqlalchemy.orm import Session

from agent.domain import EventKind, JobStatus
from agent.errors import Conflict, NotFound, Superseded
from agent.store import events, sessions
from agent.store.columns import JsonObject
from agent.store.fence import Fence
from agent.store.models import JobRow
from agent.store.statements import insert, values_of
from agent.store.views import TITLE_LETTERS, JobView, now, view_of

AGAIN = frozenset({JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.REVIEW_REQUIRED})
"""What may be tried once more when it has ended so."""
_UNFINISHED = frozenset({JobStatus.PENDING, JobStatus.PROCESSING})


def add(session: Session, new: JobView) -> JobView:
    """Keeps the job, or gives the one that was kept before under the same idempotency key.

    Raises `Conflict` when that one is another request, or the session has gone on since `base_revision`, or
    is about to.
    """
    if new.base_revision is not None:
        # Askers of one session come one after the other; one of them may be this one, asking twice.
        sessions.lock(session, new.session_id)
        if with_key(session, new.tenant, new.idempotency_key) is None:
            sessions.refuse_stale(session, new.session_id, new.base_revision)
            _refuse_unfinished(session, new.session_id, new.base_revision)
    title = new.title or new.request.strip().partition("\n")[0][:TITLE_LETTERS]
    row = insert(session, JobRow).values({**values_of(replace(new, title=title)), "last_seq": 0})
    session.execute(row.on_conflict_do_nothing())
    kept = with_key(session, new.tenant, new.idempotency_key) or get(session, new.id)
    if kept.id != new.id and kept.request_sha256 != new.request_sha256:
        raise Conflict(
            f"The idempotency key was used for another request: job {kept.id}.",
            hint="Use a new key for a new request.",
        )
    return kept


def get(session: Session, job_id: str, tenant: str | None = None) -> JobView:
    """Raises `NotFound`, also for a job of another tenant."""
    found = find(session, job_id, tenant)
    if found is None:
        raise NotFound(f"There is no job {job_id}.")
    return found


def find(session: Session, job_id: str, tenant: str | None = None) -> JobView | None:
    row = session.get(JobRow, job_id, populate_existing=True)
    return None if row is None or tenant not in (None, row.tenant) else view_of(JobView, row)


def list_jobs(
    session: Session,
    *,
    tenant: str | None = None,
    status: JobStatus | None = None,
    session_id: str | None = None,
    limit: int = 50,
    before: str | None = None,
) -> tuple[JobView, ...]:
    """The newest first; *before*: those older than the job with this id."""
    found = select(JobRow).order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit)
    for column, wanted in ((JobRow.tenant, tenant), (JobRow.status, status), (JobRow.session_id, session_id)):
        if wanted is not None:
            found = found.where(column == wanted)
    if before is not None:
        last = get(session, before, tenant)
        found = found.where(_older_than(last))
    return tuple(view_of(JobView, row) for row in session.scalars(found))


def of_session(session: Session, session_id: str) -> tuple[JobView, ...]:
    """All of them, the oldest first."""
    found = select(JobRow).where(JobRow.session_id == session_id).order_by(JobRow.created_at, JobRow.id)
    return tuple(view_of(JobView, row) for row in session.scalars(found))


def count_unfinished(session: Session) -> int:
    """How many jobs wait or run, of all tenants; one that a person has to approve does neither."""
    unfinished = select(func.count()).select_from(JobRow).where(JobRow.status.in_(_UNFINISHED))
    return session.scalar(unfinished) or 0


def pending_for(session: Session, least_s: float) -> tuple[JobView, ...]:
    """Jobs that have waited for at least that long to be begun, the oldest first."""
    before = now() - timedelta(seconds=least_s)
    waiting = select(JobRow).where(JobRow.status == JobStatus.PENDING, JobRow.created_at < before)
    return tuple(view_of(JobView, row) for row in session.scalars(waiting.order_by(JobRow.created_at)))


def claim(session: Session, job_id: str, executor: str, leg: int | None = None) -> Fence:
    """Takes the job over: whoever had it is `Superseded` from now on.

    So is this, and nobody else, for a job that has ended and for a *leg* that is not the job's last.
    """
    row = _locked(session, job_id)
    if leg not in (None, row.leg):
        raise Superseded(f"Leg {leg} of job {job_id} is over: leg {row.leg} is the one to carry out.")
    if row.ended_at is not None:
        raise Superseded(f"Job {job_id} has ended as {row.status}: there is nothing to take over.")
    row.attempt += 1
    row.owner = executor
    row.status = JobStatus.PROCESSING
    row.started_at = row.started_at or now()
    return Fence(job_id, row.attempt)


def update(session: Session, fence: Fence, **values: object) -> None:
    """Sets columns of the job. Raises `Superseded` when another worker has it."""
    mine = (JobRow.id == fence.job_id, JobRow.attempt == fence.attempt)
    done = session.execute(update_of(JobRow).where(*mine).values(values).returning(JobRow.id))
    if done.scalar() is None:
        fence.hold(session)


def end(
    session: Session,
    fence: Fence,
    status: JobStatus,
    *,
    message: str = "",
    hint: str = "",
    error: JsonObject | None = None,
    record: JsonObject | None = None,
) -> JobView:
    """Ends the job and tells those who follow it, in one; a job that has ended so before stays as it is."""
    fence.hold(session)
    row = _locked(session, fence.job_id)
    if row.ended_at is None:
        row.record = record or row.record
        _end(session, row, status, message, hint, error)
    return view_of(JobView, row)


def request_cancel(session: Session, job_id: str, tenant: str | None = None) -> JobView:
    """Asks whoever runs the job to stop. One that nobody runs ends at once; one that has ended stays so."""
    row = _locked(session, job_id, tenant)
    if row.ended_at is None and row.cancel_requested_at is None:
        row.cancel_requested_at = now()
    if row.ended_at is None and row.status is not JobStatus.PROCESSING:
        _end(session, row, JobStatus.CANCELLED, "stopped before it was begun")
    return view_of(JobView, row)


def approve(session: Session, job_id: str, tenant: str | None = None) -> JobView:
    """A person's yes to a job that waits for it: it is pending again, in a new leg. Once is enough."""
    row = _locked(session, job_id, tenant)
    if row.approved_at is None:
        if not view_of(JobView, row).awaits_approval:
            raise Conflict(
                f"Job {job_id} is {row.status}: it does not wait for approval.",
                hint="A job waits for one when it was asked for with approval and its plan is made.",
            )
        row.approved_at = now()
        _begin_leg(row)
    return view_of(JobView, row)


def retry(session: Session, job_id: str, tenant: str | None = None) -> JobView:
    """A job that did not succeed is pending again, in a new leg; one that is pending stays so."""
    row = _locked(session, job_id, tenant)
    if row.status is not JobStatus.PENDING:
        if row.ended_at is None or row.status not in AGAIN:
            raise Conflict(
                f"Job {job_id} is {row.status}: only one that has failed can be tried again.",
                hint="Ask for the same in a new job." if row.ended_at else "Cancel it first, or let it end.",
            )
        _begin_leg(row)
    return view_of(JobView, row)


def _refuse_unfinished(session: Session, session_id: str, base_revision: int) -> None:
    """Raises `Conflict` when a job of the session is to make what the request does not know of."""
    for job in of_session(session, session_id):
        if job.status in _UNFINISHED:
            raise Conflict(
                f"The request was made against revision {base_revision} of the session, and job {job.id} is "
                "to make the next one.",
                hint="Wait for that job or cancel it; without a revision the request follows upon it.",
            )


def _older_than(last: JobView) -> ColumnElement[bool]:
    at = JobRow.created_at
    return or_(at < last.created_at, and_(at == last.created_at, JobRow.id < last.id))


def with_key(session: Session, tenant: str, idempotency_key: str | None) -> JobView | None:
    """The tenant's job that was asked for under that key; None: none was, or there is no key."""
    if idempotency_key is None:
        return None
    same = (JobRow.tenant == tenant, JobRow.idempotency_key == idempotency_key)
    row = session.scalars(select(JobRow).where(*same)).first()
    return None if row is None else view_of(JobView, row)


def _locked(session: Session, job_id: str, tenant: str | None = None) -> JobRow:
    row = session.get(JobRow, job_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None or tenant not in (None, row.tenant):
        raise NotFound(f"There is no job {job_id}.")
    return row


def _end(
    session: Session,
    row: JobRow,
    status: JobStatus,
    message: str,
    hint: str = "",
    error: JsonObject | None = None,
) -> None:
    row.status, row.message, row.hint, row.error, row.ended_at = status, message, hint, error, now()
    session.flush()
    events.append(session, row.id, EventKind.END, {"status": status, "message": message, "hint": hint})


def _begin_leg(row: JobRow) -> None:
    row.leg += 1
    row.status, row.stage, row.message, row.hint = JobStatus.PENDING, "", "", ""
    row.error = row.ended_at = row.cancel_requested_at = None
