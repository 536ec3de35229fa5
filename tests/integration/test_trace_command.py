"""`roughcut trace` as people and scripts call it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from smolagents import TokenUsage
from typer.testing import CliRunner

from agent.cli import app
from agent.models.traced import TracedConversation
from agent.settings import Settings
from agent.store import jobs, sessions, traces
from agent.store.database import Database, default_url
from agent.store.views import JobView, SessionView, new_id
from agent.tracing import new_trace_id, span, start_tracing


def command(home: Path, *arguments: str) -> Result:
    environment = {"ROUGHCUT_HOME": str(home), "COLUMNS": "120"}
    return CliRunner().invoke(app, ["trace", *arguments], env=environment)


@pytest.fixture
def job(tmp_path: Path) -> JobView:
    """A job on record that composed, asking a model whose price nobody knows, and failed."""
    database = Database.open(default_url(tmp_path))
    owner = SessionView(id=new_id())
    wanted = JobView(id=new_id(), session_id=owner.id, request="Cut [the] clip.", trace_id=new_trace_id())
    database.do(partial(sessions.add, new=owner))
    database.do(partial(jobs.add, new=wanted))
    tracing = start_tracing(
        lambda spans: database.do(partial(traces.upsert, spans=spans)), Settings(_env_file=None)
    )
    with tracing.job_trace(wanted.id, wanted.trace_id or ""), span("compose", kind="stage") as compose:
        with TracedConversation("my-own").call([{"role": "user", "content": "Cut it."}]) as call:
            call.billed(TokenUsage(1000, 50))
            call.replied("Done.")
        compose.fail("no green light")
    tracing.close(30)
    database.close()
    return wanted


def test_a_job_is_drawn_by_whatever_names_it(job: JobView, tmp_path: Path):
    """Steps, tokens and the failure are there, for its id, the start of it, its session, or as the latest."""
    by_job, by_session = command(tmp_path, job.id), command(tmp_path, job.session_id)
    by_start, latest = command(tmp_path, job.id[:8]), command(tmp_path)

    assert (by_job.exit_code, by_session.exit_code) == (0, 0)
    assert (
        by_start.stdout.splitlines()[1:] == latest.stdout.splitlines()[1:] == by_job.stdout.splitlines()[1:]
    )
    assert "Cut [the] clip." in by_job.stdout
    assert job.trace_id is not None and job.trace_id in by_job.stdout
    assert "    ask my-own" in by_job.stdout
    assert "1000+50" in by_job.stdout
    assert "compose: no green light" in by_job.stdout
    assert by_session.stdout.splitlines()[1:] == by_job.stdout.splitlines()[1:]


def test_a_script_gets_json(job: JobView, tmp_path: Path):
    """Every span with its times in ISO format, and the sums."""
    told = json.loads(command(tmp_path, job.id, "--json").stdout)

    assert (told["job_id"], told["trace_id"], told["status"]) == (job.id, job.trace_id, "pending")
    assert [found["name"] for found in told["spans"]] == ["job", "compose", "ask my-own"]
    assert told["spans"][2]["payload_in"] == [{"role": "user", "content": "Cut it."}]
    assert told["spans"][2]["started_at"].endswith("+00:00")
    assert told["totals"]["unpriced"] == {"my-own": 1}
    assert told["totals"]["input_tokens"] == 1000


def test_a_job_that_is_not_there_is_bad_input(tmp_path: Path):
    """Said as an error, to scripts too."""
    found = command(tmp_path, "nowhere", "--json")

    assert found.exit_code == 2
    assert json.loads(found.stdout)["message"] == "There is no job and no session with a job named 'nowhere'."
