"""The evaluate stage: the delivered file is scored before it gets its name."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import cast

from pydantic import JsonValue, TypeAdapter

from agent.composer import Greenlit
from agent.critic.expectation import expectation
from agent.domain import EventKind, Issue, JobEvent, Severity, Stage
from agent.durable import MeteredSteps
from agent.evaluation.as_composed import as_composed
from agent.evaluation.brand_kit import read_brand_kit
from agent.evaluation.figures import finding_figures, score_figures
from agent.evaluation.profiles import DEFAULT_PROFILE, profile_named
from agent.evaluation.report import write_report
from agent.evaluation.spoken import spoken
from agent.evaluation.subject import Subject
from agent.evaluation.values import Evaluation
from agent.evaluation.verdict import ordered, reasons_of
from agent.job_result import Scorecard
from agent.media.analysis.values import Transcript
from agent.order import EditOrder
from agent.rendering import Finished
from agent.store.session_folder import JobRecord
from agent.workspace import Workspace


async def evaluated(
    workspace: Workspace,
    approved: Greenlit,
    finished: Finished,
    job: JobRecord,
    order: EditOrder,
    judging: MeteredSteps,
) -> Scorecard | None:
    """What the evaluation says of the file, as a step of *judging*; its report goes to the session's outputs.

    None where nobody evaluates.
    """
    evaluate = workspace.services.evaluate
    if evaluate is None:
        return None

    async def score() -> JsonValue:
        async with workspace.stage(Stage.EVALUATE, "scoring the file") as traced:
            subject = await _subject(workspace, approved, job, order)
            replies = workspace.folder.replies_path(job.job_id)
            tell = partial(_tell, workspace)
            judged = await evaluate(finished.artifact.path, subject, replies, judging.meter, tell)
            found = await as_composed(judged, subject, workspace.analyst)
            traced.set(total=found.total, golden=found.golden)
        report = workspace.folder.outputs / f"{job.job_id}.evaluation.html"
        await asyncio.to_thread(write_report, found, report)
        return cast(JsonValue, _SCORECARD.dump_python(_scorecard(found, report), mode="json"))

    found = _SCORECARD.validate_python(await judging.run("evaluate", score))
    total = "not judged" if found.total is None else f"{found.total:.2f}"
    told = {"total": found.total, "golden": found.golden, "scores": dict(found.scores)}
    message = f"scored {total}{', golden' if found.golden else ''}"
    workspace.notify(JobEvent(Stage.EVALUATE, message, kind=EventKind.EVALUATION, data=told))
    return found


def is_deliverable(scorecard: Scorecard | None, order: EditOrder) -> bool:
    """Whether the file may have its name: no blocker, and golden where that is asked for."""
    if scorecard is None:
        return True
    blocked = any(issue.severity is Severity.BLOCKER for issue in scorecard.issues)
    return not blocked and (scorecard.golden or not order.require_golden)


def why_not(scorecard: Scorecard) -> str:
    """Why the file is not delivered, for people."""
    blockers = [issue.message for issue in scorecard.issues if issue.severity is Severity.BLOCKER]
    if blockers:
        return f"The finished video has faults: {' '.join(blockers)}"
    total = "could not be judged" if scorecard.total is None else f"scored {scorecard.total:.2f}"
    return " ".join([f"Golden was asked for; the finished video {total}.", *scorecard.reasons])


def objections(scorecard: Scorecard) -> tuple[Issue, ...]:
    """All that is to be mended in a file that is not delivered: its issues, and why else it is not golden."""
    if any(issue.severity is Severity.BLOCKER for issue in scorecard.issues):
        return scorecard.issues
    reasons = [Issue("not_golden", why, Severity.WARNING, source="evaluation") for why in scorecard.reasons]
    return (*scorecard.issues, *reasons)


async def _subject(workspace: Workspace, approved: Greenlit, job: JobRecord, order: EditOrder) -> Subject:
    """All that the job knows of what the file is meant to be."""
    assets = workspace.assets
    return Subject(
        summary=approved.summary,
        export=job.export,
        request=job.request,
        expectation=expectation(job.request, [a for a in assets if a.name in job.asset_names]),
        assets=assets,
        samples=approved.samples,
        transcript=spoken(approved.summary, await asyncio.to_thread(_words_heard, workspace)),
        profile=profile_named(order.profile) if order.profile else DEFAULT_PROFILE,
        brand=await asyncio.to_thread(read_brand_kit, order.brand) if order.brand else None,
    )


def _words_heard(workspace: Workspace) -> dict[str, Transcript]:
    """Of each asset that was listened to for words, by its name."""
    looked_at = ((asset.name, workspace.folder.analysis(asset)) for asset in workspace.assets)
    found = {name: analysis.transcript for name, analysis in looked_at if analysis is not None}
    return {name: transcript for name, transcript in found.items() if transcript is not None}


def _scorecard(found: Evaluation, report: Path) -> Scorecard:
    return Scorecard(
        total=found.total,
        golden=found.golden,
        scores={str(score.metric): score.value for score in found.scores},
        issues=tuple(finding.issue for finding in ordered(found.findings)),
        reasons=() if found.golden else tuple(reasons_of(found)),
        figures=score_figures(found),
        findings=tuple(finding_figures(found)),
        report=report,
    )


def _tell(workspace: Workspace, what: str, done: float) -> None:
    workspace.notify(JobEvent(Stage.EVALUATE, what, round(100 * done), 100))


_SCORECARD = TypeAdapter(Scorecard)
