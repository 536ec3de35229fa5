"""Queries of the table `model_calls`: how many calls a tenant makes in a minute, over all processes."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from agent.store.columns import DatabaseTime
from agent.store.database import write_id
from agent.store.models import ModelCallRow

WINDOW_S = 60.0


def take(session: Session, tenant: str, per_minute: int) -> float:
    """0 when a call may be made now, else the seconds after which to ask again.

    Exact: in no 60 seconds more than *per_minute* are granted, whoever asks at the same time.
    """
    if per_minute < 1:
        raise ValueError(f"Expected at least one call a minute, found {per_minute}.")
    _wait_for_turn(session, tenant)
    name = write_id(session)
    if session.get(ModelCallRow, name) is not None:
        return 0.0
    time_s = session.scalars(select(DatabaseTime())).one()
    session.execute(delete(ModelCallRow).where(_of(tenant), ModelCallRow.at <= time_s - WINDOW_S))
    made = session.scalars(select(ModelCallRow.at).where(_of(tenant)).order_by(ModelCallRow.at.desc())).all()
    if len(made) >= per_minute:
        return max(made[per_minute - 1] + WINDOW_S - time_s, 0.001)
    session.add(ModelCallRow(id=name, tenant=tenant, at=time_s))
    return 0.0


def _wait_for_turn(session: Session, tenant: str) -> None:
    """One at a time counts and adds. On SQLite that holds for every transaction that writes."""
    if session.get_bind().dialect.name == "postgresql":
        key = func.hashtextextended(f"model_calls {tenant}", 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))


def _of(tenant: str) -> ColumnElement[bool]:
    return ModelCallRow.tenant == tenant
