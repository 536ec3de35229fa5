"""Queries of the table `executors`: which processes that run jobs are alive, by the database's clock."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agent.store.columns import DatabaseTime
from agent.store.models import ExecutorRow
from agent.store.statements import insert
from agent.store.views import now


def beat(session: Session, executor_id: str, *, host: str, pid: int) -> None:
    """The executor says that it is alive."""
    row = insert(session, ExecutorRow).values(
        id=executor_id, beat_at=DatabaseTime(), host=host, pid=pid, started_at=now()
    )
    session.execute(
        row.on_conflict_do_update(index_elements=[ExecutorRow.id], set_={"beat_at": DatabaseTime()})
    )


def live(session: Session, lease_s: float) -> frozenset[str]:
    """Those that were heard of within the lease."""
    heard = select(ExecutorRow.id).where(ExecutorRow.beat_at > DatabaseTime() - lease_s)
    return frozenset(session.scalars(heard))


def drop(session: Session, executor_id: str) -> None:
    """The executor leaves: its work can be taken over at once."""
    session.execute(delete(ExecutorRow).where(ExecutorRow.id == executor_id))


def prune(session: Session, older_than_s: float) -> int:
    """Forgets those that were silent for longer; returns how many."""
    silent = delete(ExecutorRow).where(ExecutorRow.beat_at < DatabaseTime() - older_than_s)
    return len(session.execute(silent.returning(ExecutorRow.id)).all())
