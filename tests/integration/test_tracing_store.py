"""Spans in the table: as they happen, over a kill -9, and on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from agent.settings import Settings
from agent.store import jobs, sessions, traces
from agent.store.database import Database
from agent.store.views import JobView, SessionView, new_id
from agent.trace_view import runs_of
from agent.tracing import SpanRecord, Tracing, leaf_span, new_trace_id, span, start_tracing

ROOT = Path(__file__).parents[2]


@pytest.fixture
def job(database: Database) -> JobView:
    """A job in a session, with a trace id."""
    owner = SessionView(id=new_id())
    wanted = JobView(id=new_id(), session_id=owner.id, request="Cut it.", trace_id=new_trace_id())
    database.do(partial(sessions.add, new=owner))
    return database.do(partial(jobs.add, new=wanted))


@contextmanager
def tracing_to(database: Database) -> Iterator[Tracing]:
    def store(spans: Sequence[SpanRecord]) -> None:
        database.do(partial(traces.upsert, spans=spans))

    tracing = start_tracing(store, Settings(_env_file=None))
    try:
        yield tracing
    finally:
        tracing.close(30)


def stored(database: Database, job: JobView) -> dict[str, SpanRecord]:
    """The spans of the job by name."""
    found = database.do(partial(traces.of_job, job_id=job.id), read_only=True)
    return {record.name: record for record in found}


def test_a_span_is_a_row_from_its_start(database: Database, job: JobView):
    """Its end is in the same row; nothing that a database refuses costs the span."""
    with tracing_to(database) as tracing, tracing.job_trace(job.id, job.trace_id or ""):
        with leaf_span("ffmpeg", kind="ffmpeg", ffmpeg_args=["ffmpeg", "-i", "a\0b"]) as traced:
            assert tracing.flush(30)
            at_start = stored(database, job)["ffmpeg"]
            traced.set(cpu_s=1.5, logs="bad \0 bytes \udc80", gpu={"renderer": "SwiftShader"})
            traced.add_payload(in_={"value": float("nan")}, out=["\0"])
        assert tracing.flush(30)

        ended = stored(database, job)["ffmpeg"]

    assert (at_start.status, at_start.ended_at) == ("open", None)
    assert at_start.ffmpeg_args is not None and at_start.ffmpeg_args[:2] == ["ffmpeg", "-i"]
    assert (ended.span_id, ended.status, ended.cpu_s) == (at_start.span_id, "ok", 1.5)
    assert ended.gpu == {"renderer": "SwiftShader"}
    assert ended.started_at == at_start.started_at


def test_a_killed_process_leaves_the_span_it_was_in(database: Database, job: JobView):
    """After kill -9 the table shows the stage and the very ffmpeg; the next run goes on in the same trace."""
    with killed_at_the_end(database, job) as process:
        wait_until(lambda: "ffmpeg" in stored(database, job), process)

    left = stored(database, job)
    assert {name: found.status for name, found in left.items()} == {
        "job": "open",
        "ingest": "ok",
        "render": "open",
        "ffmpeg": "open",
    }
    assert "-re" in (left["ffmpeg"].ffmpeg_args or ())
    with (
        tracing_to(database) as tracing,
        tracing.job_trace(job.id, job.trace_id or "", attempt=2),
        span("render", kind="stage"),
    ):
        pass

    spans = database.do(partial(traces.of_trace, trace_id=job.trace_id))
    cut_short, second = runs_of(spans)
    assert [record.name for record, _ in cut_short.lines] == ["job", "ingest", "render", "ffmpeg"]
    assert [(record.name, record.status) for record, _ in second.lines] == [("job", "ok"), ("render", "ok")]


@contextmanager
def killed_at_the_end(database: Database, job: JobView) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works on the job in a group of its own, and gets SIGKILL."""
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.traced_job", url, job.id, str(job.trace_id)]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "the process lives until it is killed"
        assert time.monotonic() < deadline, "it happens within a minute"
        time.sleep(0.05)
