"""Spans by OTLP over HTTP, as a collector gets them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from agent.settings import Settings
from agent.tracing import SpanRecord, leaf_span, new_trace_id, span, start_tracing


class Collector(ThreadingHTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, ExportTraceServiceRequest]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self) -> dict[str, ProtoSpan]:
        """By name."""
        return {
            found.name: found
            for _, request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for found in scope.spans
        }


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, ExportTraceServiceRequest.FromString(body)))
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on the loopback."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(20)


def attributes(found: ProtoSpan) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in found.attributes}


def traced_job(settings: Settings) -> tuple[str, list[SpanRecord]]:
    """A small job with a failure: its trace id, and what was stored of it."""
    stored: list[SpanRecord] = []
    tracing = start_tracing(stored.extend, settings)
    trace_id = new_trace_id()
    with tracing.job_trace("job-1", trace_id, attempt=1), span("compose", kind="stage") as compose:
        compose.add_payload(in_={"request": "Cut it."})
        with leaf_span("ffmpeg", kind="ffmpeg", ffmpeg_args=["ffmpeg", "-i", "n\udce4me.mp4"]) as ffmpeg:
            ffmpeg.fail("no such file")
    tracing.close(20)
    return trace_id, stored


def test_a_collector_gets_the_spans_of_the_table(collector: Collector):
    """The same ids, parents, times and attributes; at the usual path below the address that is set."""
    trace_id, stored = traced_job(Settings(_env_file=None, otlp_endpoint=collector.url))

    sent = collector.spans()
    assert {path for path, _ in collector.requests} == {"/v1/traces"}
    ended = {record.name: record for record in stored if record.ended_at}
    assert {name: found.span_id.hex() for name, found in sent.items()} == {
        name: record.span_id for name, record in ended.items()
    }
    assert {found.trace_id.hex() for found in sent.values()} == {trace_id}
    assert sent["ffmpeg"].parent_span_id == sent["compose"].span_id
    assert sent["ffmpeg"].status.code == Status.STATUS_CODE_ERROR
    assert sent["ffmpeg"].status.message == "no such file"
    assert attributes(sent["compose"])["roughcut.job_id"] == "job-1"
    assert attributes(sent["compose"])["roughcut.payload.in"] == '{"request": "Cut it."}'
    whole_ms = (sent["job"].end_time_unix_nano - sent["job"].start_time_unix_nano) / 1e6
    assert ended["job"].duration_ms == pytest.approx(whole_ms)


def test_the_variables_of_opentelemetry_are_heeded(collector: Collector, monkeypatch: pytest.MonkeyPatch):
    """Where a collector is known to everything else on the machine, it is known to us."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)

    traced_job(Settings(_env_file=None))

    assert set(collector.spans()) == {"job", "compose", "ffmpeg"}


def test_a_collector_that_is_down_costs_no_job(collector: Collector):
    """The table has everything, and closing comes to an end."""
    collector.server_close()

    _, stored = traced_job(Settings(_env_file=None, otlp_endpoint=collector.url))

    assert {record.name for record in stored if record.ended_at} == {"job", "compose", "ffmpeg"}
