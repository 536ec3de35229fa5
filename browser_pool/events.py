"""What happens to one session, in order, for as many readers as there are."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime

_KEPT = 256

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Event:
    """One thing that happened; numbers count from 1 within a session."""

    number: int
    name: str
    at: datetime
    data: Mapping[str, Value]


class EventLog:
    """The last events of a session; a slow reader misses old ones and holds up nobody."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=_KEPT)
        self._count = 0
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def kept(self) -> list[Event]:
        """The events that a new reader would get."""
        return list(self._events)

    def publish(self, name: str, at: datetime, **data: Value) -> None:
        """Tell every reader."""
        self._count += 1
        self._events.append(Event(self._count, name, at, data))
        self._wake()

    def close(self) -> None:
        """No more events will come: readers end after the last one."""
        self._closed = True
        self._wake()

    async def follow(self, after: int = 0) -> AsyncGenerator[Event, None]:
        """Events with a number above *after*: those that are kept, then new ones until the session ends."""
        while True:
            changed = self._changed
            for event in [event for event in self._events if event.number > after]:
                after = event.number
                yield event
            if self._count > after:
                continue
            if self._closed:
                return
            await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
