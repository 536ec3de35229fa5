"""A job that ends early is in the log as what it is: a person's doing, or a fault of ours."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agent.domain import JobStatus
from agent.errors import ArtifactRejected, BadMedia, NotUnderstood
from agent.order import EditOrder
from agent.recording import begun, on_record
from agent.services import build_services
from agent.settings import Settings
from agent.steps import Attempt
from agent.workspace import Workspace
from tests.stored import claimed, session_at, stored_job


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A session with a job that has begun, and no page."""
    settings = Settings(home=tmp_path, _env_file=None)
    with session_at(tmp_path) as store:
        fence = claimed(store.database, stored_job(store.database, session_id=store.session_id))
        yield Workspace(build_services(settings), store.for_job(fence), lambda _event: None, Attempt())


def logged(workspace: Workspace, error: BaseException, caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    """The line that tells of a job that *error* ends."""
    assert workspace.store.fence is not None
    record = begun(workspace, workspace.store.fence.job_id, EditOrder("Sing", Path("out.mp4")))
    workspace.store.save_job(record)
    with (
        caplog.at_level(logging.INFO, "agent.recording"),
        suppress(type(error)),
        on_record(workspace, record),
    ):
        raise error
    [line] = [each for each in caplog.records if each.message == "job ended early"]
    assert vars(line)["job_id"] == record.job_id
    return line


@pytest.mark.parametrize("error", [NotUnderstood("There is no song."), BadMedia("clip.mp4 is empty.")])
def test_what_cannot_be_done_as_asked_is_no_error_of_ours(
    error: Exception, workspace: Workspace, caplog: pytest.LogCaptureFixture
):
    """A warning with why, and without a traceback."""
    line = logged(workspace, error, caplog)

    assert (line.levelname, vars(line)["why"], line.exc_info) == ("WARNING", str(error), None)


def test_a_job_that_a_person_stops_is_no_error(workspace: Workspace, caplog: pytest.LogCaptureFixture):
    """It is told, as other events are."""
    workspace.attempt.stopped_as = JobStatus.CANCELLED

    line = logged(workspace, asyncio.CancelledError(), caplog)

    assert (line.levelname, line.exc_info) == ("INFO", None)


@pytest.mark.parametrize(
    ("error", "traced"), [(ArtifactRejected("It is black."), False), (KeyError("x"), True)]
)
def test_a_fault_of_ours_is_an_error(
    error: Exception, traced: bool, workspace: Workspace, caplog: pytest.LogCaptureFixture
):
    """One that nobody foresaw comes with its traceback."""
    line = logged(workspace, error, caplog)

    assert (line.levelname, bool(line.exc_info)) == ("ERROR", traced)
