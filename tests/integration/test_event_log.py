"""What is told of a job is on record in the order in which it was told, its end last."""

from functools import partial
from pathlib import Path

from agent.domain import EventKind, JobEvent, JobStatus, Stage
from agent.event_log import kept_events
from agent.store import events
from agent.store.database import Database
from agent.store.session_folder import JobRecord
from agent.store.session_store import SessionStore
from agent.store.views import now
from tests.stored import claimed, stored_job

LAST = JobEvent(Stage.PLAN, "the plan", kind=EventKind.PLAN)


async def test_the_end_is_told_last(database: Database, tmp_path: Path):
    """Also when nobody has written its last word yet, and when something is told while all is put away."""
    session = SessionStore.create(database, tmp_path / "home")
    job = stored_job(database, session_id=session.session_id)
    fence = claimed(database, job)

    async with kept_events(database, fence) as told:
        store = session.for_job(fence, told.flush)
        store.save_job(JobRecord(job.id, "plan", "offline", now(), JobStatus.PROCESSING))
        told(LAST)
        store.end_job(job.id, JobStatus.COMPLETED, "done")
        told(JobEvent(Stage.DELIVER, "closing the browser"))

    kept = database.do(partial(events.after, job_id=job.id))
    assert [event.kind for event in kept] == ["plan", "end"]
