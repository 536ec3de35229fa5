"""How every command runs to its end, and how it tells people and machines what went wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from agent.errors import BadInput, Cancelled, RoughcutError

if TYPE_CHECKING:
    from agent.job_result import JobResult
    from agent.settings import Settings

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_REVIEW_REQUIRED = 3
EXIT_STOPPED = 130

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]

out = Console()
err = Console(stderr=True)


def run(
    work: Coroutine[object, object, None], *, as_json: bool = False, bad_input_code: int = EXIT_BAD_INPUT
) -> None:
    """Runs the command to its end; SIGTERM stops it as Ctrl-C does: browser closed, session kept.

    *bad_input_code* is for commands whose own results take the usual one.
    """
    try:
        asyncio.run(_until_stopped(work))
    except (KeyboardInterrupt, Cancelled, asyncio.CancelledError) as stop:
        _say_stopped(stop, as_json=as_json)
        raise typer.Exit(EXIT_STOPPED) from None
    except RoughcutError as error:
        explain(error, as_json=as_json, bad_input_code=bad_input_code)


def read_settings(
    *, headed: bool = False, cdp: str | None = None, pool: str | None = None, executor: str | None = None
) -> Settings:
    """The settings, of which options that were given count most. Raises `BadInput` for one of no use."""
    from pydantic import ValidationError

    from agent.settings import Settings

    options = {"headed": headed or None, "cdp_url": cdp, "pool_url": pool, "executor": executor}
    # A browser that is named here is meant instead of a pool in the environment, and the other way round.
    named = {"cdp_url", "pool_url"} if cdp or pool else set()
    given = {name: value for name, value in options.items() if value is not None or name in named}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as exc:
        first = exc.errors()[0]
        raise BadInput(
            f"Setting {'.'.join(map(str, first['loc']))}: {first['msg']}; found {first.get('input')!r}.",
            hint="Settings come from options, from ROUGHCUT_… variables and from .env.",
        ) from exc


def explain(error: RoughcutError, *, as_json: bool, bad_input_code: int = EXIT_BAD_INPUT) -> NoReturn:
    """Ends the command with what went wrong and the next step."""
    from agent.display import print_error

    if as_json:
        kind = type(error).__name__
        notes = getattr(error, "__notes__", [])
        failure = {
            "status": "failed",
            "error": kind,
            "message": str(error),
            "hint": error.hint,
            "notes": notes,
        }
        print_json(failure)
    print_error(err, error)
    raise typer.Exit(bad_input_code if isinstance(error, BadInput) else EXIT_FAILED) from error


def log_to_stderr() -> None:
    """Logs a line of JSON for each event, as a process that runs for long: ours from INFO on."""
    from agent.store.job_log import JsonLines

    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("agent", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.INFO)


def report(result: JobResult, *, as_json: bool) -> None:
    """Says how a job ended; one that a person has to look at ends the command with its own code."""
    from agent.display import print_result
    from agent.domain import JobStatus

    if as_json:
        print_json(result.as_dict())
    else:
        print_result(out, result)
    if JobStatus.REVIEW_REQUIRED in {result.status, *(shape.status for shape in result.shapes)}:
        raise typer.Exit(EXIT_REVIEW_REQUIRED)


def print_json(value: object) -> None:
    """One JSON value on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def _say_stopped(stop: BaseException, *, as_json: bool) -> None:
    """That the command was stopped; where that stopped a job, which one, and the next step."""
    job = stop if isinstance(stop, Cancelled) and stop.job_id else None
    if as_json:
        known = {"job_id": job.job_id, "message": str(job), "hint": job.hint} if job else {}
        print_json({"status": "cancelled", **known})
    err.print(f"\n[yellow]Stopped.[/] {job or ''}", highlight=False, soft_wrap=True)
    if job:
        err.print(f"[dim]Next:[/]    {job.hint}", highlight=False)


async def _until_stopped(work: Coroutine[object, object, None]) -> None:
    task = asyncio.ensure_future(work)
    with contextlib.suppress(NotImplementedError):  # Windows has no signal handlers on its loop
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await task
