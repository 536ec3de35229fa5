"""A job whose process is killed goes on where it was, on SQLite, and nothing is made or paid twice."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from tests.e2e.cli import FOOTAGE, Ended, command, command_environment, heed_interrupts, roughcut
from tests.model_server import (
    MODEL,
    ModelServer,
    asks_for_verdict,
    composes,
    finishes,
    is_for_plan,
    model_server,
    plans,
)
from tests.pool_sessions import reachable_folder
from tests.workers import browsers_below

PROGRAM = f"""
composition.resize(320, 180);
const layer = await composition.add(new core.Layer());
await layer.add(new core.VideoClip(asset('{FOOTAGE.name}'), {{ range: [0, 2], width: '100%' }}));
"""
LIMIT_S = 60
STEPS = ["ingest", "model reply 1", "compose", "critic", "render", "deliver"]
"""Recorded steps of a job, after each of which its process is killed, in the midst of the next."""


@pytest.fixture
def home() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        server.mind = _mind
        yield server


def _mind(asked: dict):
    replies = sum(message["role"] == "assistant" for message in asked["messages"])
    if is_for_plan(asked):
        return plans("Show the first two seconds.")
    return [composes(PROGRAM), asks_for_verdict(), finishes("done")][replies]


def environment_of(home: Path, server: ModelServer) -> dict[str, str]:
    scratch = home / "scratch"
    scratch.mkdir(exist_ok=True, mode=0o755)
    return {
        "ROUGHCUT_MODEL": MODEL,
        "ROUGHCUT_MODEL_BASE_URL": server.base_url,
        "ROUGHCUT_MODEL_API_KEY": "scripted",
        "ROUGHCUT_SPEECH_MODEL": "/nowhere",
        "ROUGHCUT_HEARTBEAT_S": "0.5",
        "TMPDIR": str(scratch),
    }


def killed_when(condition: Callable[[], bool], home: Path, environment: dict[str, str]) -> str:
    """Begins an edit and kills it as soon as that holds; returns the job's id."""
    edit = command("edit", FOOTAGE, "Show the first two seconds", "-o", home / "out.mp4", "--json")
    running = subprocess.Popen(
        edit,
        env=command_environment(home, **environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: condition() or running.poll() is not None, "the moment to kill")
    finally:
        running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL, "the edit ended before it was killed: the test shows nothing"
    return str(asked(home, "SELECT id FROM jobs")[0][0])


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline_s, f"waited {LIMIT_S} s for {what}"
        time.sleep(0.02)


def asked(home: Path, query: str) -> list[tuple]:
    """What the database says; nothing before there is one."""
    try:
        with closing(sqlite3.connect(f"file:{home / 'roughcut.sqlite'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def steps_of(home: Path) -> list[str]:
    query = "SELECT function_name FROM operation_outputs ORDER BY function_id"
    return [name for (name,) in asked(home, query)]


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_job_goes_on_at_the_step_that_it_was_in(home: Path, server: ModelServer, step: str):
    """What is on record is not done again; the video is there, no browser is left, a reply is paid once."""
    environment = environment_of(home, server)
    job_id = killed_when(lambda: step in steps_of(home), home, environment)
    before = steps_of(home)

    listed = roughcut("jobs", "--json", home=home, **environment)
    resumed = roughcut("resume", job_id[:8], "--json", home=home, **environment)

    assert json.loads(listed.stdout)[0]["status"] == "processing"
    assert resumed.code == 0, resumed.stderr
    assert resumed.json["status"] == "completed"
    assert (home / "out.mp4").exists()
    assert steps_of(home)[: len(before)] == before
    assert Counter(Counter(steps_of(home)).values()) == {1: len(steps_of(home))}
    assert asked(home, "SELECT status, attempt FROM jobs") == [("completed", 2)]
    # One that was under way may have been asked for again, under the same key.
    assert len(set(server.questions)) == 4
    assert len(server.questions) <= 5
    assert [path.name for path in home.glob("*.mp4")] == ["out.mp4"]
    assert not list(home.glob(".out*"))
    wait_for(lambda: not browsers_below(home), "the browsers to end")


def test_one_process_at_a_time_runs_the_jobs_of_a_home(home: Path, server: ModelServer):
    """An edit waits for the one that runs and can be stopped while it does; one that may not is refused."""
    environment = environment_of(home, server)
    impatient = environment | {"ROUGHCUT_TURN_TIMEOUT_S": "0"}
    with FileLock(home / "jobs.lock"):
        edit = ("edit", FOOTAGE, "Trim to 1 second", "-o", home / "b.mp4")
        refused = roughcut(*edit, home=home, **impatient)
        with subprocess.Popen(
            command(*edit),
            env=command_environment(home, **environment) | {"FORCE_COLOR": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=heed_interrupts,
        ) as waiting:
            assert waiting.stderr is not None
            shown = b""
            while b"waiting for another roughcut process" not in shown:
                piece = os.read(waiting.stderr.fileno(), 4096)
                assert piece, "it ended instead of waiting"
                shown += piece
            waiting.send_signal(signal.SIGINT)
            waiting.communicate(timeout=LIMIT_S)

    assert refused.code == 2
    assert "ROUGHCUT_HOME" in refused.stderr
    assert waiting.returncode == 130
    assert asked(home, "SELECT id FROM jobs") == []


def test_a_deadly_job_fails_after_its_attempts(home: Path, server: ModelServer):
    """It is not begun for ever: the third attempt is refused, with what to look at."""
    environment = environment_of(home, server) | {"ROUGHCUT_JOB_ATTEMPTS": "1"}
    job_id = killed_when(lambda: "ingest" in steps_of(home), home, environment)

    resumed = roughcut("resume", job_id, "--json", home=home, **environment)

    assert resumed.code == 1
    assert "never came to an end" in resumed.json["message"]
    assert asked(home, "SELECT status FROM jobs") == [("failed",)]
    again: Ended = roughcut("resume", job_id, home=home, **environment)
    assert again.code == 2 and "roughcut retry" in again.stderr
