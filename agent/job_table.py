"""Jobs as a table for people, and as figures for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agent.domain import JobStatus
from agent.store.views import JobView

_COLOURS = {
    JobStatus.COMPLETED: "green",
    JobStatus.FAILED: "red",
    JobStatus.REVIEW_REQUIRED: "yellow",
    JobStatus.PROCESSING: "cyan",
}
_FIGURES = (
    "id",
    "session_id",
    "title",
    "status",
    "message",
    "hint",
    "model",
    "trace_id",
    "tokens_in",
    "tokens_out",
    "cost_usd",
    "leg",
    "attempt",
    "owner",
    "created_at",
    "started_at",
    "ended_at",
)


def job_figures(job: JobView) -> dict[str, object]:
    """What machines are told of a job."""
    known = asdict(job)
    return {name: known[name] for name in _FIGURES}


def print_jobs(console: Console, jobs: Sequence[JobView]) -> None:
    """The jobs, the newest first; where there is none, how to get one."""
    if not jobs:
        console.print("No job yet. `roughcut edit --help` says how to make one.", highlight=False)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("job", "status", "age", "tokens", "USD", "request"):
        table.add_column(heading, overflow="fold")
    for job in jobs:
        colour = _COLOURS.get(job.status, "default")
        table.add_row(
            job.id[:8],
            f"[{colour}]{job.status}[/]",
            _age(job.created_at),
            str(job.tokens_in + job.tokens_out or ""),
            _cost(job),
            escape(job.title),
        )
    console.print(table)


def _cost(job: JobView) -> str:
    """Nothing for a job that asked no model that costs something."""
    if job.cost_usd is None:
        return "unknown"
    return f"{job.cost_usd:.4f}" if job.cost_usd else ""


def _age(since: datetime) -> str:
    seconds = max(0, round((datetime.now(UTC) - since).total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
