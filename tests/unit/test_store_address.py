"""Where the database is, as people write it, and what is said of it when it fails."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from agent.errors import BadInput
from agent.store.connections import default_url, parsed_url
from agent.store.faults import translated, will_pass


def test_the_embedded_database_is_in_the_home():
    """Whatever the folder is called."""
    home = Path("/tmp/my films?/50% #1")

    assert parsed_url(default_url(home)).database == str(home / "roughcut.sqlite")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_one_driver(scheme: str):
    """Under each name that hosts give it."""
    assert parsed_url(f"{scheme}://me:secret@db:5432/x").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["mysql://db/x", "no address", "sqlite://"])
def test_another_database_is_refused(url: str):
    """With the form that is expected; a database in memory would be lost between two processes."""
    with pytest.raises(BadInput) as refused:
        parsed_url(url)

    assert "postgresql://" in refused.value.hint


def test_no_message_holds_the_password():
    """It would go to logs and clients."""
    url = make_url("postgresql+psycopg://me:secret@db:5432/x")
    error = OperationalError("SELECT 1", {"password": "secret"}, RuntimeError("gone"), hide_parameters=True)

    told = translated(error, url)

    assert "secret" not in f"{told} {told.hint} {error}"
    assert "db:5432" in str(told)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (psycopg.OperationalError("connection refused"), True),
        (psycopg.OperationalError("FATAL:  the database system is starting up"), True),
        (psycopg.OperationalError('FATAL:  password authentication failed for user "me"'), False),
        (psycopg.OperationalError('FATAL:  database "x" does not exist'), False),
        (psycopg.errors.AdminShutdown("terminating connection"), True),
        (psycopg.errors.CrashShutdown("terminating connection"), True),
        (psycopg.errors.DeadlockDetected("deadlock detected"), True),
        (psycopg.errors.LockNotAvailable("lock timeout"), True),
        (psycopg.errors.TooManyConnections("too many clients"), True),
        (psycopg.errors.IdleInTransactionSessionTimeout("timeout"), True),
        (psycopg.errors.DiskFull("no space left"), False),
        (psycopg.errors.UniqueViolation("duplicate key"), False),
        (psycopg.errors.UndefinedTable("no such table"), False),
        (sqlite3.OperationalError("no such table"), False),
    ],
)
def test_only_what_passes_is_waited_for(error: Exception, passes: bool):
    """A wrong password and a fault of ours are told at once."""
    assert will_pass(DBAPIError("", None, error)) is passes
