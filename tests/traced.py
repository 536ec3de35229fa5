"""A traced job whose spans a test can look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from agent.settings import Settings
from agent.tracing import Span, SpanRecord, Tracing, new_trace_id, start_tracing

JOB_ID = "job-1"
SECRET = "sk-very-secret"


class Traced:
    """Keeps spans in the order in which they are stored, instead of a database."""

    def __init__(self) -> None:
        self.stored: list[SpanRecord] = []
        settings = Settings(_env_file=None, model_api_key=SECRET)
        self.tracing: Tracing = start_tracing(self.stored.extend, settings)

    def job(self, trace_id: str | None = None, **attributes: int) -> AbstractContextManager[Span]:
        """The root of what the test does."""
        return self.tracing.job_trace(JOB_ID, trace_id or new_trace_id(), **attributes)

    def states(self) -> list[SpanRecord]:
        """The newest state of each span, in the order in which they began."""
        assert self.tracing.flush(20)
        newest = {record.span_id: record for record in self.stored}
        return sorted(newest.values(), key=lambda record: record.started_at)

    def of_kind(self, kind: str) -> list[SpanRecord]:
        """The spans of one kind."""
        return [record for record in self.states() if record.kind == kind]

    def named(self) -> dict[str, SpanRecord]:
        """The spans by name, where each has one of its own."""
        return {record.name: record for record in self.states()}


@pytest.fixture
def traced() -> Iterator[Traced]:
    """Tracing with settings that hold a secret."""
    made = Traced()
    yield made
    made.tracing.close()
