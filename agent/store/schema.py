"""The version of the tables: made at once in a new SQLite file, migrated by Alembic otherwise."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, column, insert, inspect, select, table, text
from sqlalchemy.types import String

from agent.errors import StoreFailed
from agent.store.connections import connect
from agent.store.models import Base

HEAD = "v0002"
"""Revision of the last migration; here, because to ask Alembic takes longer than to open the database."""

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = table("alembic_version", column("version_num", String))
_LOCK = 0x726F756768
"""Of PostgreSQL's advisory locks: whoever changes the tables holds it."""


def bring_up_to_date(engine: Engine) -> None:
    """All tables are there, as this version wants them; processes that start together wait in turn."""
    with engine.connect() as connection:
        if version_of(connection) == HEAD:
            return
    # Tables are rebuilt on SQLite to be changed, which must not take along the rows that refer to them.
    changing = connect(engine.url, enforces_keys=False)
    try:
        with changing.begin() as connection:
            _change(connection)
    finally:
        changing.dispose()


def version_of(connection: Connection) -> str | None:
    """The revision that the tables are at; None: there are none of ours."""
    if not inspect(connection).has_table(VERSIONS.name):
        return None
    return connection.execute(select(VERSIONS.c.version_num)).scalar()


def _change(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.execute(text("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    found = version_of(connection)
    if found == HEAD:
        return
    if found is None and is_sqlite:
        _create(connection)
    else:
        upgrade(connection, found)


def _create(connection: Connection) -> None:
    """All at once, without Alembic, which a new user would wait for."""
    Base.metadata.create_all(connection)
    connection.execute(text(f"CREATE TABLE {VERSIONS.name} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(insert(VERSIONS).values(version_num=HEAD))


def upgrade(connection: Connection, found: str | None, target: str = "head") -> None:
    """Migrates within the connection's transaction. Raises `StoreFailed` for what a newer version made."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        ScriptDirectory.from_config(config).get_revision(found or "base")
    except CommandError as exc:
        place = connection.engine.url.render_as_string(hide_password=True)
        raise StoreFailed(
            f"The database {place} is at version {found}, this is a Roughcut for {HEAD}.",
            hint="It was made by a newer Roughcut: install that, or use another database.",
        ) from exc
    command.upgrade(config, target)
