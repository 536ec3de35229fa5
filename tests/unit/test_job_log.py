"""The job's log holds every event with its data."""

import json
import logging
from pathlib import Path

from agent.store.job_log import logged_to


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
