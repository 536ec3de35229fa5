"""`roughcut trace`: what a job did, when, for how long, for how much money, and where it failed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from agent.running import Json, out, print_json, read_settings, run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from agent.store.views import JobView
    from agent.tracing import SpanRecord


def trace(
    reference: Annotated[
        str, typer.Argument(metavar="JOB", help="A job's id; or a session's, for its last job.")
    ],
    as_json: Json = False,
) -> None:
    """Draw what JOB did as a waterfall: times, CPU, tokens, money and failures; also while it runs.

    What a crash cut short is shown as such, and what was done after it below.
    """

    async def work() -> None:
        from agent.services import open_database

        async with open_database(read_settings()) as database:
            job, spans = await database.run(partial(_stored, reference=reference), read_only=True)
        if as_json:
            print_json(_as_dict(job, spans))
        else:
            _print(job, spans)

    run(work(), as_json=as_json)


def _stored(session: Session, reference: str) -> tuple[JobView, tuple[SpanRecord, ...]]:
    from agent.store import jobs, traces

    in_session = jobs.of_session(session, reference)
    job = in_session[-1] if in_session else jobs.get(session, reference)
    return job, traces.of_job(session, job.id)


def _as_dict(job: JobView, spans: tuple[SpanRecord, ...]) -> dict[str, object]:
    from agent.trace_view import TraceTotals

    return {
        "job_id": job.id,
        "trace_id": job.trace_id,
        "status": job.status,
        "totals": asdict(TraceTotals.of(spans)),
        "spans": [{name: _plain(value) for name, value in vars(span).items()} for span in spans],
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _print(job: JobView, spans: tuple[SpanRecord, ...]) -> None:
    from agent.trace_view import waterfall

    out.print(f"[bold]{escape(job.title)}[/]  [dim]{job.status}, job {job.id}, trace {job.trace_id}[/]")
    if not spans:
        out.print("Nothing was traced yet.")
        return
    out.print(waterfall(spans, None if job.has_ended else datetime.now(UTC)))
