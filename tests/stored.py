"""Rows that tests of the store begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from agent.store import jobs, sessions
from agent.store.database import Database, default_url
from agent.store.fence import Fence
from agent.store.session_store import SessionStore
from agent.store.views import JobView, SessionView, new_id


def stored_job(database: Database, **values: object) -> JobView:
    """A pending job in a session of its own, or in the one that *values* name."""
    session_id = str(values.pop("session_id", None) or stored_session(database).id)
    job = JobView(**{"id": new_id(), "session_id": session_id, "request": "trim it", **values})  # type: ignore[arg-type]
    return database.do(partial(jobs.add, new=job))


def stored_session(database: Database, tenant: str = "local") -> SessionView:
    """A session without a folder."""
    return database.do(partial(sessions.add, new=SessionView(new_id(), tenant)))


def claimed(database: Database, job: JobView | None = None, executor: str = "worker-1") -> Fence:
    """The right to write for the job, or for a new one."""
    job = job or stored_job(database)
    return database.do(partial(jobs.claim, job_id=job.id, executor=executor))


@contextmanager
def session_at(home: Path) -> Iterator[SessionStore]:
    """A new session of this home, in its embedded database."""
    with closing(Database.open(default_url(home))) as database:
        yield SessionStore.create(database, home)
