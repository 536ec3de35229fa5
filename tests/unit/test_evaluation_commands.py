"""What `roughcut evaluate` takes its words for, and how it ends."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from agent.cli import app
from agent.evaluation_commands import evaluate_app, exit_code
from agent.evaluation_display import print_evaluation
from tests.evaluation_samples import HOSTILE, faulty_evaluation, golden_evaluation

COMMAND = typer.main.get_command(evaluate_app)


@pytest.mark.parametrize("words", [["./critic"], ["clip.mp4"], ["--json", "critic"], ["--", "critic"]])
def test_whatever_is_not_the_command_is_a_file(words: list[str]):
    """A file called critic stays within reach."""
    context = COMMAND.make_context("evaluate", [*words])

    assert context.params["file"] == Path(words[-1])


def test_critic_is_the_command():
    """`evaluate critic` is about the critic, with options of its own."""
    context = COMMAND.make_context("evaluate", ["critic", "--json"])

    assert context.command.name == "critic"
    assert context.params == {"as_json": True}


@pytest.mark.parametrize(
    "words", [[], ["--nonsense"], ["a.mp4", "b.mp4"], ["a.mp4", "--profile"], ["critic", "--nonsense"]]
)
def test_wrong_usage_is_no_verdict(words: list[str]):
    """Exit code 1: 2 would say that a file is not golden."""
    assert CliRunner().invoke(app, ["evaluate", *words]).exit_code == 1


def test_help_tells_the_exit_codes():
    """It is about the file, and names the other command."""
    told = CliRunner().invoke(app, ["evaluate", "--help"])

    words = " ".join(told.output.split())
    assert told.exit_code == 0
    assert "0 golden, 2 not golden, 3 blocked" in words
    assert "evaluate critic" in words


def test_exit_codes_are_verdicts():
    """0 golden, 2 not golden, 3 blocked."""
    golden = golden_evaluation()

    assert exit_code(golden) == 0
    assert exit_code(replace(golden, golden=False)) == 2
    assert exit_code(faulty_evaluation()) == 3


def test_the_table_names_scores_weakest_parts_and_fixes():
    """Every metric, what was measured of its weakest part, each issue with time and fix; words stay words."""
    console = Console(width=160, file=io.StringIO(), record=True)

    print_evaluation(console, faulty_evaluation(), Path("report.html"))

    shown = console.export_text()
    assert "Watchability" in shown
    assert "flash: 4 flashes in a second, 3 allowed" in shown
    assert "No brand kit was given." in shown
    assert "blocker at 9.0 s  4.0 s of silence that is not declared Mend it like so." in shown
    assert HOSTILE[:40] in shown
    assert "report.html" in shown
