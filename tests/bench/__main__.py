"""Runs the benches one after the other and prints what they found."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from tests.bench import (
    docs,
    durability,
    evaluation,
    ingest,
    pool,
    pool_files,
    pool_relay,
    render,
    sampling,
    transfer,
    waiting,
)
from tests.bench.figures import Measured, Say
from tests.bench.report import machine, report, table


class Bench(StrEnum):
    """Names for `--only`, in the order of running."""

    RENDER = "render"
    INGEST = "ingest"
    EVALUATION = "evaluation"
    DURABILITY = "durability"
    SAMPLING = "sampling"
    TRANSFER = "transfer"
    PAGE = "page"
    CHECK = "check"
    COMMAND = "command"
    DOCS = "docs"
    RELAY = "relay"
    POOL = "pool"
    FILES = "files"


_MEASURES: dict[Bench, Callable[[int, Say], Awaitable[Measured]]] = {
    Bench.RENDER: render.measure,
    Bench.INGEST: ingest.measure,
    Bench.EVALUATION: evaluation.measure,
    Bench.DURABILITY: durability.measure,
    Bench.SAMPLING: sampling.measure,
    Bench.TRANSFER: transfer.measure,
    Bench.PAGE: waiting.measure_page,
    Bench.CHECK: waiting.measure_check,
    Bench.COMMAND: waiting.measure_command,
    Bench.DOCS: docs.measure,
    Bench.RELAY: pool_relay.measure,
    Bench.POOL: pool.measure,
    Bench.FILES: pool_files.measure,
}
_WIDTH_WITHOUT_TERMINAL = 160

Only = Annotated[list[Bench] | None, typer.Option("--only", help="This bench only; may be repeated.")]
Rounds = Annotated[int, typer.Option("--repeat", min=1, help="Rounds of each bench.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def main(only: Only = None, repeat: Rounds = 3, as_json: Json = False) -> None:
    """Measure Roughcut against others at the same job. A missed target is reported and is no error."""
    results = asyncio.run(_measure(only or list(Bench), repeat))
    figures = [figure for result in results for figure in result.figures]
    skipped = [sentence for result in results for sentence in result.skipped]
    if as_json:
        typer.echo(json.dumps(report(figures, skipped), indent=2))
        return
    out = Console()
    if not out.is_terminal:
        out.width = _WIDTH_WITHOUT_TERMINAL
    out.print(table(figures))
    for sentence in skipped:
        out.print(sentence, markup=False)


async def _measure(benches: list[Bench], rounds: int) -> list[Measured]:
    console = Console(stderr=True)
    busy = machine()
    console.print(f"{busy['cores']} cores; load before the run: {busy['load_1_min']}")
    with console.status("") as status:
        return [await _MEASURES[bench](rounds, partial(_tell, status, bench)) for bench in benches]


def _tell(status: Status, bench: Bench, what: str) -> None:
    status.update(f"{bench}: {what}")


if __name__ == "__main__":
    typer.run(main)
