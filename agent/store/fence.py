"""The fence round a job: only the worker that took it last may write."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.errors import NotFound, Superseded
from agent.store.models import JobRow


@dataclass(frozen=True)
class Fence:
    """A worker's right to write for a job, until another takes the job over. `jobs.claim` gives it."""

    job_id: str
    attempt: int

    def hold(self, session: Session) -> None:
        """Until the transaction ends nobody else takes the job over or writes for it.

        Raises `Superseded` when somebody has.
        """
        row = select(JobRow.attempt).where(JobRow.id == self.job_id).with_for_update(key_share=True)
        attempt = session.scalar(row)
        if attempt is None:
            raise NotFound(f"There is no job {self.job_id} any more.")
        if attempt != self.attempt:
            raise Superseded(
                f"Another worker has taken job {self.job_id} over: attempt {attempt}, this is {self.attempt}."
            )
