"""How the command line shows an evaluation and golden renders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from agent.display import print_issues, shown
from agent.evaluation.golden import Golden
from agent.evaluation.total import GOLDEN_METRIC, GOLDEN_TOTAL
from agent.evaluation.values import Evaluation, Score
from agent.evaluation.verdict import Outcome, ordered, outcome_of, reasons_of, title

if TYPE_CHECKING:
    from agent.evaluation.evaluate import OnProgress

_STYLES = {Outcome.GOLDEN: "green", Outcome.NOT_GOLDEN: "yellow", Outcome.BLOCKED: "red"}
_BAR_CELLS = 20


def print_evaluation(console: Console, evaluation: Evaluation, report: Path | None) -> None:
    """A table of the scores, what decided the outcome, and each issue with its time and fix."""
    table = Table(title=escape(evaluation.name), title_justify="left")
    table.add_column("score")
    table.add_column("", justify="right")
    table.add_column("")
    table.add_column("weakest part", overflow="fold")
    for score in evaluation.scores:
        table.add_row(title(score.metric), *_figures(score.value, GOLDEN_METRIC), escape(_remark(score)))
    table.add_section()
    table.add_row("[bold]Total[/]", *_figures(evaluation.total, GOLDEN_TOTAL), "")
    console.print(table)
    outcome = outcome_of(evaluation)
    console.print(f"[bold {_STYLES[outcome]}]{title(outcome)}.[/] {escape(' '.join(reasons_of(evaluation)))}")
    print_issues(console, tuple(finding.issue for finding in ordered(evaluation.findings)))
    if report is not None:
        console.print(f"[dim]Report: {escape(shown(report))}[/]", highlight=False, soft_wrap=True)


def print_goldens(console: Console, goldens: Sequence[Golden]) -> None:
    """One line each, the best first."""
    if not goldens:
        console.print("No golden renders yet: `roughcut edit` keeps one when its video is scored as golden.")
        return
    table = Table("total", "request", "made", "job")
    for golden in goldens:
        made = golden.made_at.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(f"{golden.total:.2f}", escape(golden.title), made, golden.job_id)
    console.print(table)


@contextmanager
def evaluation_progress(console: Console, *, quiet: bool) -> Iterator[OnProgress]:
    """A line with what is done now and how far it is; gone at the end."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, disable=quiet, transient=True) as progress:
        task = progress.add_task("looking at the file", total=1.0)

        def tell(what: str, done: float) -> None:
            progress.update(task, description=escape(what), completed=done)

        yield tell


@contextmanager
def case_progress(console: Console, *, quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """A bar over the cases of the critic's suite, with what is judged now; gone at the end."""
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, disable=quiet, transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=escape(name))

        yield tell


def _figures(value: float | None, gate: float) -> tuple[str, str]:
    """The score and its bar, in the colour of how it did."""
    if value is None:
        return "–", ""
    colour = "green" if value > gate else "yellow" if value > gate / 2 else "red"
    filled = round(value * _BAR_CELLS)
    return f"[{colour}]{value:.2f}[/]", f"[{colour}]{'━' * filled}[/][dim]{'·' * (_BAR_CELLS - filled)}[/]"


def _remark(score: Score) -> str:
    """The weakest part with what was measured; or why there is no score."""
    part = score.weakest
    weakest = "" if part is None else f"{part.name}: {part.measured}" if part.measured else part.name
    return "; ".join(said for said in (weakest, score.why) if said)
