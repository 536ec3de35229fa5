"""The job's log holds every event with its data."""

import asyncio
import json
import logging
from io import StringIO
from pathlib import Path

from agent.store.job_log import JsonLines, logged_to


def test_events_are_lines_of_json_with_their_data(tmp_path: Path):
    """Level, time, job and what was given as extra are there; a caught exception with its traceback."""
    log = logging.getLogger("agent.tests")

    with logged_to(tmp_path / "job.log", "j1"):
        log.info("step done", extra={"action": "model_step", "number": 3})
        try:
            raise ValueError("no")
        except ValueError:
            log.exception("failed", extra={"action": "failed"})
    log.info("after", extra={"action": "after"})

    step, failed = [json.loads(line) for line in (tmp_path / "job.log").read_text().splitlines()]
    assert (step["action"], step["number"], step["job_id"], step["level"]) == ("model_step", 3, "j1", "info")
    assert step["time"].endswith("+00:00")
    assert "ValueError: no" in failed["exception"]


def test_the_log_of_a_process_says_which_job_it_speaks_of(tmp_path: Path):
    """What is said in a job has its id in each log, what is said outside of one has none."""
    log, told = logging.getLogger("agent.tests"), StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(JsonLines())
    log.addHandler(handler)

    with logged_to(tmp_path / "job.log", "j1"):
        log.info("step done")
    log.info("after")
    log.removeHandler(handler)

    assert [json.loads(line).get("job_id") for line in told.getvalue().splitlines()] == ["j1", None]


async def test_jobs_that_run_at_once_have_a_log_each(tmp_path: Path):
    """What is said while one runs is in its own log only, also from a thread that it began."""
    log = logging.getLogger("agent.tests")

    async def job(name: str) -> None:
        with logged_to(tmp_path / f"{name}.log", name):
            for _ in range(3):
                await asyncio.to_thread(log.info, name)
                await asyncio.sleep(0)

    await asyncio.gather(job("a"), job("b"))

    for name in ("a", "b"):
        told = [json.loads(line)["event"] for line in (tmp_path / f"{name}.log").read_text().splitlines()]
        assert told == [name] * 3
