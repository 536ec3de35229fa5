"""A browser that dies while it renders costs one render, not the edit."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from agent.domain import JobEvent, JobStatus, Stage
from agent.errors import PageClosed
from agent.jobs import NewJob
from agent.media.ingest import examine
from agent.order import EditOrder
from agent.service import edit_here, open_service
from agent.services import build_services
from agent.settings import Settings
from agent.store.session_store import SessionStore
from agent.workspace import open_workspace
from tests.e2e.cli import FOOTAGE

TRIM = "Trim to 3 seconds"


def browsers_of_ours() -> set[int]:
    """Every Chromium that this process started and that lives."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "chrom"], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid in found.stdout.split()}


class BrowserKiller:
    """Kills the job's browser when pictures are being encoded, as many browsers as it is told to."""

    def __init__(self, times: int) -> None:
        self._left = times
        self._spared = browsers_of_ours()

    def __call__(self, event: JobEvent) -> None:
        encoding = event.stage is Stage.RENDER and event.message == "picture" and (event.done or 0) > 0
        if not encoding or not self._left:
            return
        for pid in browsers_of_ours() - self._spared:
            # Events of a browser that is dead already may still come.
            self._spared.add(pid)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self._left -= 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", _env_file=None)


async def test_the_render_goes_on_in_another_browser(settings: Settings, tmp_path: Path):
    """The second browser composes the approved program again and finishes the file."""
    killer = BrowserKiller(times=1)

    order = EditOrder(TRIM, tmp_path / "out.mp4", files=(FOOTAGE,))
    result = await edit_here(build_services(settings), order, notify=killer)

    assert killer._left == 0, "the browser was not killed: the test shows nothing"
    assert result.status is JobStatus.COMPLETED
    assert (tmp_path / "out.mp4").exists()


async def test_a_browser_that_dies_again_fails_the_job_and_leaves_no_half_file(
    settings: Settings, tmp_path: Path
):
    """Two deaths end the job; the composition is on record and no file lies about."""
    folder = tmp_path / "output"
    folder.mkdir()

    with pytest.raises(PageClosed):
        await edit_here(
            build_services(settings),
            EditOrder(TRIM, folder / "out.mp4", files=(FOOTAGE,)),
            notify=BrowserKiller(times=2),
        )

    assert list(folder.iterdir()) == []
    session = next((settings.home / "sessions").iterdir())
    assert list((session / "outputs").iterdir()) == []
    history = (session / "history.json").read_text()
    assert '"status": "failed"' in history
    assert len(list((session / "compositions").iterdir())) == 1


async def test_a_session_goes_on_after_its_browser_is_lost(settings: Settings, tmp_path: Path):
    """A reopened workspace has the footage and carries the next request out, as `roughcut chat` does it."""
    services = build_services(settings)
    killer = BrowserKiller(times=2)

    async with open_service(services) as service:
        store = SessionStore.create(service.database, settings.home)
        new = NewJob(EditOrder(TRIM, tmp_path / "out.mp4"), session_id=store.session_id)
        async with open_workspace(services, store, killer) as workspace:
            await workspace.add_footage(await examine([FOOTAGE]))
            service.runner.opened[store.session_id] = workspace
            with pytest.raises(PageClosed):
                await service.carry_out(new, killer)
            await workspace.reopen()
            result = await service.carry_out(new, killer)

    assert result.status is JobStatus.COMPLETED
    ends = [job.status for job in workspace.folder.history.jobs]
    assert ends == [JobStatus.FAILED, JobStatus.COMPLETED]
