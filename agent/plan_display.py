"""How a plan is shown: its steps, the tools they take, and what is done of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agent.domain import EditPlan, PlanStep, StepStatus

if TYPE_CHECKING:
    from agent.store.views import JobView, PlanView

_MARKS = {StepStatus.OPEN: " ", StepStatus.DONE: "[green]✓[/]", StepStatus.SKIPPED: "[dim]–[/]"}


def print_plan(console: Console, plan: EditPlan) -> None:
    """A table with a row for each step."""
    table = Table(box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True, style="dim")
    for step in plan.steps:
        more = " · ".join(filter(None, (_part(step), escape(step.note))))
        what = f"{escape(step.task)}\n[dim]{more}[/]" if more else escape(step.task)
        table.add_row(_MARKS[step.status], str(step.number), what, escape(step.tool))
    console.print(table)


def print_plans(console: Console, job: JobView, versions: Sequence[tuple[PlanView, EditPlan]]) -> None:
    """Every version, the first one first, with why it gave way to the next."""
    console.print(f"Job {job.id} ({job.status}): {escape(job.title)}", highlight=False, soft_wrap=True)
    if not versions:
        console.print("It has no plan yet.")
    for kept, plan in versions:
        tokens = kept.prompt_tokens + kept.completion_tokens
        cost = f", {tokens} tokens" if tokens else ""
        console.print(f"\n[bold]Plan {kept.version}[/] by {escape(kept.model)}{cost}", highlight=False)
        if kept.reason:
            console.print(f"because {escape(kept.reason)}", style="dim", highlight=False)
        print_plan(console, plan)


def plans_as_dict(job: JobView, versions: Sequence[tuple[PlanView, EditPlan]]) -> dict[str, object]:
    """The same for machines."""
    return {
        "job_id": job.id,
        "title": job.title,
        "status": job.status,
        "plans": [
            {
                "version": kept.version,
                "model": kept.model,
                "prompt_tokens": kept.prompt_tokens,
                "completion_tokens": kept.completion_tokens,
                "reason": kept.reason,
                "created_at": kept.created_at,
                "steps": [asdict(step) for step in plan.steps],
            }
            for kept, plan in versions
        ],
    }


def _part(step: PlanStep) -> str:
    """The part that it is about, and the assets that the task does not name."""
    part = f"{step.range_s[0]:g}-{step.range_s[1]:g} s" if step.range_s else ""
    unnamed = ", ".join(name for name in step.assets if name not in step.task)
    return escape(" ".join(filter(None, (unnamed, part))))
