"""A finished job done again from its record, with no model, and held against the first time."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from agent.domain import JobStatus
from agent.errors import BadInput
from agent.media.frame_digests import read_frame_digests
from agent.models.recorded import RecordedJudge, RecordedModel
from agent.order import EditOrder, refuse_output
from agent.store.session_folder import JobRecord, SessionFolder
from agent.workflow import carry_out
from agent.workspace import Notify, Services, open_workspace


@dataclass(frozen=True)
class Comparison:
    """The first run and its replay, side by side."""

    job_id: str
    first_fingerprint: str
    again_fingerprint: str
    first_frames: int
    again_frames: int
    equal_frames: int
    output: Path | None

    @property
    def identical(self) -> bool:
        return (
            self.first_fingerprint == self.again_fingerprint
            and self.first_frames == self.again_frames == self.equal_frames
        )

    def describe(self) -> str:
        """Two lines for people."""
        same = "the same" if self.first_fingerprint == self.again_fingerprint else "ANOTHER"
        return (
            f"Composition: {same} ({self.again_fingerprint[:12]})\n"
            f"Frames:      {self.equal_frames} of {self.first_frames} equal, {self.again_frames} replayed"
        )


async def replay_job(
    services: Services, reference: str, output: Path | None, *, force: bool, notify: Notify
) -> Comparison:
    """Runs the job that `reference` names on the session's own footage; a session means its last completed job.

    The session itself is left as it is: the replay works in a scratch folder. Raises `ModelError` where the
    run asks for a reply that the record does not hold.
    """
    first = SessionFolder.open(services.settings.home, reference)
    job = _finished_job(first, reference)
    with tempfile.TemporaryDirectory(prefix="roughcut-replay-") as scratch:
        again = SessionFolder.create(Path(scratch))
        again.save_assets(first.history.assets)
        if job.previous_composition is not None:
            program = first.program(job.previous_composition)
            again.make_current(again.store_composition("previous", program))
        order = EditOrder(
            job.request,
            output or Path(scratch) / f"replayed.{job.export.container}",
            export=job.export,
            force=force,
        )
        refuse_output(order)
        async with open_workspace(_from_record(services, first, job), again, notify) as workspace:
            result = await carry_out(workspace, order)
        return _compare(first, job, again, result.job_id, result.fingerprint, output)


def _finished_job(folder: SessionFolder, reference: str) -> JobRecord:
    done = [job for job in folder.history.jobs if job.status is JobStatus.COMPLETED]
    named = [job for job in done if job.job_id == reference]
    if not done:
        raise BadInput(f"Session {folder.history.session_id} has no completed job to replay.")
    return (named or done)[-1]


def _from_record(services: Services, folder: SessionFolder, job: JobRecord) -> Services:
    replies = folder.replies_path(job.job_id)
    return replace(
        services,
        model_name=job.model,
        new_model=lambda _: RecordedModel.replay(replies),
        new_judge=lambda _: nullcontext(RecordedJudge.replay(replies) if has_judgements(replies) else None),
    )


def _compare(
    first: SessionFolder,
    job: JobRecord,
    again: SessionFolder,
    again_id: str,
    fingerprint: str,
    output: Path | None,
) -> Comparison:
    before = read_frame_digests(first.frame_digests_path(job.job_id))
    after_path = again.frame_digests_path(again_id)
    after = read_frame_digests(after_path) if after_path.exists() else ()
    return Comparison(
        job_id=job.job_id,
        first_fingerprint=job.fingerprint or "",
        again_fingerprint=fingerprint,
        first_frames=len(before),
        again_frames=len(after),
        equal_frames=sum(a == b for a, b in zip(before, after, strict=False)),
        output=output,
    )
