"""A finished job done again from its record, with no model, and held against the first time."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from agent.domain import Asset, JobStatus
from agent.errors import BadInput, ModelError
from agent.job_result import JobResult
from agent.media.frame_record import FrameComparison, compare_frame_records
from agent.models.recorded import RecordedJudge, RecordedModel
from agent.order import EditOrder, refuse_output
from agent.store import jobs
from agent.store.database import Database, default_url
from agent.store.session_folder import JobRecord, SessionFolder
from agent.store.session_store import SessionStore
from agent.store.views import JobView, new_id
from agent.workflow import carry_out
from agent.workspace import Notify, Services, open_workspace

EXECUTOR = "replay"
PREVIOUS = "previous"
"""Stands for the fingerprint of the composition that the job began with."""


@dataclass(frozen=True)
class Comparison:
    """The first run and its replay, side by side."""

    job_id: str
    first_fingerprint: str
    again_fingerprint: str
    samples: int
    """Frames the verdicts were made on, before encoding."""
    equal_samples: int
    """Those of them that are equal bit by bit."""
    frames: FrameComparison
    output: Path | None

    @property
    def identical(self) -> bool:
        """The same composition, equal samples, and as many pictures in the file, all the same to the eye."""
        frames = self.frames
        return (
            self.first_fingerprint == self.again_fingerprint
            and self.samples == self.equal_samples
            and frames.first_frames == frames.again_frames == frames.same_frames
        )

    def describe(self) -> str:
        """Three lines for people."""
        same = "the same" if self.first_fingerprint == self.again_fingerprint else "ANOTHER"
        frames = self.frames
        return (
            f"Composition: {same} ({self.again_fingerprint[:12]})\n"
            f"Samples:     {self.equal_samples} of {self.samples} equal bit by bit\n"
            f"Frames:      {frames.same_frames} of {frames.first_frames} the same in the file "
            f"(largest difference {frames.largest_difference} of 255), {frames.again_frames} replayed"
        )


async def replay_job(
    services: Services, reference: str, output: Path | None, *, force: bool, notify: Notify
) -> Comparison:
    """Runs the job that `reference` names on its session's footage; a session means its last completed job.

    The session itself is left as it is: the replay works in a scratch folder. Raises `ModelError` where the
    run asks for a reply that the record does not hold.
    """
    first = SessionFolder.open(services.settings.home, reference)
    job = _finished_job(first, reference)
    with tempfile.TemporaryDirectory(prefix="roughcut-replay-") as scratch:
        order = EditOrder(
            job.request,
            output or Path(scratch) / f"replayed.{job.export.container}",
            export=job.export,
            force=force,
        )
        refuse_output(order)
        with closing(Database.open(default_url(Path(scratch)))) as database:
            again, view = await asyncio.to_thread(_begin_again, database, Path(scratch), first, job)
            async with open_workspace(_from_record(services, first, job), again, notify) as workspace:
                result = await carry_out(workspace, view, order)
        if result.artifact is None:
            raise ModelError(f"The replay ended without a file: {result.message}")
        return _compare(first, job, again.folder, result, output)


def _begin_again(
    database: Database, home: Path, first: SessionFolder, job: JobRecord
) -> tuple[SessionStore, JobView]:
    """A session with what the job began with, and what was known of it: tools make the rest once more."""
    session = SessionStore.create(database, home)
    view = JobView(id=new_id(), session_id=session.session_id, request=job.request)
    database.do(partial(jobs.add, new=view))
    store = session.for_job(database.do(partial(jobs.claim, job_id=view.id, executor=EXECUTOR)))
    brought = [asset for asset in first.history.assets if asset.name in job.asset_names]
    store.save_assets([_copied(asset, store.folder) for asset in brought])
    for asset in brought:
        analysis = first.analysis(asset)
        if analysis is not None:
            store.folder.store_analysis(asset, analysis)
    if job.previous_composition is not None:
        program = first.program(job.previous_composition)
        store.make_current(store.store_composition(PREVIOUS, program))
    return store, view


def _copied(asset: Asset, folder: SessionFolder) -> Asset:
    """The asset with its files linked into the folder, or copied there where links do not reach."""

    def brought(source: Path) -> Path:
        target = folder.root / source.parent.name / source.name
        if not target.exists():
            try:
                target.hardlink_to(source)
            except OSError:
                shutil.copyfile(source, target)
        return target

    return replace(asset, path=brought(asset.path), page_path=brought(asset.page_path))


def _finished_job(folder: SessionFolder, reference: str) -> JobRecord:
    """The job that was named, else the session's last with a record; an undo asked no model and has none."""
    named = [job for job in folder.history.jobs if job.job_id == folder.whole_id(reference)]
    done = [
        job
        for job in named or folder.history.jobs
        if job.status is JobStatus.COMPLETED
        and folder.replies_path(job.job_id).exists()
        and folder.frame_record_path(job.job_id).exists()
    ]
    if not done:
        meant = f"Job {named[0].job_id} is not" if named else f"Session {folder.history.session_id} has no"
        raise BadInput(
            f"{meant} a completed job with a whole record.",
            hint="Only a job that ended with a file can be replayed.",
        )
    return done[-1]


def _from_record(services: Services, folder: SessionFolder, job: JobRecord) -> Services:
    replies = folder.replies_path(job.job_id)
    judge = RecordedJudge.replay(replies) if RecordedJudge.has_replies(replies) else None
    if job.marked != (services.settings.core_license_key is None):
        raise BadInput(
            f"The job was rendered {'without' if job.marked else 'with'} a licence key.",
            hint="Set or unset ROUGHCUT_CORE_LICENSE_KEY as it was then.",
        )
    return replace(
        services,
        surveys=job.surveyed,
        find_example=partial(_known, job.example),
        evaluate=None,
        model_name=job.model,
        limits=replace(services.limits, steps=job.max_steps, rounds=job.max_rounds),
        new_model=lambda _: RecordedModel.replay(replies),
        new_judge=lambda *_: nullcontext(judge),
    )


async def _known(example: str, store: SessionStore, request: str) -> str:
    """What the model was shown then, whatever has come out well since."""
    return example


def _compare(
    first: SessionFolder, job: JobRecord, again: SessionFolder, replayed: JobResult, output: Path | None
) -> Comparison:
    before = _samples(first, job.fingerprint or "")
    after = _samples(again, replayed.fingerprint)
    return Comparison(
        job_id=job.job_id,
        first_fingerprint=job.fingerprint or "",
        again_fingerprint=replayed.fingerprint,
        samples=len(before),
        equal_samples=sum(after.get(name) == jpeg for name, jpeg in before.items()),
        frames=compare_frame_records(
            first.frame_record_path(job.job_id), again.frame_record_path(replayed.job_id)
        ),
        output=output,
    )


def _samples(folder: SessionFolder, fingerprint: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.samples_path(fingerprint).iterdir()}
