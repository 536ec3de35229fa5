"""Queries of the table `assets`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.errors import NotFound
from agent.store.models import AssetRow
from agent.store.statements import insert, values_of
from agent.store.views import AssetView, view_of


def add(session: Session, new: AssetView) -> AssetView:
    """Keeps the asset; one of the same name in the session is replaced, under its old id."""
    kept = insert(session, AssetRow).values(values_of(new))
    changed = {name: kept.excluded[name] for name in _CHANGED}
    session.execute(kept.on_conflict_do_update(index_elements=["session_id", "name"], set_=changed))
    return get(session, new.session_id, new.name)


_CHANGED = ("type", "storage_path", "size_bytes", "sha256", "metadata")


def get(session: Session, session_id: str, name: str) -> AssetView:
    """Raises `NotFound`."""
    row = session.scalars(
        select(AssetRow)
        .where(AssetRow.session_id == session_id, AssetRow.name == name)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound(f"Session {session_id} has no asset {name!r}.")
    return view_of(AssetView, row)


def of_session(session: Session, session_id: str) -> tuple[AssetView, ...]:
    """In the order in which they came."""
    found = select(AssetRow).where(AssetRow.session_id == session_id)
    rows = session.scalars(found.order_by(AssetRow.created_at, AssetRow.name))
    return tuple(view_of(AssetView, row) for row in rows)
