"""One job: from a request and footage to a checked file. Each stage is stored before the next begins."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from agent.browser.protocol import Composed, Rejected
from agent.composer import EditRequest, Greenlit, Outcome, StepEvent, compose
from agent.critic.expectation import expectation
from agent.critic.review import Critic
from agent.critic.sheet import write_contact_sheet
from agent.domain import Artifact, FrameSample, Issue, JobEvent, JobStatus, Stage, Verdict
from agent.errors import Cancelled, OutputRefused, StoreFailed
from agent.extras import write_extras
from agent.media.analysis.brief import brief
from agent.order import DEFAULT_FRAME_RATE, EditOrder, export_for, refuse_files, refuse_output
from agent.rendering import finish
from agent.store.job_log import logged_to
from agent.store.session_folder import JobRecord, SessionFolder
from agent.tools.context import Observer
from agent.workspace import Notify, Services, Workspace, open_workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobResult:
    """How a job ended, with what a caller shows of it. `artifact` is there only when it is completed."""

    job_id: str
    folder: Path
    status: JobStatus
    message: str
    judged_by: str
    fingerprint: str
    issues: tuple[Issue, ...]
    contact_sheet: Path | None
    artifact: Artifact | None
    approved: Greenlit | None = None
    extras: tuple[Path, ...] = ()
    """Subtitles, a GIF, stills and the like beside the video."""
    shapes: tuple[JobResult, ...] = ()
    """Versions in other aspect ratios, each judged on its own."""

    def as_dict(self) -> dict[str, object]:
        """The figures for machines; the frames themselves are on disk."""
        figures = asdict(replace(self, approved=None, shapes=()))
        del figures["approved"]
        return {**figures, "shapes": [shape.as_dict() for shape in self.shapes]}


async def run_job(
    services: Services, files: Sequence[Path], order: EditOrder, *, notify: Notify
) -> JobResult:
    """Carries one request out in a new session."""
    refuse_files(order, files)
    refuse_output(order)
    folder = SessionFolder.create(services.settings.home)
    async with open_workspace(services, folder, notify) as workspace:
        await workspace.add_footage(files)
        result = await carry_out(workspace, order)
        if result.status is not JobStatus.COMPLETED:
            return result
        return replace(result, shapes=await _in_shapes(workspace, order))


async def _in_shapes(workspace: Workspace, order: EditOrder) -> tuple[JobResult, ...]:
    """A follow-up for each aspect ratio, each from the first composition, which stays the current one."""
    first = workspace.folder.current_composition
    results: list[JobResult] = []
    for shape in order.shapes:
        workspace.folder.make_current(first)
        results.append(await carry_out(workspace, order.in_shape(shape)))
    workspace.folder.make_current(first)
    return tuple(results)


async def carry_out(workspace: Workspace, order: EditOrder) -> JobResult:
    """Carries a request out in an open session, starting from the session's current composition.

    A failure is raised after it is on record; what was made until then stays in the session's folder.
    """
    job = _new_job(workspace, order)
    workspace.folder.save_job(job)
    with _on_record(workspace.folder, job):
        _tell_missing_tools(workspace)
        return await _stages(workspace, job, order)


def _tell_missing_tools(workspace: Workspace) -> None:
    """The job goes on without them, and whoever watches knows."""
    for problem in workspace.services.plugins.problems:
        log.warning("tool left out", extra={"action": "tool_left_out", "why": problem})
        workspace.tell(problem)


def _new_job(workspace: Workspace, order: EditOrder) -> JobRecord:
    return JobRecord(
        job_id=uuid.uuid4().hex,
        request=order.request,
        model=workspace.services.model_name,
        started_at=datetime.now(UTC),
        status=JobStatus.PROCESSING,
        export=export_for(order.export, workspace.assets),
        max_steps=workspace.services.limits.steps,
        max_rounds=workspace.services.limits.rounds,
        marked=workspace.services.settings.core_license_key is None,
        previous_composition=workspace.folder.current_composition,
        asset_names=tuple(asset.name for asset in workspace.assets),
        surveyed=workspace.services.surveys,
    )


@contextmanager
def _on_record(folder: SessionFolder, job: JobRecord) -> Iterator[None]:
    """Whatever ends the job early is in its record and its log before the caller hears of it."""
    with logged_to(folder.log_path(job.job_id), job.job_id):
        log.info("job started", extra={"action": "job_started", "request": job.request, "model": job.model})
        try:
            yield
        except (Cancelled, asyncio.CancelledError):
            _end_early(folder, job, JobStatus.CANCELLED, "stopped by the user")
            raise
        except Exception as exc:
            exc.add_note(f"Session: {folder.root}")
            _end_early(folder, job, JobStatus.FAILED, str(exc) or repr(exc))
            raise
        log.info("job ended", extra={"action": "job_ended", "status": folder.job(job.job_id).status})


def _end_early(folder: SessionFolder, job: JobRecord, status: JobStatus, why: str) -> None:
    log.error("job ended early", extra={"action": "job_ended", "status": status, "why": why})
    # The first failure is the one to tell, also when the disk is too full to note it.
    with suppress(StoreFailed):
        folder.end_job(job.job_id, status, why)


async def _stages(workspace: Workspace, job: JobRecord, order: EditOrder) -> JobResult:
    outcome = await _compose(workspace, job)
    result = JobResult(
        job_id=job.job_id,
        folder=workspace.folder.root,
        status=JobStatus.REVIEW_REQUIRED,
        message=outcome.message,
        judged_by=outcome.verdict.judged_by if outcome.verdict else "nobody",
        fingerprint=outcome.fingerprint,
        issues=outcome.verdict.issues if outcome.verdict else (),
        contact_sheet=_keep_sheet(workspace.folder, outcome, order.contact_sheet),
        artifact=None,
    )
    if not isinstance(outcome, Greenlit):
        workspace.folder.end_job(job.job_id, JobStatus.REVIEW_REQUIRED, outcome.message)
        return result
    artifact, issues = await finish(workspace, outcome, job, order.output, order.master)
    extras = await write_extras(workspace, outcome.summary, artifact, order)
    return replace(
        result,
        status=JobStatus.COMPLETED,
        artifact=artifact,
        issues=(*result.issues, *issues),
        approved=outcome,
        extras=(*([order.master] if order.master else []), *extras),
    )


async def _compose(workspace: Workspace, job: JobRecord) -> Outcome:
    """The agent's work, each step of it told and stored as it happens."""
    services, folder = workspace.services, workspace.folder
    replies = folder.replies_path(job.job_id)
    previous = folder.current_composition
    request = EditRequest(
        prompt=job.request,
        assets=workspace.assets,
        previous_program=None if previous is None else folder.program(previous),
        expectation=expectation(job.request, workspace.assets),
        frame_rate=job.export.fps or DEFAULT_FRAME_RATE,
        footage={name: brief(found) for name, found in (await workspace.survey()).items()},
    )
    workspace.enter(Stage.COMPOSE, f"{job.model} reads the request")
    await workspace.page.present(prompt=job.request, stage="Composing")
    async with services.new_judge(replies) as judge:
        return await compose(
            request,
            model=services.new_model(replies),
            page=workspace.page,
            critic=Critic(judge, watermarked=services.settings.core_license_key is None),
            tools=services.plugins.tools,
            desk=workspace,
            limits=services.limits,
            observer=_Recorder(workspace, job.job_id),
            on_step=lambda step: _tell_step(workspace, step),
            executor=services.settings.executor,
        )


def _tell_step(workspace: Workspace, step: StepEvent) -> None:
    said = step.thought.splitlines()[0] if step.thought else "the model's code ran"
    log.info("step done", extra={"action": "model_step", **asdict(step)})
    workspace.notify(JobEvent(Stage.COMPOSE, f"step {step.number}: {said}"))


class _Recorder(Observer):
    """Stores what the tools did before the model hears of it, and shows it at the page."""

    def __init__(self, workspace: Workspace, job_id: str) -> None:
        self._workspace = workspace
        self._folder = workspace.folder
        self._job_id = job_id

    async def composed(self, program: str, composed: Composed) -> None:
        name = self._folder.store_composition(composed.fingerprint, program)
        job = self._folder.job(self._job_id)
        self._folder.save_job(replace(job, composition=name, fingerprint=composed.fingerprint))

    async def rejected(self, program: str, rejected: Rejected) -> None:
        self._folder.store_refused(program)
        log.info("program refused", extra={"action": "program_refused", **rejected.model_dump()})

    async def reviewed(self, verdict: Verdict, samples: Sequence[FrameSample]) -> None:
        self._folder.store_samples(verdict.fingerprint, samples)
        self._folder.store_verdict(verdict)
        await self._workspace.page.present(verdict=verdict)


def _keep_sheet(folder: SessionFolder, outcome: Outcome, wanted: Path | None) -> Path | None:
    """The judged frames as one picture in the session, and where the user wants it."""
    if not outcome.samples:
        return None
    kept = folder.root / "samples" / f"{outcome.fingerprint[:12]}.png"
    for path in filter(None, (kept, wanted)):
        try:
            write_contact_sheet(outcome.samples, path)
        except OSError as exc:
            raise OutputRefused(f"Cannot write the contact sheet {path}: {exc.strerror}.") from exc
    return wanted or kept


async def render_again(workspace: Workspace, approved: Greenlit, order: EditOrder) -> JobResult:
    """Renders a composition that this session approved before; the next request starts from it."""
    folder = workspace.folder
    await workspace.recompose(approved.program)
    composition = folder.store_composition(approved.fingerprint, approved.program)
    job = replace(
        _new_job(workspace, order),
        composition=composition,
        fingerprint=approved.fingerprint,
        model="none: an earlier composition",
    )
    folder.save_job(job)
    with _on_record(folder, job):
        artifact, issues = await finish(workspace, approved, job, order.output)
    return JobResult(
        job_id=job.job_id,
        folder=folder.root,
        status=JobStatus.COMPLETED,
        message=approved.message,
        judged_by=approved.verdict.judged_by,
        fingerprint=approved.fingerprint,
        issues=(*approved.verdict.issues, *issues),
        contact_sheet=_keep_sheet(folder, approved, order.contact_sheet),
        artifact=artifact,
        approved=approved,
    )
