"""`roughcut trace`: what a job did, when, for how long, for how much money, and where it failed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from rich.markup import escape

from agent.plan_commands import JobReference, job_called
from agent.running import Json, out, print_json, read_settings, run

if TYPE_CHECKING:
    from agent.store.views import JobView
    from agent.tracing import SpanRecord


def trace(reference: JobReference = None, as_json: Json = False) -> None:
    """Draw what JOB did as a waterfall: times, CPU, tokens, money and failures; also while it runs.

    What a crash cut short is shown as such, and what was done after it below.
    """

    async def work() -> None:
        from agent.services import open_database
        from agent.store import traces

        async with open_database(read_settings()) as database:
            job = await job_called(database, reference)
            spans = await database.run(partial(traces.of_job, job_id=job.id), read_only=True)
        if as_json:
            print_json(_as_dict(job, spans))
        else:
            _print(job, spans)

    run(work(), as_json=as_json)


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
