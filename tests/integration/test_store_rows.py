"""Rows come back as they were given, on SQLite and on PostgreSQL, and what belongs together stays so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest

from agent.domain import Issue, JobStatus, Severity, Verdict
from agent.errors import Conflict, NotFound, StoreFailed, Superseded
from agent.store import (
    artifacts,
    assets,
    compositions,
    evaluations,
    events,
    executors,
    jobs,
    keys,
    model_calls,
    sessions,
    traces,
    verdicts,
)
from agent.store.database import Database
from agent.store.fence import Fence
from agent.store.views import (
    ArtifactView,
    AssetType,
    AssetView,
    EvaluationView,
    JobView,
    new_id,
    now,
)
from agent.tracing import SpanRecord
from tests.stored import claimed, stored_job, stored_session


def test_a_job_reads_back_as_it_was_given(database: Database):
    """With its times in UTC, its JSON cleaned and its title made of the first line."""
    berlin = timezone(timedelta(hours=1))
    asked_at = datetime(2026, 11, 21, 10, 0, 0, 123456, berlin)
    given = JobView(
        id=new_id(),
        session_id=stored_session(database).id,
        request="Trim\0 it\nand add music",
        options={"crop": [1, 2.5, float("nan")], "nested": {"ü": None}},
        cost_usd=0.1,
        created_at=asked_at,
    )

    database.do(partial(jobs.add, new=given))
    kept = database.do(partial(jobs.get, job_id=given.id), read_only=True)

    assert kept == replace(
        given,
        request="Trim\ufffd it\nand add music",
        title="Trim\ufffd it",
        options={"crop": [1, 2.5, None], "nested": {"ü": None}},
    )
    assert kept.created_at.tzinfo is UTC


def test_the_same_key_is_one_job(database: Database):
    """The first is given back for the same request; for another the key is refused."""
    first = stored_job(database, idempotency_key="k", request_sha256="a")
    asked = partial(stored_job, database, session_id=first.session_id, idempotency_key="k")

    assert asked(request_sha256="a").id == first.id
    with pytest.raises(Conflict, match=first.id):
        asked(request_sha256="b")
    assert asked(request_sha256="b", tenant="other").id != first.id


def test_a_request_against_a_stale_revision_is_refused(database: Database):
    """The session has gone on since; the request that was kept before is given back all the same."""
    session_id = stored_session(database).id
    asked = partial(stored_job, database, session_id=session_id, base_revision=0)
    kept = asked(idempotency_key="k", request_sha256="a")
    fence = claimed(database, kept)
    composition = database.do(partial(compositions.add, fence=fence, fingerprint="f" * 64, program="a"))

    current = partial(sessions.make_current, session_id=session_id, composition_id=composition.id)
    database.do(partial(jobs.end, fence=fence, status=JobStatus.COMPLETED))
    revisions = [database.do(current).revision, database.do(current).revision]

    assert revisions == [1, 1]
    with pytest.raises(Conflict, match="revision 0"):
        asked()
    assert asked(idempotency_key="k", request_sha256="a").id == kept.id


def test_a_request_beside_one_that_makes_the_next_revision_is_refused(database: Database):
    """Of two requests against one revision the second would start from what its asker has not seen."""
    session_id = stored_session(database).id
    asked = partial(stored_job, database, session_id=session_id, base_revision=0)
    first = asked()

    with pytest.raises(Conflict, match=first.id):
        asked()
    assert stored_job(database, session_id=session_id).status is JobStatus.PENDING
    for unfinished in database.do(partial(jobs.of_session, session_id=session_id)):
        database.do(partial(jobs.request_cancel, job_id=unfinished.id))
    assert asked().id != first.id


def test_a_leg_that_is_over_takes_nothing_over(database: Database):
    """A job that was cancelled in the queue and tried again is in it twice; the first changes nothing."""
    job = stored_job(database)
    database.do(partial(jobs.request_cancel, job_id=job.id))
    second = database.do(partial(jobs.retry, job_id=job.id))
    fence = database.do(partial(jobs.claim, job_id=job.id, executor="worker-2", leg=second.leg))

    with pytest.raises(Superseded, match="Leg 1"):
        database.do(partial(jobs.claim, job_id=job.id, executor="worker-1", leg=job.leg))

    database.do(partial(jobs.update, fence=fence, stage="compose"))
    kept = database.do(partial(jobs.get, job_id=job.id))
    assert (kept.owner, kept.attempt) == ("worker-2", fence.attempt)


def test_what_is_another_tenants_is_not_there(database: Database):
    """Sessions, jobs and artifacts of others look as if there were none."""
    session = stored_session(database, tenant="a")
    fence = claimed(database, stored_job(database, session_id=session.id, tenant="a"))
    artifact = database.do(
        partial(artifacts.add, fence=fence, new=ArtifactView(fence.job_id, "video", "v", "p", "s", 1, "t"))
    )

    for get, reference in (
        (sessions.get, session.id),
        (jobs.get, fence.job_id),
        (artifacts.get, artifact.id),
        (jobs.request_cancel, fence.job_id),
    ):
        assert database.do(lambda rows, get=get, reference=reference: get(rows, reference, "a"))
        with pytest.raises(NotFound):
            database.do(lambda rows, get=get, reference=reference: get(rows, reference, "b"))


def test_a_list_goes_on_where_it_ended(database: Database):
    """The newest first, of the tenant, the session and the status asked for; also those of one moment."""
    session = stored_session(database)
    at = now()
    made = {stored_job(database, session_id=session.id, created_at=at).id for _ in range(5)}
    stored_job(database)
    mine = partial(jobs.list_jobs, session_id=session.id, tenant="local", status=JobStatus.PENDING, limit=2)

    pages = [database.do(mine)]
    while pages[-1]:
        pages.append(database.do(partial(mine, before=pages[-1][-1].id)))

    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert {job.id for page in pages for job in page} == made


def test_a_session_goes_with_all_that_is_its(database: Database):
    """Nothing is left that refers to what is gone."""
    fence = claimed(database)
    session_id = database.do(partial(jobs.get, job_id=fence.job_id)).session_id
    row = database.do(partial(compositions.add, fence=fence, fingerprint="f" * 64, program="a"))
    database.do(partial(sessions.make_current, session_id=session_id, composition_id=row.id))
    database.do(partial(events.append, job_id=fence.job_id, kind="stage", data={}))

    database.do(partial(sessions.delete, session_id=session_id))

    with pytest.raises(NotFound):
        database.do(partial(compositions.get, composition_id=row.id))
    assert database.do(partial(events.after, job_id=fence.job_id)) == ()


def test_what_does_not_fit_is_refused(database: Database):
    """A job of no session, and a status that is none: nothing of it is written."""
    orphan = JobView(id=new_id(), session_id="gone", request="x")
    with pytest.raises(StoreFailed, match="refuses"):
        database.do(partial(jobs.add, new=orphan))

    fence = claimed(database)
    with pytest.raises(StoreFailed):
        database.do(partial(jobs.update, fence=fence, status="perhaps"))
    assert database.do(partial(jobs.get, job_id=fence.job_id)).status is JobStatus.PROCESSING


def test_an_asset_of_the_same_name_is_replaced(database: Database):
    """Under the id that it had."""
    session_id = stored_session(database).id
    first = AssetView(session_id, "clip.mp4", AssetType.RAW_FOOTAGE, "a", 5 * 10**9, "a" * 64)
    second = replace(first, id=new_id(), sha256="b" * 64, type=AssetType.B_ROLL, details={"page": 1})

    database.do(partial(assets.add, new=first))
    kept = database.do(partial(assets.add, new=second))

    assert kept == replace(second, id=first.id, created_at=first.created_at)
    assert database.do(partial(assets.of_session, session_id=session_id)) == (kept,)


def test_what_is_written_again_is_there_once(database: Database):
    """A worker that goes on after a restart writes again what was written before."""
    fence = claimed(database)
    verdict = Verdict("f" * 64, False, "checks", (Issue("black", "b", Severity.WARNING, 1.5),), "dark")
    video = ArtifactView(fence.job_id, "video", "out.mp4", "x/out.mp4", "s", 7, "video/mp4")

    for _ in range(2):
        composition = database.do(partial(compositions.add, fence=fence, fingerprint="f" * 64, program="a"))
        said = database.do(partial(verdicts.add, fence=fence, verdict=verdict))
        artifact = database.do(partial(artifacts.add, fence=fence, new=replace(video, id=new_id())))
        scores = EvaluationView(fence.job_id, 0.9, True, {"pace": 0.9}, artifact_id=artifact.id)
        database.do(partial(evaluations.add, fence=fence, new=scores))

    job = database.do(partial(jobs.get, job_id=fence.job_id))
    assert composition.number == 1
    assert job.composition_id == said.composition_id == composition.id
    assert verdicts.verdict_of(said) == verdict
    assert database.do(partial(verdicts.of_job, job_id=job.id)) == (said,)
    assert database.do(partial(artifacts.of_job, job_id=job.id)) == (artifact,)
    assert database.do(partial(evaluations.of_job, job_id=job.id)) == (scores,)


def test_a_span_is_there_from_its_start(database: Database):
    """When it ends the row is completed, so that a crash shows what was going on."""
    began = SpanRecord("t", "s", "render", now(), logs="\0", payload_in=["a", float("inf")])
    ended = replace(began, ended_at=now(), duration_ms=5.5, is_failure=True, ffmpeg_args=["-i", "x"])

    database.do(partial(traces.upsert, spans=[began]))
    (open_span,) = database.do(partial(traces.of_trace, trace_id="t"))
    database.do(partial(traces.upsert, spans=[ended]))
    (closed_span,) = database.do(partial(traces.of_trace, trace_id="t"))

    assert open_span.ended_at is None
    assert closed_span == replace(ended, logs="\ufffd", payload_in=["a", None])


def test_a_revoked_key_lets_nobody_in(database: Database):
    """Nor does one that is not known; the secret is nowhere in the row."""
    secret = keys.new_secret()
    key = database.do(partial(keys.add, secret=secret, name="ci", tenant="a", quotas={"jobs": 3}))

    assert database.do(partial(keys.by_secret, secret=secret)) == key
    assert database.do(partial(keys.by_secret, secret=secret + "x")) is None
    (revoked,) = database.do(partial(keys.revoke, reference="ci"))
    assert revoked.revoked_at is not None
    assert database.do(partial(keys.by_secret, secret=secret)) is None
    assert database.do(partial(keys.list_keys, tenant="a")) == (revoked,)
    assert secret not in repr(revoked)
    with pytest.raises(NotFound):
        database.do(partial(keys.revoke, reference="nobody"))


def test_a_silent_executor_is_not_alive(database: Database):
    """By the database's clock; one that leaves is gone at once."""
    for name in ("a", "b"):
        database.do(partial(executors.beat, executor_id=name, host="h", pid=7))
    database.do(partial(executors.beat, executor_id="a", host="h", pid=7))

    assert database.do(partial(executors.live, lease_s=60.0)) == {"a", "b"}
    assert database.do(partial(executors.live, lease_s=-60.0)) == frozenset()
    database.do(partial(executors.drop, executor_id="a"))
    assert database.do(partial(executors.live, lease_s=60.0)) == {"b"}
    assert database.do(partial(executors.prune, older_than_s=-60.0)) == 1


def test_model_calls_have_a_limit_for_each_tenant(database: Database, monkeypatch: pytest.MonkeyPatch):
    """Who is over it hears when to ask again; when the window has gone by there is room."""
    take = partial(database.do, partial(model_calls.take, tenant="a", per_minute=2))

    waits = [take(), take(), take()]

    assert waits[:2] == [0.0, 0.0]
    assert 0 < waits[2] <= model_calls.WINDOW_S
    assert database.do(partial(model_calls.take, tenant="b", per_minute=2)) == 0.0
    monkeypatch.setattr(model_calls, "WINDOW_S", 0.0)
    assert take() == 0.0


def test_a_job_goes_through_its_legs(database: Database):
    """It waits for a yes, fails, is tried again, and is stopped; each is one leg, and asked once."""
    job = stored_job(database, needs_approval=True)
    fence = claimed(database, job)
    with pytest.raises(Conflict):
        database.do(partial(jobs.approve, job_id=job.id))
    database.do(partial(jobs.update, fence=fence, status=JobStatus.REVIEW_REQUIRED))

    legs = [database.do(partial(jobs.approve, job_id=job.id)).leg for _ in range(2)]
    fence = claimed(database, job)
    failed = database.do(partial(jobs.end, fence=fence, status=JobStatus.FAILED, error={"type": "x"}))
    legs += [database.do(partial(jobs.retry, job_id=job.id)).leg for _ in range(2)]
    stopped = database.do(partial(jobs.request_cancel, job_id=job.id))

    assert legs == [2, 2, 3, 3]
    assert failed.has_ended
    assert failed.error == {"type": "x"}
    assert (stopped.status, stopped.error, fence.attempt) == (JobStatus.CANCELLED, None, 2)
    told = database.do(partial(events.after, job_id=job.id))
    assert [event.data["status"] for event in told if event.kind == "end"] == ["failed", "cancelled"]


def test_an_end_is_an_end(database: Database):
    """It is told once and stays; who runs a job is asked to stop, and the job ends when he heeds it."""
    fence = claimed(database)
    asked = database.do(partial(jobs.request_cancel, job_id=fence.job_id))
    assert (asked.status, asked.has_ended) == (JobStatus.PROCESSING, False)
    assert asked.cancel_requested_at is not None

    for status in (JobStatus.CANCELLED, JobStatus.COMPLETED):
        ended = database.do(partial(jobs.end, fence=fence, status=status))

    assert ended.status is JobStatus.CANCELLED
    assert len(database.do(partial(events.after, job_id=fence.job_id))) == 1
    with pytest.raises(NotFound):
        database.do(partial(jobs.update, fence=Fence("none", 1), stage="x"))
