"""Stores spans from a thread of its own, so that the work they tell of does not wait for a database."""

from __future__ import annotations

import logging
import threading

from agent.tracing import SpanRecord, SpanSink

log = logging.getLogger(__name__)

_BATCH_EVERY_S = 0.2
_MOST_PENDING = 20_000


class SpanWriter:
    """A thread that stores spans in batches: at once after a pause, at most every 0.2 s under load.

    Only the newest state of a span waits. What finds no room, or cannot be stored, is counted and told in the
    log: a broken store costs a job neither its end, nor its time, nor its memory.
    """

    def __init__(self, sink: SpanSink, *, most_pending: int = _MOST_PENDING) -> None:
        self._sink = sink
        self._most_pending = most_pending
        self._changed = threading.Condition()
        self._pending: dict[tuple[str, str], SpanRecord] = {}
        self._writing = False
        self._hurried = False
        self._closing = False
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    def put(self, record: SpanRecord) -> None:
        """Notes a span's newest state; returns at once."""
        key = (record.trace_id, record.span_id)
        with self._changed:
            if self._closing or (key not in self._pending and len(self._pending) >= self._most_pending):
                self.lost += 1
                return
            self._pending[key] = record
            self._hurried = self._hurried or (record.parent_id is None and record.ended_at is not None)
            self._changed.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Whether everything was stored in time."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._pending and not self._writing, timeout_s)

    def close(self, timeout_s: float) -> None:
        """Stores what is left, ends the thread and tells what was lost."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        with self._changed:
            self.lost += len(self._pending)
            self._pending.clear()
        if self.lost:
            log.warning("spans lost", extra={"action": "spans_lost", "count": self.lost})

    def _run(self) -> None:
        while batch := self._next_batch():
            self._write(batch)
            with self._changed:
                self._writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closing or self._hurried, _BATCH_EVERY_S)

    def _next_batch(self) -> list[SpanRecord]:
        """What waits; empty only when no more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closing)
            batch = list(self._pending.values())
            self._pending.clear()
            self._writing = bool(batch)
            self._hurried = False
            return batch

    def _write(self, batch: list[SpanRecord]) -> None:
        try:
            self._sink(batch)
        except Exception as exc:  # noqa: BLE001  whatever it is, the next batch may fare better
            log.warning("spans lost", extra={"action": "spans_lost", "count": len(batch), "why": repr(exc)})
            with self._changed:
                self.lost += len(batch)
