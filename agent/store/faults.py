"""Errors of databases: which pass by themselves, and how the others are told."""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from agent.errors import StoreFailed

_PASSING_STATES = re.compile(r"08|40001|40P01|53300|55P03|57P0[123]|25P03")
"""PostgreSQL: connection lost, serialisation, deadlock, too many clients, lock not to be had, shut down or
starting up, ended while it idled in a transaction.
"""
_LASTING_REFUSALS = re.compile(r"authentication failed|does not exist|no pg_hba.conf entry|No space left")
_FULL_DISK_STATES = frozenset({"53100"})


def will_pass(error: SQLAlchemyError) -> bool:
    """Whether the same transaction may succeed when it is tried again in a moment."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_code(error.orig) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return _PASSING_STATES.match(state) is not None
    # Whoever cannot connect is told why in words only.
    return type(error.orig).__name__ == "OperationalError" and not _LASTING_REFUSALS.search(str(error.orig))


def translated(error: SQLAlchemyError, url: URL) -> StoreFailed:
    """The error for people: which database, what it said, what to do. Never with what was to be written."""
    place = url.render_as_string(hide_password=True)
    said = _said(error)
    if isinstance(error, IntegrityError):
        return StoreFailed(f"The database {place} refuses what does not fit what it holds: {said}.")
    if _is_full_disk(error):
        hint = "Free some space on the disk of the database; what was stored until now is unharmed."
    elif url.get_backend_name() == "sqlite":
        hint = "See that its folder can be written and no other program holds it, or set ROUGHCUT_HOME."
    else:
        hint = "See that it runs and lets this machine in, or set ROUGHCUT_DATABASE_URL."
    return StoreFailed(f"The database {place} cannot be read or written: {said}.", hint=hint)


def _said(error: SQLAlchemyError) -> str:
    """The first line of what the database said."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(cause).__name__


def _is_full_disk(error: SQLAlchemyError) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) == sqlite3.SQLITE_FULL
    return getattr(cause, "sqlstate", None) in _FULL_DISK_STATES


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary code: the lowest byte of the extended one. 0 where Python itself raised it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
