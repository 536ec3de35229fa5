"""The evaluate stage: the delivered file is scored before it gets its name."""

from __future__ import annotations

import logging
from typing import cast

from pydantic import JsonValue, TypeAdapter

from agent.composer import Greenlit
from agent.domain import EventKind, JobEvent, Severity, Stage
from agent.job_result import Scorecard
from agent.order import EditOrder
from agent.rendering import Finished
from agent.tracing import span
from agent.workspace import Workspace

log = logging.getLogger(__name__)


async def evaluated(
    workspace: Workspace, approved: Greenlit, finished: Finished, order: EditOrder
) -> Scorecard | None:
    """What the evaluation says of the file, as a step; its report is kept in the session's outputs."""
    evaluate = workspace.services.evaluate
    if evaluate is None:
        return None

    async def score() -> JsonValue:
        workspace.enter(Stage.EVALUATE, "scoring the file")
        with span("evaluate", kind="stage") as traced:
            found = await evaluate(workspace, approved, finished.artifact.path, order)
            traced.set(total=found.total, golden=found.golden)
        return cast(JsonValue, _SCORECARD.dump_python(found, mode="json"))

    found = _SCORECARD.validate_python(await workspace.attempt.steps.run("evaluate", score))
    total = "not judged whole" if found.total is None else f"{found.total:.2f}"
    event = JobEvent(
        Stage.EVALUATE,
        f"scored {total}{', golden' if found.golden else ''}",
        kind=EventKind.EVALUATION,
        data={"total": found.total, "golden": found.golden, "scores": dict(found.scores)},
    )
    workspace.notify(event)
    return found


def is_deliverable(scorecard: Scorecard | None, order: EditOrder) -> bool:
    """Whether the file may have its name: no blocker, and golden where that is asked for."""
    if scorecard is None:
        return True
    blocked = any(issue.severity is Severity.BLOCKER for issue in scorecard.issues)
    return not blocked and (scorecard.golden or not order.require_golden)


def why_not(scorecard: Scorecard, order: EditOrder) -> str:
    """Why the file is not delivered, for people."""
    blockers = [issue.message for issue in scorecard.issues if issue.severity is Severity.BLOCKER]
    if blockers:
        return f"The finished video has faults: {' '.join(blockers)}"
    total = "could not be judged whole" if scorecard.total is None else f"scored {scorecard.total:.2f}"
    return f"Golden was asked for; the finished video {total}."


_SCORECARD = TypeAdapter(Scorecard)
