"""What is told of a job while it runs, kept for those who follow it from elsewhere or come later."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy.orm import Session

from agent.domain import EventKind, JobEvent
from agent.errors import StoreFailed, Superseded
from agent.store import events
from agent.store.database import Database
from agent.store.fence import Fence

log = logging.getLogger(__name__)

GATHERED_S = 0.1
"""How long events are waited for that are written together with the first."""
PROGRESS_INTERVAL_S = 0.5
"""Between two events of progress in the same thing; who watches here sees them all."""


@asynccontextmanager
async def kept_events(database: Database, fence: Fence) -> AsyncIterator[EventLog]:
    """A log that is written in the background; at the end all that was told is there."""
    event_log = EventLog(database, fence)
    writer = asyncio.create_task(event_log.write())
    try:
        yield event_log
    finally:
        event_log.close()
        await writer


class EventLog:
    """Use `kept_events`. Telling costs nothing: nobody waits for the database."""

    def __init__(self, database: Database, fence: Fence) -> None:
        self._database = database
        self._fence = fence
        self._told: asyncio.Queue[JobEvent | None] = asyncio.Queue()
        self._last: tuple[str, float] = ("", 0.0)

    def __call__(self, event: JobEvent, /) -> None:
        """Takes the event down, unless it is one of many that say how far the same thing is."""
        if event.kind is EventKind.PROGRESS and event.done not in (None, event.total):
            what, now_s = f"{event.stage} {event.message}", time.monotonic()
            if what == self._last[0] and now_s - self._last[1] < PROGRESS_INTERVAL_S:
                return
            self._last = what, now_s
        self._told.put_nowait(event)

    def close(self) -> None:
        """Nothing more will be told."""
        self._told.put_nowait(None)

    async def write(self) -> None:
        """Writes until it is closed, what waits in one transaction; a failure costs events, not the job."""
        open_ = True
        while open_:
            batch = [await self._told.get()]
            if batch[0] is not None:
                await asyncio.sleep(GATHERED_S)
            while not self._told.empty():
                batch.append(self._told.get_nowait())
            open_ = None not in batch
            try:
                await self._database.run(partial(self._append, [event for event in batch if event]))
            except (StoreFailed, Superseded) as exc:
                log.warning("events lost", extra={"action": "events_lost", "why": str(exc)})

    def _append(self, batch: Sequence[JobEvent], session: Session) -> None:
        self._fence.hold(session)
        for event in batch:
            data = {"stage": event.stage, "message": event.message, **event.data}
            if event.done is not None:
                data |= {"done": event.done, "total": event.total}
            events.append(session, self._fence.job_id, event.kind, data)
