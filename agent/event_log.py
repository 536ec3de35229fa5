"""What is told of a job while it runs, kept for those who follow it from elsewhere or come later."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from agent.domain import EventKind, JobEvent
from agent.errors import StoreFailed, Superseded
from agent.store import events
from agent.store.columns import JsonObject
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
        self._told: deque[JobEvent] = deque()
        self._awake = asyncio.Event()
        self._closed = False
        self._writing = threading.Lock()
        self._last: tuple[str, float] = ("", 0.0)

    def __call__(self, event: JobEvent, /) -> None:
        """Takes the event down, unless it is one of many that say how far the same thing is."""
        if event.kind is EventKind.PROGRESS and event.done not in (None, event.total):
            what, now_s = f"{event.stage} {event.message}", time.monotonic()
            if what == self._last[0] and now_s - self._last[1] < PROGRESS_INTERVAL_S:
                return
            self._last = what, now_s
        self._told.append(event)
        self._awake.set()

    def close(self) -> None:
        """Nothing more will be told."""
        self._closed = True
        self._awake.set()

    async def write(self) -> None:
        """Writes until it is closed, what was told within a moment in one transaction."""
        while not self._closed:
            await self._awake.wait()
            if not self._closed:
                await asyncio.sleep(GATHERED_S)
            self._awake.clear()
            await asyncio.to_thread(self.flush)
        await asyncio.to_thread(self.flush)

    def flush(self) -> None:
        """All that was told is on record, so that what is recorded next comes after it; for any thread.

        A failure costs events, not the job. What is told after the job's end is not kept: the end is the last
        that a follower hears.
        """
        with self._writing:
            batch = [self._told.popleft() for _ in range(len(self._told))]
            try:
                if batch:
                    told = [(event.kind, _told(event)) for event in batch]
                    self._database.do(partial(events.append_all, fence=self._fence, told=told))
            except (StoreFailed, Superseded) as exc:
                log.warning("events lost", extra={"action": "events_lost", "why": str(exc)})


def _told(event: JobEvent) -> JsonObject:
    data = {"stage": event.stage, "message": event.message, **event.data}
    return data if event.done is None else {**data, "done": event.done, "total": event.total}
