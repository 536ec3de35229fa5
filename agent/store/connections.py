"""How a database is connected to: SQLite for one machine, PostgreSQL for many."""

from __future__ import annotations

import json
import sqlite3
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from agent.errors import BadInput, SetupMissing, StoreFailed

SQLITE_FILE = "roughcut.sqlite"
BEGIN = "sqlite_begin"
"""Execution option: how a transaction on SQLite begins."""

_LOCK_WAIT_S = 1.0
_CONNECT_WAIT_S = 10
_POSTGRESQL_LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "20s",
    # A worker that is stopped in the midst of a transaction must not keep the others from its job.
    "idle_in_transaction_session_timeout": "15s",
}
_to_json = partial(json.dumps, ensure_ascii=False, allow_nan=False)


def default_url(home: Path) -> str:
    """The embedded database of this home."""
    return URL.create("sqlite", database=str(home.absolute() / SQLITE_FILE)).render_as_string()


def parsed_url(url: str) -> URL:
    """The address, with the driver that is used here. Raises `BadInput` for any other database."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        raise BadInput("ROUGHCUT_DATABASE_URL is not the address of a database.", hint=_URL_HINT) from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database:
            return parsed
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise BadInput(f"Expected sqlite or postgresql, found a database of {other}.", hint=_URL_HINT)


_URL_HINT = "Write postgresql://user:password@host:5432/name, or sqlite:////folder/roughcut.sqlite."


def connect(url: URL, *, enforces_keys: bool = True) -> Engine:
    """Opens nothing yet. Without *enforces_keys* SQLite lets a migration rebuild a table others refer to."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, enforces_keys)
    try:
        return _postgresql(url)
    except ModuleNotFoundError as exc:
        hint = "Install them: pip install 'roughcut[serve]'."
        raise SetupMissing("PostgreSQL needs packages that are not installed.", hint=hint) from exc


def _postgresql(url: URL) -> Engine:
    limits = " ".join(f"-c {name}={value}" for name, value in _POSTGRESQL_LIMITS.items())
    return create_engine(
        url,
        hide_parameters=True,
        json_serializer=_to_json,
        pool_size=5,
        max_overflow=15,
        connect_args={
            "connect_timeout": _CONNECT_WAIT_S,
            "options": limits,
            # A host that is gone without a word is noticed after about half a minute.
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    )


def _sqlite(url: URL, enforces_keys: bool) -> Engine:
    folder = Path(url.database or "").absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreFailed.at(folder, exc) from exc
    engine = create_engine(
        url, hide_parameters=True, json_serializer=_to_json, connect_args={"timeout": _LOCK_WAIT_S}
    )
    event.listen(engine, "connect", partial(_set_up_sqlite, enforces_keys))
    event.listen(engine, "begin", _begin)
    return engine


def _set_up_sqlite(enforces_keys: bool, connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # `_begin` says when a transaction begins, not the driver
    # Readers and the writer do not wait for each other; a killed process loses nothing, and a power cut loses
    # at most the last transactions, never the file, so that waiting for the disk at each commit buys little.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA foreign_keys = {'ON' if enforces_keys else 'OFF'}")


def _begin(connection: Connection) -> None:
    # Whoever reads before it writes would be refused, not made to wait, when another wrote meanwhile.
    how = connection.get_execution_options().get(BEGIN, "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {how}")
