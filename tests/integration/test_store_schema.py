"""The tables are the same whichever way they came to be, and only ours are touched."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, inspect, text

from agent.errors import StoreFailed
from agent.store import executors
from agent.store.connections import connect, parsed_url
from agent.store.database import Database
from agent.store.models import Base
from agent.store.schema import HEAD, MIGRATIONS, upgrade, version_of
from tests.postgres import PostgresCluster


@pytest.fixture(params=["sqlite", "postgresql"])
def two_empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Engine]]:
    """Two empty databases of each kind."""
    if request.param == "sqlite":
        urls = [f"sqlite:///{tmp_path}/{number}.sqlite" for number in range(2)]
    else:
        cluster: PostgresCluster = request.getfixturevalue("postgres")
        urls = [cluster.new_database() for _ in range(2)]
    engines = [connect(parsed_url(url), enforces_keys=False) for url in urls]
    yield engines
    for engine in engines:
        engine.dispose()


def described(connection: Connection) -> dict[str, list[str]]:
    """All that the database itself says of our tables, in an order that does not tell how they were made."""
    found = inspect(connection)
    return {
        table: sorted(
            repr(sorted(part.items()))
            for part in (
                *({**column, "type": str(column["type"])} for column in found.get_columns(table)),
                *found.get_foreign_keys(table),
                *found.get_unique_constraints(table),
                *found.get_check_constraints(table),
                *found.get_indexes(table),
                found.get_pk_constraint(table),
            )
        )
        for table in Base.metadata.tables
    }


def check(connection: Connection) -> None:
    """`alembic check`, which raises where the models and the database do not hold the same."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    command.check(config)


def test_migrations_lead_to_the_tables_of_the_models(two_empty: list[Engine]):
    """With every constraint and index, so that a new user's database and an old one's are alike."""
    made, migrated = two_empty
    # A copy: to add references later, as on PostgreSQL, is noted in the tables for the whole process.
    models = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.tables.values():
        table.to_metadata(models)

    with made.begin() as connection:
        models.create_all(connection)
        expected = described(connection)
    with migrated.begin() as connection:
        upgrade(connection, None)

        assert described(connection) == expected
        assert version_of(connection) == HEAD
        check(connection)


def test_a_cost_that_nobody_knows_is_no_longer_nothing(two_empty: list[Engine]):
    """Tokens that were kept as free had no known price; all else stays, with what refers to the jobs."""
    engine = two_empty[0]
    with engine.begin() as connection:
        upgrade(connection, None, "v0001")
        connection.execute(text(OLD_SESSION))
        for name, tokens, cost in (("offline", 0, 0.0), ("priced", 900, 0.25), ("own", 900, 0.0)):
            connection.execute(text(OLD_JOB), {"id": name, "tokens": tokens, "cost": cost})
            connection.execute(text(OLD_EVENT), {"id": name})

    Database.open(engine.url.render_as_string(hide_password=False)).close()

    with engine.begin() as connection:
        assert version_of(connection) == HEAD
        costs = connection.execute(text("SELECT id, cost_usd FROM jobs ORDER BY id")).all()
        assert [tuple(row) for row in costs] == [("offline", 0.0), ("own", None), ("priced", 0.25)]
        assert connection.execute(text("SELECT count(*) FROM events")).scalar() == 3
        check(connection)


OLD_SESSION = """INSERT INTO sessions (id, tenant, title, revision, created_at)
VALUES ('s', 'local', '', 0, '2026-01-01 00:00:00')"""
OLD_JOB = """INSERT INTO jobs (
    id, session_id, tenant, title, request, options, status, stage, message, hint, model,
    tokens_in, tokens_out, cost_usd, leg, attempt, needs_approval, created_at, last_seq
)
VALUES (:id, 's', 'local', '', 'trim it', '{}', 'completed', '', '', '', 'm',
    :tokens, 0, :cost, 1, 1, FALSE, '2026-01-01 00:00:00', 0)"""
OLD_EVENT = """INSERT INTO events (job_id, seq, kind, data, at, write_id)
VALUES (:id, 1, 'end', '{}', '2026-01-01 00:00:00', :id)"""


def test_the_tables_of_others_are_left_alone(two_empty: list[Engine]):
    """DBOS keeps its own in the same file: they are neither dropped nor thought to be ours."""
    engine = two_empty[0]
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE workflow_status (id TEXT PRIMARY KEY)"))
        connection.execute(text("INSERT INTO workflow_status VALUES ('w')"))

    Database.open(engine.url.render_as_string(hide_password=False)).close()

    with engine.begin() as connection:
        check(connection)
        assert connection.execute(text("SELECT id FROM workflow_status")).scalar() == "w"


def test_a_database_of_a_newer_version_is_not_touched(two_empty: list[Engine]):
    """The error says which version it has, and what to do."""
    engine = two_empty[0]
    url = engine.url.render_as_string(hide_password=False)
    Database.open(url).close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v9999'"))

    with pytest.raises(StoreFailed, match="v9999") as refused:
        Database.open(url)

    assert "newer" in refused.value.hint
    with engine.begin() as connection:
        assert version_of(connection) == "v9999"


def test_workers_that_start_together_make_the_tables_once(two_empty: list[Engine]):
    """Each of them can work when it has opened the database."""
    url = two_empty[0].url.render_as_string(hide_password=False)

    def begin(number: int) -> None:
        database = Database.open(url)
        database.do(partial(executors.beat, executor_id=f"worker-{number}", host="h", pid=number))
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(begin, range(4)))

    database = Database.open(url)
    assert len(database.do(partial(executors.live, lease_s=60.0))) == 4
    database.close()


def test_the_last_migration_is_the_one_that_is_expected():
    """`HEAD` is written by hand."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
