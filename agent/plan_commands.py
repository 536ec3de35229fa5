"""`roughcut plan`, and a person's yes to a plan before work starts."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.domain import EditPlan
from agent.running import Json, err, out, print_json, read_settings, run

if TYPE_CHECKING:
    from agent.job_result import JobResult
    from agent.store.database import Database
    from agent.store.views import JobView, PlanView
    from agent.workspace import Services

PlanOnly = Annotated[bool, typer.Option("--plan-only", help="Print the plan, and end without editing.")]
Approve = Annotated[
    bool,
    typer.Option(
        "--approve",
        help="Show the plan and ask before the work starts; without a terminal the job waits for "
        "`roughcut approve`.",
    ),
]
JobReference = Annotated[
    str | None,
    typer.Argument(
        metavar="JOB",
        help="A job's id or the start of it, or a session's folder or id; else the latest job.",
    ),
]


def show_plan(reference: JobReference = None, as_json: Json = False) -> None:
    """Show the plan of a job: every version of it, and what is done.

    Example: `roughcut plan 3f2a --json`
    """
    from agent.plan_display import plans_as_dict, print_plans
    from agent.services import open_database

    async def work() -> None:
        async with open_database(read_settings()) as database:
            job, versions = await plans_of(database, reference)
        if as_json:
            print_json(plans_as_dict(job, versions))
        else:
            print_plans(out, job, versions)

    run(work(), as_json=as_json)


async def job_called(database: Database, reference: str | None) -> JobView:
    """The job that a person means. Raises `NotFound`, or `BadInput` where it may be several."""
    from agent.store.job_names import job_meant

    # A session's folder is named by its id.
    named = Path(reference).name if reference is not None and Path(reference).is_dir() else reference
    return await database.run(partial(job_meant, reference=named), read_only=True)


async def plans_of(
    database: Database, reference: str | None
) -> tuple[JobView, list[tuple[PlanView, EditPlan]]]:
    """The job, and each version of its plan, the first one first."""
    from agent.store import plans

    job = await job_called(database, reference)
    kept = await database.run(partial(plans.of_job, job_id=job.id), read_only=True)
    return job, [(version, plans.plan_of(version.plan)) for version in kept]


async def carried_on_if_approved(services: Services, waiting: JobResult, *, quiet: bool) -> JobResult:
    """The rest of the job if the person at the terminal says yes to its plan; else it goes on waiting."""
    from agent.display import live_progress
    from agent.service import carry_on_here
    from agent.store import jobs

    if waiting.plan is None or not await _approved(waiting.plan):
        return waiting
    with live_progress(err, quiet=quiet) as listener:
        return await carry_on_here(services, waiting.job_id, jobs.approve, notify=listener)


async def _approved(plan: EditPlan) -> bool:
    """What is said to the plan, which is shown first; no, where there is no terminal to ask at."""
    from agent.plan_display import print_plan
    from agent.tools.bridge import in_own_thread

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print_plan(err, plan)
    # A stopped command does not wait for a line that nobody will type.
    return await in_own_thread(_says_yes)


def _says_yes() -> bool:
    try:
        return typer.confirm("Carry this plan out?", err=True)
    except typer.Abort:
        return False
