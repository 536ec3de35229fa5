"""The thread that stores spans: it keeps up, keeps to its memory, and never ends the work it tells of."""

import threading
from dataclasses import replace
from datetime import UTC, datetime

from agent.errors import StoreFailed
from agent.trace_writer import SpanWriter
from agent.tracing import SpanRecord

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def open_span(number: int) -> SpanRecord:
    return SpanRecord(f"{1:032x}", f"{number:016x}", f"span {number}", NOW)


def ended(record: SpanRecord) -> SpanRecord:
    return replace(record, ended_at=NOW, status="ok")


class SlowStore:
    """Holds each batch back until it is let through."""

    def __init__(self) -> None:
        self.began = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)
        self.batches: list[list[SpanRecord]] = []

    def __call__(self, batch) -> None:
        self.began.release()
        assert self.may_go_on.acquire(timeout=20)
        self.batches.append(list(batch))


def test_a_span_that_ended_meanwhile_is_written_once():
    """Under load only the newest state of each span waits, in one batch."""
    store = SlowStore()
    writer = SpanWriter(store)
    writer.put(open_span(0))
    assert store.began.acquire(timeout=20)

    for number in range(1, 500):
        writer.put(open_span(number))
        writer.put(ended(open_span(number)))
    store.may_go_on.release(2)

    assert writer.flush(20)
    assert store.batches == [[open_span(0)], [ended(open_span(number)) for number in range(1, 500)]]
    writer.close(20)
    assert writer.lost == 0


def test_a_store_that_hangs_costs_neither_time_nor_memory(caplog):
    """What finds no room is counted and told; ends of spans that wait are not lost."""
    store = SlowStore()
    writer = SpanWriter(store, most_pending=3)
    writer.put(open_span(0))
    assert store.began.acquire(timeout=20)

    for number in range(1, 6):
        writer.put(open_span(number))
    writer.put(ended(open_span(1)))
    assert not writer.flush(0.01)
    store.may_go_on.release(2)
    writer.close(20)

    assert store.batches[1] == [ended(open_span(1)), open_span(2), open_span(3)]
    assert writer.lost == 2
    assert [record.count for record in caplog.records if record.message == "spans lost"] == [2]


def test_a_store_that_fails_is_tried_with_the_next_batch():
    """The failure is counted and goes no further."""
    kept: list[SpanRecord] = []
    failures = iter([StoreFailed("disk full"), RuntimeError("a bug")])

    def store(batch) -> None:
        for failure in failures:
            raise failure
        kept.extend(batch)

    writer = SpanWriter(store)
    for number in range(3):
        writer.put(open_span(number))
        assert writer.flush(20)
    writer.close(20)

    assert (kept, writer.lost) == ([open_span(2)], 2)


def test_closing_stores_what_is_left():
    """A process that ends properly loses nothing; what comes after it is counted."""
    kept: list[SpanRecord] = []
    writer = SpanWriter(kept.extend)
    for number in range(50):
        writer.put(open_span(number))

    writer.close(20)
    writer.put(open_span(99))

    assert [record.span_id for record in kept] == [open_span(number).span_id for number in range(50)]
    assert writer.lost == 1
