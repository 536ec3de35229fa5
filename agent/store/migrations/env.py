"""What Alembic runs for each command. `schema.py` gives it a connection; a developer gives it a database:

    ROUGHCUT_DATABASE_URL=sqlite:////tmp/tables.sqlite alembic upgrade head
    ROUGHCUT_DATABASE_URL=sqlite:////tmp/tables.sqlite alembic revision --autogenerate --rev-id v0003 -m "…"

Then `schema.HEAD` is the new revision, and the tests hold the tables of both ways against each other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection

from agent.store.connections import connect, parsed_url
from agent.store.models import Base


@contextmanager
def _connection() -> Iterator[Connection]:
    given = context.config.attributes.get("connection")
    if given is not None:
        yield given
        return
    engine = connect(parsed_url(os.environ["ROUGHCUT_DATABASE_URL"]), enforces_keys=False)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    """DBOS keeps its tables in the same SQLite file: they are its own business."""
    return kind != "table" or name in Base.metadata.tables


with _connection() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=_is_ours,
        compare_type=True,
        user_module_prefix="",  # `script.py.mako` imports our column types by name
        render_as_batch=True,
        transactional_ddl=True,
    )
    context.run_migrations()
