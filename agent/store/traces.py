"""Queries of the table `traces`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from agent.store.models import SpanRow
from agent.store.statements import insert_by, values_of
from agent.store.views import view_of
from agent.tracing import SpanRecord

_KEY = ("trace_id", "span_id")


def upsert(session: Session, spans: Sequence[SpanRecord]) -> None:
    """Keeps the spans, each as it is now: when it begins and again when it ends.

    No fence: what a worker did before it was superseded took its time and money, too.
    """
    # This is written several times a second: past the ORM, which would cost three times as much.
    statement = _upsert(session.get_bind().dialect.name)
    session.connection().execute(statement, [values_of(span) for span in spans])


@cache
def _upsert(dialect: str) -> Executable:
    kept = insert_by(dialect, SpanRow)
    changed = {name: column for name, column in kept.excluded.items() if name not in _KEY}
    return kept.on_conflict_do_update(index_elements=_KEY, set_=changed)


def of_job(session: Session, job_id: str) -> tuple[SpanRecord, ...]:
    """In the order in which they began."""
    found = select(SpanRow).where(SpanRow.job_id == job_id)
    rows = session.scalars(found.order_by(SpanRow.started_at, SpanRow.span_id))
    return tuple(view_of(SpanRecord, row) for row in rows)


def of_trace(session: Session, trace_id: str) -> tuple[SpanRecord, ...]:
    """In the order in which they began."""
    found = select(SpanRow).where(SpanRow.trace_id == trace_id)
    rows = session.scalars(found.order_by(SpanRow.started_at, SpanRow.span_id))
    return tuple(view_of(SpanRecord, row) for row in rows)
