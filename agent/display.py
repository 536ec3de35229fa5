"""How the command line shows a job: live progress for people, its end in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from agent.domain import Issue, JobEvent, JobStatus, Severity, Stage
from agent.errors import RoughcutError
from agent.plan_display import print_plan

if TYPE_CHECKING:
    from agent.job_result import JobResult

STAGE_TITLES = {
    Stage.OPEN: "Browser",
    Stage.INGEST: "Footage",
    Stage.PLAN: "Plan",
    Stage.COMPOSE: "Compose",
    Stage.RENDER: "Render",
    Stage.DELIVER: "Deliver",
    Stage.CHECK: "Check",
    Stage.EVALUATE: "Evaluate",
}


class Listener(Protocol):
    """Gets each event of a job; must not block."""

    def __call__(self, event: JobEvent, /) -> None: ...


@contextmanager
def live_progress(console: Console, *, quiet: bool = False) -> Iterator[Listener]:
    """A line for each stage: what it does now, a bar and an ETA where the work is countable."""
    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.fields[title]:<8}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        # What is left of the line: on a narrow terminal the words are cut, never the count.
        TextColumn("[dim]{task.description}[/]", table_column=Column(ratio=1, no_wrap=True)),
    )
    with Progress(*columns, console=console, disable=quiet, expand=True) as progress:
        lines = _StageLines(progress)
        yield lines
        lines.finish()


class _StageLines:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._current: Stage | None = None
        self._tasks: dict[Stage, TaskID] = {}

    def __call__(self, event: JobEvent, /) -> None:
        if self._current is not None and event.stage != self._current:
            self._finish(self._current)
        self._current = event.stage
        task = self._tasks.get(event.stage)
        if task is None:
            title = STAGE_TITLES[event.stage]
            task = self._tasks[event.stage] = self._progress.add_task("", total=None, title=title)
        # What counts nothing leaves the bar as it is.
        self._progress.update(
            task, description=escape(event.message), completed=event.done, total=event.total
        )

    def finish(self) -> None:
        """Nothing more comes: the last stage is over as well."""
        if self._current is not None:
            self._finish(self._current)

    def _finish(self, stage: Stage) -> None:
        task = self._tasks[stage]
        known = next(t for t in self._progress.tasks if t.id == task).total
        self._progress.update(task, total=known or 1, completed=known or 1)


def print_result(console: Console, result: JobResult) -> None:
    """How the job ended, where its file and frames are, and what the critic remarked."""
    if result.artifact is not None:
        media, loudness = result.artifact.media, result.artifact.loudness
        loud = f", {loudness.integrated_lufs:.1f} LUFS" if loudness else ""
        console.print(
            f"[green]Done.[/] {escape(shown(result.artifact.path))}  "
            f"[dim]{media.width}x{media.height}, {media.duration_s:.2f} s, "
            f"{result.artifact.size_bytes / 1e6:.1f} MB{loud}, judged by {result.judged_by}[/]",
            highlight=False,
            soft_wrap=True,
        )
        for extra in result.extras:
            console.print(f"[dim]Beside:  {escape(shown(extra))}[/]", highlight=False, soft_wrap=True)
    elif result.status is JobStatus.REVIEW_REQUIRED:
        console.print(f"[yellow]Review required.[/] {escape(result.message)}")
    if result.plan is not None and not result.fingerprint:
        print_plan(console, result.plan)
    if result.awaits_approval:
        console.print(f"[dim]Next:[/]    roughcut approve {result.job_id[:8]}", highlight=False)
    print_issues(console, result.issues)
    if result.contact_sheet is not None:
        console.print(
            f"[dim]Frames:  {escape(shown(result.contact_sheet))}[/]", highlight=False, soft_wrap=True
        )
    console.print(f"[dim]Session: {escape(shown(result.folder))}[/]", highlight=False, soft_wrap=True)
    console.print(f"[dim]Job:     {result.job_id[:8]}[/]", highlight=False)
    for shape in result.shapes:
        print_result(console, shape)


def print_issues(console: Console, issues: tuple[Issue, ...]) -> None:
    """One line an issue: how bad, when, what, and what to do."""
    for issue in issues:
        mark = "[red]blocker[/]" if issue.severity is Severity.BLOCKER else "[yellow]warning[/]"
        when = f" at {issue.time_s:.1f} s" if issue.time_s is not None else ""
        fix = f" [dim]{escape(issue.suggested_fix)}[/]" if issue.suggested_fix else ""
        console.print(f"  {mark}{when}  {escape(issue.message)}{fix}")


def print_error(console: Console, error: RoughcutError) -> None:
    """What went wrong and the next step."""
    console.print(f"[red]Error:[/] {escape(str(error))}")
    if error.hint:
        console.print(f"[dim]Next:[/]  {escape(error.hint)}")
    for note in getattr(error, "__notes__", ()):
        console.print(f"[dim]{escape(note)}[/]", highlight=False)


def shown(path: Path) -> str:
    """The path as short as it stays right: relative to the working folder where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
