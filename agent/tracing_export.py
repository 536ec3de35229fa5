"""Where spans go: to the store as they start and end, and by OTLP as they end. Loads OpenTelemetry's SDK."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Self

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import StatusCode, Tracer
from pydantic import SecretStr

from agent.settings import Settings
from agent.trace_writer import SpanWriter
from agent.tracing import (
    CANCELLED,
    CPU_S,
    ERROR,
    FFMPEG_ARGS,
    GPU,
    JOB_ID,
    KIND,
    LOGS,
    PAYLOAD_IN,
    PAYLOAD_OUT,
    SpanRecord,
    SpanSink,
    SpanStatus,
    current_trace_id,
)

_MOST_WAITING_FOR_OTLP = 20_000
_OTLP_PATH = "/v1/traces"
_OTLP_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_OTLP_TIMEOUT_S = 5.0
_SHORTEST_SECRET_CHARS = 6


class Export:
    """A tracer whose spans are stored by a thread of their own."""

    def __init__(self, provider: TracerProvider, writer: SpanWriter | None) -> None:
        self.tracer: Tracer = provider.get_tracer("roughcut")
        self._provider = provider
        self._writer = writer

    @classmethod
    def start(cls, sink: SpanSink | None, otlp_endpoint: str | None) -> Self | None:
        """None where spans would go nowhere."""
        otlp = otlp_endpoint or any(os.environ.get(name) for name in _OTLP_VARIABLES)
        if sink is None and not otlp:
            return None
        provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource.create({"service.name": "roughcut", "service.version": version("roughcut")}),
            id_generator=_JobIds(),
            shutdown_on_exit=False,
        )
        writer = SpanWriter(sink) if sink else None
        if writer:
            provider.add_span_processor(_AsTheyHappen(writer))
        if otlp:
            provider.add_span_processor(_otlp_processor(otlp_endpoint))
        return cls(provider, writer)

    def flush(self, timeout_s: float) -> bool:
        """Whether all that is known was stored in time."""
        return self._writer is None or self._writer.flush(timeout_s)

    def close(self, timeout_s: float) -> None:
        """Stores what is left."""
        if self._writer:
            self._writer.close(timeout_s)
        self._provider.shutdown()


class _AsTheyHappen(SpanProcessor):
    """Hands on each span when it starts and when it ends."""

    def __init__(self, writer: SpanWriter) -> None:
        self._writer = writer

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self._writer.put(record_of(span))

    def on_end(self, span: ReadableSpan) -> None:
        self._writer.put(record_of(span))


class _JobIds(RandomIdGenerator):
    """A root gets the trace id of its job."""

    def generate_trace_id(self) -> int:
        trace_id = current_trace_id()
        return int(trace_id, 16) if trace_id else super().generate_trace_id()


def record_of(span: ReadableSpan) -> SpanRecord:
    """The span as a row; attributes with columns of their own are in those alone."""
    rest: dict[str, Any] = dict(span.attributes or {})  # of whatever type each was set
    kind = str(rest.pop(KIND, ""))
    identity, started_ns, ended_ns = span.get_span_context(), span.start_time or 0, span.end_time
    assert identity is not None, "a span that records has an identity"
    duration_ms = None if ended_ns is None else (ended_ns - started_ns) / 1e6
    job_id, ffmpeg_args, cpu_s, logs = (rest.pop(name, None) for name in (JOB_ID, FFMPEG_ARGS, CPU_S, LOGS))
    gpu, payload_in, payload_out = (_parsed(rest.pop(name, None)) for name in (GPU, PAYLOAD_IN, PAYLOAD_OUT))
    failed = span.status.status_code is StatusCode.ERROR
    return SpanRecord(
        job_id=None if job_id is None else str(job_id),
        trace_id=f"{identity.trace_id:032x}",
        span_id=f"{identity.span_id:016x}",
        parent_id=f"{span.parent.span_id:016x}" if span.parent else None,
        name=span.name,
        kind=kind,
        status=_status(failed=failed, ended=ended_ns is not None, cancelled=bool(rest.pop(CANCELLED, False))),
        started_at=_utc(started_ns),
        ended_at=None if ended_ns is None else _utc(ended_ns),
        duration_ms=duration_ms,
        ffmpeg_args=None if ffmpeg_args is None else list(ffmpeg_args),
        render_time_ms=duration_ms if kind == "render" else None,
        cpu_s=cpu_s,
        gpu=gpu,
        logs=logs,
        payload_in=payload_in,
        payload_out=payload_out,
        attributes={**rest, ERROR: span.status.description} if failed else rest,
        is_failure=failed,
    )


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What must be in no span: the values of the settings that are secret."""
    values = (value.get_secret_value() for _, value in settings if isinstance(value, SecretStr))
    return tuple(value for value in values if len(value) >= _SHORTEST_SECRET_CHARS)


def _otlp_processor(endpoint: str | None) -> SpanProcessor:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # Without an endpoint of ours the exporter reads its own variables.
    traces = f"{endpoint.rstrip('/')}{_OTLP_PATH}" if endpoint else None
    exporter = OTLPSpanExporter(endpoint=traces, timeout=_OTLP_TIMEOUT_S)
    return BatchSpanProcessor(exporter, max_queue_size=_MOST_WAITING_FOR_OTLP, schedule_delay_millis=1000)


def _status(*, failed: bool, ended: bool, cancelled: bool) -> SpanStatus:
    if not ended:
        return "open"
    if failed:
        return "failed"
    return "cancelled" if cancelled else "ok"


def _utc(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns / 1e9, UTC)


def _parsed(text: str | None) -> Any:  # noqa: ANN401  any JSON
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}
