"""What a job is doing, as OpenTelemetry spans under one trace id that survives restarts.

Spans are written as they start, so that a crash shows where it was. Outside of a traced job there are none.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from opentelemetry import context as otel_context
from opentelemetry import trace

from agent.errors import Cancelled

if TYPE_CHECKING:
    from agent.settings import Settings
    from agent.tracing_export import Export

SpanKind = Literal["job", "stage", "model", "critic", "tool", "page", "ffmpeg", "analysis", "render"]
SpanStatus = Literal["open", "ok", "failed", "cancelled"]
Plain: TypeAlias = str | bool | int | float | None
AttributeValue: TypeAlias = Plain | Sequence[str] | Mapping[str, object]
_OtelValue: TypeAlias = str | bool | int | float | Sequence[str]
JsonValue: TypeAlias = Plain | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

KIND = "roughcut.kind"
JOB_ID = "roughcut.job_id"
PAYLOAD_IN = "roughcut.payload.in"
PAYLOAD_OUT = "roughcut.payload.out"
CANCELLED = "roughcut.cancelled"
FFMPEG_ARGS = "ffmpeg_args"
CPU_S = "cpu_s"
GPU = "gpu"
LOGS = "logs"
ERROR = "error"
MODEL = "gen_ai.request.model"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
COST_USD = "cost_usd"
"""Attributes that have a meaning of their own; those of models are named as OpenTelemetry names them."""

LONGEST_PAYLOAD_CHARS = 32_000
LONGEST_TEXT_CHARS = 8_000


@dataclass(frozen=True)
class SpanRecord:
    """A span as it is stored: once when it starts, and again, under the same ids, when it ends.

    `ended_at` is None while it is open, and where a crash cut it short.
    """

    trace_id: str
    span_id: str
    name: str
    started_at: datetime
    job_id: str | None = None
    parent_id: str | None = None
    kind: str = ""
    status: SpanStatus = "open"
    ended_at: datetime | None = None
    duration_ms: float | None = None
    ffmpeg_args: Sequence[str] | None = None
    render_time_ms: float | None = None
    cpu_s: float | None = None
    gpu: JsonValue = None
    logs: str | None = None
    payload_in: JsonValue = None
    payload_out: JsonValue = None
    attributes: Mapping[str, JsonValue] = field(default_factory=dict)
    is_failure: bool = False


SpanSink = Callable[[Sequence[SpanRecord]], None]
"""Stores a batch, in the writer's thread; a span that is stored already is replaced."""


def new_trace_id() -> str:
    """An id for a new job's trace: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def start_tracing(sink: SpanSink | None, settings: Settings) -> Tracing:
    """Exports spans to *sink*, and by OTLP where the settings or `OTEL_…` variables name an endpoint.

    With neither, jobs are not traced.
    """
    from agent.tracing_export import Export, secrets_of

    return Tracing(Export.start(sink, settings.otlp_endpoint), secrets_of(settings))


class Tracing:
    """Where the spans of this process's jobs go; to be closed."""

    def __init__(self, export: Export | None, known_secrets: Sequence[str] = ()) -> None:
        self._export = export
        self._secrets = known_secrets

    @contextmanager
    def job_trace(self, job_id: str, trace_id: str, **attributes: AttributeValue) -> Iterator[Span]:
        """The root of what is done now for a job; one of several roots if the job was taken up again.

        Every `span` within, also in tasks and threads that are started there, is part of this trace.
        """
        if self._export is None:
            yield _SILENT
            return
        job = _Job(self._export, job_id, trace_id, self._secrets)
        # A span of somebody else's that is under way is no parent: the trace is the job's own.
        alone = trace.set_span_in_context(trace.INVALID_SPAN)
        token = otel_context.attach(otel_context.set_value(_JOB_KEY, job, alone))
        try:
            with span("job", kind="job", **attributes) as root:
                yield root
        finally:
            otel_context.detach(token)

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Whether all that is known was stored in time. Waits: for any thread but an event loop's."""
        return self._export is None or self._export.flush(timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Stores what is left and ends the export. Waits: for any thread but an event loop's."""
        if self._export is not None:
            self._export.close(timeout_s)


@contextmanager
def span(name: str, /, *, kind: SpanKind, **attributes: AttributeValue) -> Iterator[Span]:
    """A timed piece of work, and the parent of spans that begin within; an exception is its failure."""
    with leaf_span(name, kind=kind, **attributes) as opened:
        token = otel_context.attach(opened.as_parent())
        try:
            yield opened
        finally:
            otel_context.detach(token)


@contextmanager
def leaf_span(name: str, /, *, kind: SpanKind, **attributes: AttributeValue) -> Iterator[Span]:
    """A `span` with nothing under it: the kind for generators, which run in the context of their callers."""
    job = _current_job()
    if job is None:
        yield _SILENT
        return
    opened = job.open(name, kind, attributes)
    try:
        yield opened
    except GeneratorExit:
        raise
    except (asyncio.CancelledError, Cancelled, KeyboardInterrupt):
        opened.set(**{CANCELLED: True})
        raise
    except BaseException as exc:
        opened.fail(exc)
        raise
    finally:
        opened.end()


class Span:
    """A piece of work that is under way."""

    def __init__(self, otel_span: trace.Span, known_secrets: Sequence[str] = ()) -> None:
        self._otel = otel_span
        self._secrets = known_secrets

    @property
    def is_recorded(self) -> bool:
        """Whether anything that is noted is kept."""
        return self._otel.is_recording()

    def set(self, **attributes: AttributeValue) -> None:
        """Notes what is known now; None is left out, secrets of the settings are taken out."""
        if self.is_recorded:
            self._otel.set_attributes(_plain(attributes, self._secrets))

    def add_payload(self, *, in_: JsonValue = None, out: JsonValue = None) -> None:
        """Notes what the work was given and what came of it, each cut to `LONGEST_PAYLOAD_CHARS`."""
        if not self.is_recorded:
            return
        for key, value in ((PAYLOAD_IN, in_), (PAYLOAD_OUT, out)):
            if value is not None:
                self._otel.set_attribute(key, _clean(_as_json(value), self._secrets))

    def fail(self, why: BaseException | str) -> None:
        """Marks the work as failed; for a failure that is no exception, too."""
        if self.is_recorded:
            said = why if isinstance(why, str) else f"{type(why).__name__}: {why}"
            told = _clean(said, self._secrets)[:LONGEST_TEXT_CHARS]
            self._otel.set_status(trace.Status(trace.StatusCode.ERROR, told))

    def end(self) -> None:
        """Ends the time that is counted."""
        self._otel.end()

    def as_parent(self) -> otel_context.Context:
        """The current context with this span as the one that others begin under."""
        if not self.is_recorded:
            return otel_context.get_current()
        return trace.set_span_in_context(self._otel)


_SILENT = Span(trace.INVALID_SPAN)
_JOB_KEY = otel_context.create_key("roughcut-job")


@dataclass(frozen=True)
class _Job:
    export: Export
    job_id: str
    trace_id: str
    secrets: Sequence[str]

    def open(self, name: str, kind: SpanKind, attributes: Mapping[str, AttributeValue]) -> Span:
        known = _plain({KIND: kind, JOB_ID: self.job_id, **attributes}, self.secrets)
        return Span(self.export.tracer.start_span(name, attributes=known), self.secrets)


def _current_job() -> _Job | None:
    job = otel_context.get_value(_JOB_KEY)
    return job if isinstance(job, _Job) else None


def current_span() -> Span:
    """The innermost `span` that is under way here; one that keeps nothing outside of a traced job."""
    job = _current_job()
    return Span(trace.get_current_span(), job.secrets) if job else _SILENT


def current_trace_id() -> str | None:
    """The trace id of the job in whose context this is called."""
    job = _current_job()
    return job.trace_id if job else None


def _plain(attributes: Mapping[str, AttributeValue], known_secrets: Sequence[str]) -> dict[str, _OtelValue]:
    """Values as OpenTelemetry takes them: texts are cut and cleaned, mappings are JSON."""
    plain: dict[str, _OtelValue] = {}
    for name, value in attributes.items():
        if isinstance(value, Mapping):
            plain[name] = _clean(_as_json(value), known_secrets)
        elif isinstance(value, str):
            plain[name] = _clean(value, known_secrets)[:LONGEST_TEXT_CHARS]
        elif isinstance(value, bool | int | float):
            plain[name] = value
        elif value is not None:
            plain[name] = [_clean(text, known_secrets) for text in value]
    return plain


def _as_json(value: object) -> str:
    """Valid JSON also where it is cut: then an object with the beginning."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= LONGEST_PAYLOAD_CHARS:
        return text
    return json.dumps(
        {"cut_from_chars": len(text), "beginning": text[:LONGEST_PAYLOAD_CHARS]}, ensure_ascii=False
    )


def _clean(text: str, known_secrets: Sequence[str]) -> str:
    """Without secrets, and without the half characters that names of files may hold."""
    for secret in known_secrets:
        text = text.replace(secret, "***")
    return text.encode(errors="replace").decode()
