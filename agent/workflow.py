"""One job: from a request and footage to a checked file. Each stage is stored before the next begins."""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from agent.composer import EditRequest, Greenlit, Outcome
from agent.composing import Minds, composed, keep_sheet, minds, plan_on_record, planned
from agent.critic.expectation import expectation
from agent.domain import EditPlan, EventKind, JobEvent, JobStatus, Stage
from agent.errors import Superseded
from agent.evaluating import evaluated, is_deliverable, objections, why_not
from agent.extras import write_extras
from agent.job_result import JobResult, Scorecard
from agent.media.analysis.brief import brief
from agent.media.ingest import examine
from agent.order import DEFAULT_FRAME_RATE, EditOrder, export_for, order_to_json, refuse_standard
from agent.recording import begun, on_record
from agent.rendering import Finished, discard_render, finish, keep_for_review, name_output
from agent.steps import Attempt
from agent.store import jobs
from agent.store.session_folder import JobRecord
from agent.store.session_store import SessionStore
from agent.store.views import JobView
from agent.workspace import Notify, Services, Workspace, open_workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Faulty:
    """A finished video that may not be delivered."""

    approved: Greenlit
    finished: Finished
    scorecard: Scorecard


async def run_job(
    services: Services,
    store: SessionStore,
    job: JobView,
    order: EditOrder,
    attempt: Attempt,
    *,
    notify: Notify,
) -> JobResult:
    """Carries one job out, or goes on with it, with a page of its own."""
    async with open_workspace(services, store, notify, attempt) as workspace:
        return await carry_out(workspace, job, order)


async def carry_out(workspace: Workspace, job: JobView, order: EditOrder) -> JobResult:
    """Carries a job out in an open session, starting from the session's current composition.

    A failure is raised after it is on record; what was made until then stays in the session's folder.
    """
    record = begun(workspace, job.id, order)
    await asyncio.to_thread(workspace.store.save_job, record)
    with on_record(workspace, record):
        refuse_standard(order, workspace.services.settings.critic_model)
        _tell_missing_tools(workspace)
        record = await _take_in(workspace, record, order)
        result = await _stages(workspace, record, job, order)
        if result.status is JobStatus.COMPLETED and order.shapes:
            result = replace(result, shapes=await _in_shapes(workspace, job, order))
        await _end(workspace, result, record)
    return result


def _tell_missing_tools(workspace: Workspace) -> None:
    """The job goes on without them, and whoever watches knows."""
    for problem in workspace.services.plugins.problems:
        log.warning("tool left out", extra={"action": "tool_left_out", "why": problem})
        workspace.tell(problem)


async def _take_in(workspace: Workspace, record: JobRecord, order: EditOrder) -> JobRecord:
    """The footage in the session, and what follows from it on record: names, frame rate."""

    async def ingest() -> JsonValue:
        async with workspace.stage(Stage.INGEST, "reading the footage"):
            files = [*await workspace.uploads(), *order.files]
            if files:
                usable = await examine(files)
                if not workspace.assets:
                    workspace.services.refuse_beforehand(record.request, usable)
                await workspace.add_footage(usable)
            return [asset.name for asset in workspace.assets]

    async def find_example() -> JsonValue:
        return await workspace.services.find_example(workspace.store, record.request)

    names = cast("list[str]", await workspace.attempt.steps.run("ingest", ingest))
    example = cast(str, await workspace.attempt.steps.run("example", find_example))
    assets = [asset for asset in workspace.assets if asset.name in names]
    export = export_for(record.export, assets)
    taken_in = replace(record, export=export, asset_names=tuple(names), example=example)
    await asyncio.to_thread(workspace.store.save_job, taken_in)
    return taken_in


async def _stages(workspace: Workspace, record: JobRecord, job: JobView, order: EditOrder) -> JobResult:
    request = await _request(workspace, record)
    async with minds(workspace, record) as who:
        approved = job.approved_at is not None
        plan = await planned(workspace, record, request, who.model, approved=approved)
        if order.plan_only:
            return _result(workspace, record, JobStatus.COMPLETED, "planned", plan=plan)
        if job.needs_approval and not approved:
            message = "The plan waits for approval."
            return _result(workspace, record, JobStatus.REVIEW_REQUIRED, message, plan=plan)
        made = await _made(workspace, record, order, replace(request, plan=plan), who)
        return replace(made, plan=await plan_on_record(workspace, record))


async def _request(workspace: Workspace, record: JobRecord) -> EditRequest:
    """What a model is to know; the same in every run, whatever tools made in between."""
    assets = tuple(asset for asset in workspace.assets if asset.name in record.asset_names)
    previous = record.previous_composition
    return EditRequest(
        prompt=record.request,
        assets=assets,
        previous_program=None if previous is None else workspace.folder.program(previous),
        expectation=expectation(record.request, assets),
        example=record.example,
        frame_rate=record.export.fps or DEFAULT_FRAME_RATE,
        footage={name: brief(found) for name, found in (await workspace.survey(assets)).items()},
    )


async def _made(
    workspace: Workspace, record: JobRecord, order: EditOrder, request: EditRequest, who: Minds
) -> JobResult:
    """The video, composed anew for as long as its evaluation finds faults that another round may mend."""
    faulty: list[_Faulty] = []
    while True:
        outcome = await composed(workspace, record, request, who)
        known = {one.approved.fingerprint for one in faulty}
        if not isinstance(outcome, Greenlit) or outcome.fingerprint in known:
            if faulty:
                return await _faulty(workspace, record, order, faulty[-1])
            return _for_review(workspace, record, order, outcome)
        finished = await finish(workspace, outcome, record, order)
        scorecard = await evaluated(workspace, outcome, finished, record, order, who.judging)
        if is_deliverable(scorecard, order):
            return await _delivered(workspace, record, order, outcome, finished, scorecard)
        assert scorecard is not None, "what was not scored is deliverable"
        faulty.append(_Faulty(outcome, finished, scorecard))
        if len(faulty) >= workspace.services.limits.evaluations:
            return await _faulty(workspace, record, order, faulty[-1])
        await discard_render(finished)
        workspace.tell(why_not(scorecard))
        plan = await plan_on_record(workspace, record)
        findings = objections(scorecard)
        request = replace(request, previous_program=outcome.program, findings=findings, plan=plan)


async def _delivered(
    workspace: Workspace,
    record: JobRecord,
    order: EditOrder,
    approved: Greenlit,
    finished: Finished,
    scorecard: Scorecard | None,
) -> JobResult:
    artifact = await name_output(finished, order)
    extras = await write_extras(workspace, approved.summary, artifact, order)
    sheet = keep_sheet(workspace, approved, order.contact_sheet)
    made = _result(workspace, record, JobStatus.COMPLETED, approved.message, outcome=approved, sheet=sheet)
    warnings = scorecard.issues if scorecard else ()
    return replace(
        made,
        artifact=artifact,
        issues=(*made.issues, *finished.issues, *warnings),
        scorecard=scorecard,
        approved=approved,
        extras=(*([order.master] if order.master else []), *extras),
    )


def _for_review(workspace: Workspace, record: JobRecord, order: EditOrder, outcome: Outcome) -> JobResult:
    sheet = keep_sheet(workspace, outcome, order.contact_sheet)
    status = JobStatus.REVIEW_REQUIRED
    return _result(workspace, record, status, outcome.message, outcome=outcome, sheet=sheet)


async def _faulty(workspace: Workspace, record: JobRecord, order: EditOrder, faulty: _Faulty) -> JobResult:
    kept = await keep_for_review(workspace, faulty.finished)
    result = _for_review(workspace, record, order, faulty.approved)
    return replace(
        result,
        message=f"{why_not(faulty.scorecard)} It is kept at {kept}.",
        issues=(*result.issues, *faulty.finished.issues, *objections(faulty.scorecard)),
        scorecard=faulty.scorecard,
    )


def _result(
    workspace: Workspace,
    record: JobRecord,
    status: JobStatus,
    message: str,
    *,
    outcome: Outcome | None = None,
    sheet: Path | None = None,
    plan: EditPlan | None = None,
) -> JobResult:
    verdict = outcome.verdict if outcome else None
    return JobResult(
        job_id=record.job_id,
        folder=workspace.folder.root,
        status=status,
        message=message,
        judged_by=verdict.judged_by if verdict else "nobody",
        fingerprint=outcome.fingerprint if outcome else "",
        issues=verdict.issues if verdict else (),
        contact_sheet=sheet,
        plan=plan,
    )


async def _end(workspace: Workspace, result: JobResult, record: JobRecord) -> None:
    """The end in the store; with a file, its composition is what the next request starts from."""
    store = workspace.store
    if result.awaits_approval:
        waiting = replace(store.folder.job(record.job_id), status=result.status, message=result.message)
        await asyncio.to_thread(store.save_job, waiting)
        workspace.notify(JobEvent(Stage.PLAN, result.message, kind=EventKind.APPROVAL))
        return
    if result.artifact is not None:
        await asyncio.to_thread(_store_files, store, result)
        await asyncio.to_thread(store.make_current, store.folder.job(record.job_id).composition)
    await asyncio.to_thread(
        store.end_job, record.job_id, result.status, result.message, output=result.artifact
    )


def _store_files(store: SessionStore, result: JobResult) -> None:
    """Every file that the job leaves behind, and the scores of its video."""
    assert result.artifact is not None, "checked by the caller"
    video = store.add_artifact(result.artifact.path, "video", sha256=result.artifact.sha256)
    if result.contact_sheet is not None:
        store.add_artifact(result.contact_sheet, "contact_sheet")
    for path in result.extras:
        store.add_artifact(path, _EXTRA_KINDS.get(path.suffix.lower(), "extra"))
    if result.scorecard is not None:
        found = result.scorecard
        if found.report is not None:
            store.add_artifact(found.report, "report")
        store.store_evaluation(
            total=found.total or 0.0,
            golden=found.golden,
            scores=dict(found.figures),
            findings=list(found.findings),
            artifact_id=video.id,
        )


_EXTRA_KINDS = {".gif": "gif", ".png": "still", ".srt": "subtitles", ".vtt": "subtitles"}


async def _in_shapes(workspace: Workspace, job: JobView, order: EditOrder) -> tuple[JobResult, ...]:
    """A follow-up for each aspect ratio, each from the first composition, which stays the current one."""
    first = workspace.store
    program = first.folder.job(job.id).composition
    results: list[JobResult] = []
    for shape in order.shapes:
        await asyncio.to_thread(first.make_current, program)
        results.append(await _in_shape(workspace, job, order.in_shape(shape)))
        workspace.take_up(first, workspace.attempt, workspace.notify)
    return tuple(results)


async def _in_shape(workspace: Workspace, job: JobView, order: EditOrder) -> JobResult:
    """The follow-up as a job of its own; what an earlier run finished is not made again."""
    store, executor = workspace.store, job.owner or ""
    new = JobView(
        id=uuid.uuid5(uuid.UUID(job.id), order.request).hex,
        session_id=job.session_id,
        tenant=job.tenant,
        request=order.request,
        options=order_to_json(order),
        trace_id=job.trace_id,
    )
    follow_up = await store.database.run(partial(jobs.add, new=new))
    try:
        fence = await store.database.run(partial(jobs.claim, job_id=follow_up.id, executor=executor))
    except Superseded:
        record = store.folder.job(follow_up.id)
        return _result(workspace, record, record.status, record.message)
    workspace.take_up(workspace.store.for_job(fence), workspace.attempt, workspace.notify)
    return await carry_out(workspace, follow_up, order)


async def render_again(workspace: Workspace, approved: Greenlit, job: JobView, order: EditOrder) -> JobResult:
    """Renders a composition that this session approved before; the next request starts from it."""
    await workspace.recompose(approved.program)
    composition = await asyncio.to_thread(
        workspace.store.store_composition, approved.fingerprint, approved.program
    )
    assets = workspace.assets
    record = replace(
        begun(workspace, job.id, order),
        export=export_for(order.export, assets),
        asset_names=tuple(asset.name for asset in assets),
        composition=composition,
        fingerprint=approved.fingerprint,
        model="none: an earlier composition",
    )
    await asyncio.to_thread(workspace.store.save_job, record)
    with on_record(workspace, record):
        finished = await finish(workspace, approved, record, order)
        result = await _delivered(workspace, record, order, approved, finished, None)
        await _end(workspace, result, record)
    return result
