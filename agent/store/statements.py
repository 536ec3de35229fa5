"""Statements that SQLite and PostgreSQL both know, each by a dialect of its own."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from agent.store.models import Base


def insert(session: Session, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """INSERT with ON CONFLICT."""
    return insert_by(session.get_bind().dialect.name, row)


def insert_by(dialect: str, row: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """As `insert`, for a statement that outlives a session."""
    return postgresql.insert(row) if dialect == "postgresql" else sqlite.insert(row)


def values_of(view: object) -> dict[str, Any]:  # Any: each column has its own type, which SQLAlchemy checks
    """The fields of a view, to be written."""
    return {known.name: getattr(view, known.name) for known in fields(view)}  # type: ignore[arg-type]
