"""Ctrl-C and SIGTERM end a job at once and leave nothing running and nothing half written."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.cli import FOOTAGE, command, command_environment, heed_interrupts

LIMIT_S = 60


def processes_naming(text: str) -> list[str]:
    """Command lines of all processes that mention `text`."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            lines.append(line)
    return lines


def wait_for(condition, what: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, f"waited {LIMIT_S} s for {what}"
        time.sleep(0.05)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_job_cleans_up_and_is_on_record(tmp_path: Path, stop: signal.Signals):
    """Exit code 130, no browser, no file, no scratch folder; the session says that it was cancelled.

    What is said names the job, and the command that begins it anew.
    """
    scratch, output = tmp_path / "scratch", tmp_path / "output"
    scratch.mkdir(mode=0o755)
    output.mkdir()
    job = command("edit", FOOTAGE, "Trim to 5 seconds, black and white", "-o", output / "out.mp4")
    environment = command_environment(tmp_path / "home", TMPDIR=str(scratch))
    running = subprocess.Popen(
        job,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    compositions = tmp_path / "home" / "sessions"
    wait_for(lambda: list(compositions.glob("*/compositions/*.ts")), "the first composition")

    running.send_signal(stop)
    _, said = running.communicate(timeout=LIMIT_S)

    assert running.returncode == 130, said
    assert "Stopped" in said
    wait_for(lambda: not processes_naming(str(scratch)), "the browser to end")
    assert list(output.iterdir()) == []
    assert list(scratch.iterdir()) == []
    history = json.loads(next(compositions.glob("*/history.json")).read_text())
    assert history["jobs"][0]["status"] == "cancelled"
    job = history["jobs"][0]["job_id"][:8]
    assert f"Job {job} of session {history['session_id']} is kept" in said
    assert f"`roughcut retry {job}`" in said
