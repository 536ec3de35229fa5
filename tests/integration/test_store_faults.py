"""What was committed is there once and what was not is done again, whatever happens to the database."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from agent.errors import StoreFailed, Superseded
from agent.store import events, jobs
from agent.store.database import Database, default_url
from tests.balancer import free_ports
from tests.postgres import PostgresCluster
from tests.stored import claimed, stored_job

LIMIT_S = 60
WRITERS = 3


def write_until(stop: threading.Event, database: Database, job_id: str, writer: int) -> int:
    """Tells of the job without a pause; returns how often."""
    number = 0
    while not stop.is_set():
        told = {"writer": writer, "number": number}
        database.do(partial(events.append, job_id=job_id, kind="step", data=told))
        number += 1
    return number


def test_a_restart_of_postgresql_costs_no_write(postgres: PostgresCluster, postgres_url: str):
    """Three writers wait while it recovers from a crash, then from an orderly end.

    Each event is there once, in its order, without a gap.
    """
    database = Database.open(postgres_url)
    job, stop = stored_job(database), threading.Event()

    with ThreadPoolExecutor(WRITERS) as pool:
        try:
            writers = [pool.submit(write_until, stop, database, job.id, number) for number in range(WRITERS)]
            for mode in ("immediate", "fast"):
                await_more(database, job.id, 30)
                postgres.restart(mode)
            await_more(database, job.id, 30)
        finally:
            stop.set()
        counts = [writer.result(timeout=LIMIT_S) for writer in writers]

    told = database.do(partial(events.after, job_id=job.id, limit=100_000))
    database.close()
    assert [event.seq for event in told] == list(range(1, sum(counts) + 1))
    for writer, count in enumerate(counts):
        numbers = [event.data["number"] for event in told if event.data["writer"] == writer]
        assert numbers == list(range(count))


def await_more(database: Database, job_id: str, count: int) -> None:
    """Returns when so many events more are told."""
    told = partial(events.after, job_id=job_id, limit=100_000)
    enough = len(database.do(told, read_only=True)) + count
    while len(database.do(told, read_only=True)) < enough:
        pass


def test_a_commit_that_nobody_confirmed_is_not_done_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    """The connection was lost after the database had committed: what is done again finds itself done."""
    fence = claimed(database)
    commit: Callable[[object], None] = database.engine.dialect.do_commit
    lost: list[object] = []

    def unheard(connection: object) -> None:
        commit(connection)
        if not lost:
            lost.append(connection)
            raise unheard_of(database)

    monkeypatch.setattr(database.engine.dialect, "do_commit", unheard)
    seq = database.do(partial(events.append, job_id=fence.job_id, kind="step", data={}, fence=fence))

    assert lost
    assert [event.seq for event in database.do(partial(events.after, job_id=fence.job_id))] == [seq]


def unheard_of(database: Database) -> Exception:
    """What the driver raises where the answer does not come."""
    if not database.is_sqlite:
        return psycopg.OperationalError("server closed the connection unexpectedly")
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return busy


def test_a_database_that_does_not_answer_is_told_after_a_while():
    """With its address, without the password, and with what to do."""
    url = f"postgresql://me:secret@127.0.0.1:{free_ports(1)[0]}/x"

    with pytest.raises(StoreFailed, match=r"127\.0\.0\.1") as failed:
        Database.open(url, patience_s=0.1)

    assert "secret" not in f"{failed.value} {failed.value.hint}"
    assert "ROUGHCUT_DATABASE_URL" in failed.value.hint


def test_a_locked_file_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """Another program writes for longer than SQLite itself waits: the write is tried again."""
    database = Database.open(default_url(tmp_path))
    job = stored_job(database)

    with (
        closing(sqlite3.connect(database.url.database or "", isolation_level=None)) as other,
        caplog.at_level(logging.WARNING, "agent.store.database"),
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")
        writing = pool.submit(database.do, partial(events.append, job_id=job.id, kind="step", data={}))
        while not caplog.records:
            assert not writing.done()
        other.execute("ROLLBACK")
        assert writing.result(timeout=LIMIT_S) == 1
    database.close()


def test_a_full_disk_is_told_at_once_and_harms_nothing(tmp_path: Path):
    """What was stored before is still there, and writing goes on when there is room again."""
    database = Database.open(default_url(tmp_path), patience_s=LIMIT_S)
    job = stored_job(database)
    program = partial(events.append, job_id=job.id, kind="code", data={"program": "x" * 4_000_000})

    limit_pages(database, 200)
    with pytest.raises(StoreFailed, match="full") as full:
        database.do(program)
    assert "space" in full.value.hint
    assert database.do(partial(events.after, job_id=job.id)) == ()

    limit_pages(database, 1_000_000)
    assert database.do(program) == 1
    database.close()


def limit_pages(database: Database, count: int) -> None:
    """SQLite then behaves as on a disk of that size."""
    database.do(lambda session: session.execute(text(f"PRAGMA max_page_count = {count}")).all())


def test_a_worker_that_stands_still_keeps_nobody_from_its_job(postgres_url: str):
    """PostgreSQL breaks off its transaction; when it wakes up its write is refused."""
    database = Database.open(postgres_url)
    job = stored_job(database)
    sleeper = claimed(database, job)
    held, taken_over = threading.Event(), threading.Event()

    def stand_still(session: Session) -> None:
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '100ms'"))
        sleeper.hold(session)
        held.set()
        assert taken_over.wait(LIMIT_S)
        jobs.update(session, sleeper, stage="zombie")

    with ThreadPoolExecutor(1) as pool:
        standing = pool.submit(database.do, stand_still)
        assert held.wait(LIMIT_S)
        claimed(database, job, "worker-2")
        taken_over.set()
        with pytest.raises(Superseded):
            standing.result(timeout=LIMIT_S)

    timeout = database.do(lambda session: session.scalar(text("SHOW idle_in_transaction_session_timeout")))
    assert timeout == "15s"
    assert database.do(partial(jobs.get, job_id=job.id)).stage == ""
    database.close()


def test_a_write_that_fails_leaves_nothing(database: Database):
    """What the same transaction had written before is taken back."""
    job = stored_job(database)

    def half(session: Session) -> None:
        events.append(session, job.id, "step", {})
        raise Superseded("too late")

    with pytest.raises(Superseded):
        database.do(half)

    assert database.do(partial(events.append, job_id=job.id, kind="step", data={})) == 1
