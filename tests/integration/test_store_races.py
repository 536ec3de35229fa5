"""Whoever writes at the same time as others, each write is there once and in its order."""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from agent.errors import StoreFailed, Superseded
from agent.store import compositions, events, jobs, model_calls, sessions
from agent.store.database import Database
from tests.stored import claimed, stored_job, stored_session

T = TypeVar("T")
THREADS = 4
_gate: Barrier
"""Where the processes of a test wait for one another."""


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each returns, all begun at the same moment."""
    gate = threading.Barrier(len(works), timeout=30)

    def begun(work: Callable[[], T]) -> T:
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begun, works))


def test_of_racing_claims_the_last_holds(database: Database):
    """Every worker gets a token of its own; all but the highest are refused from then on, with no trace."""
    job = stored_job(database)
    claims = [partial(claimed, database, job, f"worker-{number}") for number in range(THREADS)]

    fences = sorted(at_once(claims), key=lambda fence: fence.attempt)

    assert [fence.attempt for fence in fences] == list(range(1, THREADS + 1))
    for fence in fences[:-1]:
        for write in (
            partial(jobs.update, fence=fence, stage="zombie"),
            partial(jobs.end, fence=fence, status="completed"),
            partial(events.append, job_id=job.id, kind="stage", data={}, fence=fence),
            partial(compositions.add, fence=fence, fingerprint="f" * 64, program="zombie"),
        ):
            with pytest.raises(Superseded):
                database.do(write)
    database.do(partial(jobs.update, fence=fences[-1], stage="mine"))
    kept = database.do(partial(jobs.get, job_id=job.id))
    assert (kept.stage, kept.composition_id, kept.has_ended) == ("mine", None, False)
    assert database.do(partial(events.after, job_id=job.id)) == ()


def test_nobody_takes_a_job_over_in_the_midst_of_a_write(postgres_url: str):
    """Who holds the fence has the job until his transaction ends; SQLite has one writer at a time anyway."""
    database, hasty = Database.open(postgres_url), Database.open(postgres_url, patience_s=0.0)
    fence = claimed(database)

    def take_over(session: Session) -> None:
        session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        jobs.claim(session, fence.job_id, "worker-2")

    def write(session: Session) -> None:
        fence.hold(session)
        with pytest.raises(StoreFailed, match="lock timeout"):
            hasty.do(take_over)

    database.do(write)
    hasty.do(take_over)
    with pytest.raises(Superseded):
        database.do(write)
    database.close()
    hasty.close()


def test_parallel_writers_leave_no_gap(database: Database):
    """A follower who reads meanwhile sees each event once, in its order."""
    job, each = stored_job(database), 25
    seen: list[int] = []

    def tell(writer: int) -> None:
        for number in range(each):
            database.do(partial(events.append, job_id=job.id, kind="step", data={"by": [writer, number]}))

    def follow() -> None:
        while len(seen) < each * THREADS:
            last = seen[-1] if seen else 0
            told = database.do(partial(events.after, job_id=job.id, seq=last, limit=7), read_only=True)
            seen.extend(event.seq for event in told)

    at_once([follow, *(partial(tell, writer) for writer in range(THREADS))])

    assert seen == list(range(1, each * THREADS + 1))
    told = database.do(partial(events.after, job_id=job.id))
    for writer in range(THREADS):
        numbers = [event.data["by"][1] for event in told if event.data["by"][0] == writer]
        assert numbers == list(range(each))


def test_the_same_key_twice_at_once_is_one_job(database: Database):
    """Both askers get the same job."""
    ask = partial(
        stored_job,
        database,
        session_id=stored_session(database).id,
        idempotency_key="k",
        request_sha256="a",
        base_revision=0,
    )

    asked = at_once([ask] * THREADS)

    assert len({job.id for job in asked}) == 1
    assert len(database.do(jobs.list_jobs)) == 1


def test_jobs_of_one_session_number_their_compositions_in_turn(database: Database):
    """No number is given twice, and none is left out."""
    session_id = stored_session(database).id
    fences = [claimed(database, stored_job(database, session_id=session_id)) for _ in range(THREADS)]

    def compose(fence: object) -> None:
        for number in range(5):
            add = partial(compositions.add, fence=fence, fingerprint=f"{number}" * 64, program="a")
            row = database.do(add)
            database.do(partial(sessions.make_current, session_id=session_id, composition_id=row.id))

    at_once([partial(compose, fence) for fence in fences])

    kept = database.do(partial(compositions.of_session, session_id=session_id))
    assert [row.number for row in kept] == list(range(1, 5 * THREADS + 1))
    assert database.do(partial(sessions.get, session_id=session_id)).revision == 5 * THREADS


def _meet(gate: Barrier) -> None:
    global _gate
    _gate = gate


def _granted(url: str, tenants: list[str]) -> list[bool]:
    database = Database.open(url)
    granted = []
    for tenant in tenants:
        _gate.wait(timeout=60)
        granted.append(database.do(partial(model_calls.take, tenant=tenant, per_minute=2)) == 0.0)
    database.close()
    return granted


def test_the_limit_of_model_calls_is_exact_over_processes(postgres_url: str):
    """Three processes, which begin with an empty database, ask at once: each tenant gets its two calls."""
    tenants = [f"tenant {number}" for number in range(15)]
    spawning = multiprocessing.get_context("spawn")

    with ProcessPoolExecutor(3, spawning, initializer=_meet, initargs=(spawning.Barrier(3),)) as pool:
        asked = [pool.submit(_granted, postgres_url, tenants) for _ in range(3)]
        granted = [each.result(timeout=90) for each in asked]

    assert [sum(each) for each in zip(*granted, strict=True)] == [2] * len(tenants)
