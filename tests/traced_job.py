"""A process that is traced into a database until it is killed: `python -m tests.traced_job URL JOB TRACE`."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from agent.media.ffmpeg import run_ffmpeg
from agent.settings import Settings
from agent.store import traces
from agent.store.database import Database
from agent.tracing import span, start_tracing

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-f", "null", "-"]


async def main(url: str, job_id: str, trace_id: str) -> None:
    """Ingests in no time, then encodes for a minute."""
    database = Database.open(url)
    tracing = start_tracing(
        lambda spans: database.do(partial(traces.upsert, spans=spans)), Settings(_env_file=None)
    )
    with tracing.job_trace(job_id, trace_id, attempt=1):
        with span("ingest", kind="stage"):
            pass
        with span("render", kind="stage"):
            await run_ffmpeg(ENDLESS, timeout_s=60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
