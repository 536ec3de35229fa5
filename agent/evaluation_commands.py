"""`roughcut evaluate` and `roughcut golden`: how good a video is, and the best that were made."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from typer.core import TyperGroup

from agent.running import EXIT_FAILED, Json, err, out, print_json, read_settings, run

if TYPE_CHECKING:
    from agent.evaluation.golden import Golden
    from agent.evaluation.values import Evaluation
    from agent.settings import Settings

EXIT_GOLDEN = 0
EXIT_NOT_GOLDEN = 2
EXIT_BLOCKED = 3

_OF_A_FILE = "file"
# Typer keeps the base of its contexts, and what else they take, to itself.
_Context: TypeAlias = Any
_Extra: TypeAlias = Any


class FileOrCommand(TyperGroup):
    """`evaluate critic` is a command; whatever else follows `evaluate` is about a file.

    The exit codes 0, 2 and 3 are verdicts, so wrong usage ends with 1 here.
    """

    def make_context(
        self, info_name: str | None, args: list[str], parent: _Context = None, **extra: _Extra
    ) -> _Context:
        """That of the command itself, so that its help and its errors name no inner command."""
        named = args[0] if args else ""
        command = self.commands[_OF_A_FILE]
        if named in self.commands and named != _OF_A_FILE:
            command, args, info_name = self.commands[named], args[1:], f"{info_name} {named}"
        try:
            return command.make_context(info_name, args, parent, **extra)
        except typer.TyperException as wrong:
            wrong.exit_code = EXIT_FAILED
            raise


evaluate_app = typer.Typer(cls=FileOrCommand, short_help="Score a video by six metrics; say what is wrong.")
golden_app = typer.Typer(help="The best videos that were made, with their programs.", no_args_is_help=True)

Composition = Annotated[
    str | None,
    typer.Option(
        "--composition",
        metavar="SESSION",
        help="The session (folder or id) or job that made it: what its composition means to be is no fault.",
    ),
]
Brand = Annotated[
    Path | None, typer.Option("--brand", help="A brand.toml: colours, logo, corner, fonts to hold it to.")
]
Profile = Annotated[
    str, typer.Option("--profile", help="What it is held to: social, trailer, tutorial, talking_head.")
]
Sources = Annotated[
    list[Path] | None,
    typer.Option("--asset", help="A file that it was made of, to compare detail with; repeatable."),
]
Limit = Annotated[int, typer.Option("-n", "--limit", min=1, help="How many at most.")]


@evaluate_app.command(_OF_A_FILE)
def evaluate_file(
    file: Annotated[Path, typer.Argument(help="A video, made here or anywhere.")],
    composition: Composition = None,
    brand: Brand = None,
    profile: Profile = "social",
    asset: Sources = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Also write a page with timeline and frames here (HTML).")
    ] = None,
    no_ocr: Annotated[
        bool, typer.Option("--no-ocr", help="Do not read what is written in the picture.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Score FILE by six metrics, and say what is wrong with it, when, and how to fix it.

    For example:

    - `roughcut evaluate short.mp4 --report short.html`
    - `roughcut evaluate out.mp4 --composition SESSION --brand brand.toml`

    `roughcut evaluate critic` measures the critic itself; a file of that name is `./critic`.

    Exit codes: 0 golden, 2 not golden, 3 blocked. 1: there is no verdict, because FILE is no video, an option
    is wrong or something failed. 130: stopped.
    """
    from agent.evaluation.figures import figures_of
    from agent.evaluation_display import evaluation_progress, print_evaluation
    from agent.evaluation_run import EvaluationOrder, evaluate_order
    from agent.services import analyst, retention_judge

    async def work() -> None:
        settings = read_settings()
        order = EvaluationOrder(
            file, composition, brand, profile, sources=tuple(asset or ()), report=report, ocr=not no_ocr
        )
        with evaluation_progress(err, quiet=as_json) as tell:
            async with retention_judge(settings) as judge:
                evaluation = await evaluate_order(order, settings, analyst(settings), judge, tell)
        if as_json:
            print_json(figures_of(evaluation))
        else:
            print_evaluation(out, evaluation, report)
        raise typer.Exit(exit_code(evaluation))

    run(work(), as_json=as_json, bad_input_code=EXIT_FAILED)


@evaluate_app.command()
def critic(as_json: Json = False) -> None:
    """Measure the critic: known defects go into good compositions, and it is counted what passes.

    The checks are measured alone, and together with the vision model where ROUGHCUT_CRITIC_MODEL names one.

    Exit codes: 0 measured, 1 failed, 130 stopped.
    """
    from agent.evaluation.critic_suite.table import suite_table
    from agent.evaluation_display import case_progress
    from agent.evaluation_run import measure_critic
    from agent.services import build_services

    async def work() -> None:
        with case_progress(err, quiet=as_json) as tell:
            result = await measure_critic(build_services(read_settings()), tell)
        if as_json:
            print_json(result.as_dict())
        else:
            out.print(suite_table(result))

    run(work(), as_json=as_json, bad_input_code=EXIT_FAILED)


def exit_code(evaluation: Evaluation) -> int:
    """What an evaluation means to a script."""
    from agent.evaluation.verdict import Outcome, outcome_of

    codes = {
        Outcome.GOLDEN: EXIT_GOLDEN,
        Outcome.NOT_GOLDEN: EXIT_NOT_GOLDEN,
        Outcome.BLOCKED: EXIT_BLOCKED,
    }
    return codes[outcome_of(evaluation)]


@golden_app.command(name="list")
def list_golden(limit: Limit = 20, as_json: Json = False) -> None:
    """List the golden renders, the best first: total, request, when it was made, its job."""
    from agent.evaluation_display import print_goldens

    async def work() -> None:
        found = await _goldens(read_settings(), limit)
        if as_json:
            print_json([asdict(golden) for golden in found])
        else:
            print_goldens(out, found)

    run(work(), as_json=as_json)


@golden_app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where they go; examples of the same jobs are replaced.")],
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """Write golden renders as examples for a model: request, plan, program, scores; Markdown, a file each.

    Exit codes: 0 written, 1 failed or there is none yet, 130 stopped.
    """
    from agent.errors import NotFound
    from agent.evaluation.golden import write_examples

    async def work() -> None:
        found = await _goldens(read_settings(), limit)
        if not found:
            raise NotFound(
                f"No golden renders yet: nothing was written to {folder}.",
                hint="`roughcut edit` keeps one when its video is scored as golden.",
            )
        written = await asyncio.to_thread(write_examples, found, folder)
        if as_json:
            print_json([str(path) for path in written])
        else:
            out.print(f"{len(written)} written to {folder}.", highlight=False, markup=False)

    run(work(), as_json=as_json, bad_input_code=EXIT_FAILED)


async def _goldens(settings: Settings, limit: int) -> list[Golden]:
    from agent.evaluation.golden_store import golden_renders
    from agent.services import open_database

    async with open_database(settings) as database:
        return await database.run(lambda session: golden_renders(session, limit=limit), read_only=True)
