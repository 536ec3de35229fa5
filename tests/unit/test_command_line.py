"""What `roughcut` says before any work: its version, and what its words are taken for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from typer.testing import CliRunner, Result

from agent.cli import app
from agent.domain import JobStatus
from agent.store.session_folder import JobRecord, SessionFolder


def roughcut(*words: object, home: Path | None = None) -> Result:
    environment = {"COLUMNS": "200", "ROUGHCUT_HOME": str(home or "")}
    return CliRunner().invoke(app, [str(word) for word in words], env=environment)


def test_the_version_is_that_of_the_distribution():
    """As bug reports ask for it."""
    asked = roughcut("--version")

    assert (asked.exit_code, asked.stdout) == (0, f"roughcut {version('roughcut')}\n")


def test_the_help_begins_with_what_one_came_for():
    """Edit is the first command of all."""
    told = roughcut("--help").stdout

    names = [line.split()[1] for line in told.partition("Commands")[2].splitlines() if line[2:3].isalpha()]
    assert names[:2] == ["edit", "chat"]
    assert names.index("serve") > names.index("trace")


def test_a_forgotten_prompt_is_what_is_said_to_be_missing(tmp_path: Path):
    """The last word is a file that is there: it cannot be the prompt."""
    clip = tmp_path / "clip.mp4"
    clip.touch()

    refused = roughcut("edit", clip, "-o", tmp_path / "out.mp4", home=tmp_path)

    assert refused.exit_code == 2
    assert "is a file" in refused.stderr
    assert "FILES" not in refused.stderr.partition("Error")[2]


def test_golden_without_a_vision_model_begins_no_session(tmp_path: Path):
    """It can never be had: the refusal names the setting."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"footage")

    refused = roughcut(
        "edit", clip, "Trim to 1 second", "-o", tmp_path / "out.mp4", "--require-golden", home=tmp_path
    )

    assert refused.exit_code == 2
    assert "ROUGHCUT_CRITIC_MODEL" in refused.stderr
    assert not (tmp_path / "sessions").exists()


def test_an_empty_prompt_begins_no_session(tmp_path: Path):
    """It is refused before any browser is opened or footage read."""
    clip = tmp_path / "clip.mp4"
    clip.touch()

    refused = roughcut("edit", clip, " ", "-o", tmp_path / "out.mp4", home=tmp_path)

    assert refused.exit_code == 2
    assert "The prompt is empty." in refused.stderr
    assert not (tmp_path / "sessions").exists()


def test_a_failed_job_is_not_replayed_as_another(tmp_path: Path):
    """Its session has a completed job, which is not the one that was named."""
    folder = SessionFolder.create(tmp_path)
    done = JobRecord("aaaa1111", "trim", "offline", datetime.now(UTC), status=JobStatus.COMPLETED)
    failed = replace(done, job_id="bbbb2222", status=JobStatus.FAILED)
    for job in (done, failed):
        folder.save_job(job)
        folder.replies_path(job.job_id).touch()
    folder.frame_record_path(done.job_id).touch()

    refused = roughcut("replay", "bbbb", home=tmp_path)

    assert refused.exit_code == 2
    assert "Job bbbb2222 is not a completed job" in refused.stderr
