"""Numbers for Prometheus: requests as this process counts them, jobs as the database has them when asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from agent.domain import JobStatus
from agent.store import executors, usage
from agent.store.database import Database

_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600)
_JOB_SECONDS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400)
_LATE = timedelta(minutes=10)
"""How late the end of a job may be seen: machines' clocks differ, and a transaction takes its time."""


@dataclass(frozen=True)
class JobFigures:
    """The jobs of the whole database, at one moment."""

    by_status: Mapping[JobStatus, int]
    waiting_s: float
    workers: int


class Metrics:
    """What one server has to tell."""

    def __init__(self, lease_s: float) -> None:
        self._lease_s = lease_s
        self._registry = CollectorRegistry(auto_describe=False)
        self.requests = Counter(
            "roughcut_http_requests",
            "Requests answered.",
            ["method", "path", "status"],
            registry=self._registry,
        )
        self.request_seconds = Histogram(
            "roughcut_http_request_seconds",
            "From a request to the end of its answer.",
            ["method", "path"],
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self.listeners = Gauge(
            "roughcut_event_listeners", "Clients that follow a job now.", registry=self._registry
        )
        self.uploaded_bytes = Counter(
            "roughcut_uploaded_bytes", "Bytes of uploads that were accepted.", registry=self._registry
        )
        self._job_seconds = Histogram(
            "roughcut_job_seconds",
            "From the start of a job to its end, of jobs that ended while this server ran.",
            ["status"],
            buckets=_JOB_SECONDS,
            registry=self._registry,
        )
        self._started_at = self._asked_at = datetime.now(UTC)
        self._seen: dict[str, datetime] = {}

    async def text(self, database: Database) -> bytes:
        """Everything, in Prometheus' format."""
        now = datetime.now(UTC)
        since = max(self._started_at, self._asked_at - _LATE)
        self._observe(await database.run(partial(usage.ended_since, since=since)), now)
        self._asked_at = now
        figures = await database.run(partial(_job_figures, lease_s=self._lease_s, now=now))
        momentary = CollectorRegistry(auto_describe=False)
        momentary.register(_JobCollector(figures))
        return generate_latest(self._registry) + generate_latest(momentary)

    def _observe(self, ended: list[usage.EndedJob], now: datetime) -> None:
        """Counts each job once, however often it is seen."""
        for job in ended:
            if job.id not in self._seen:
                self._job_seconds.labels(job.status).observe(job.seconds)
            self._seen[job.id] = now
        self._seen = {job_id: at for job_id, at in self._seen.items() if at == now}


class _JobCollector(Collector):
    def __init__(self, figures: JobFigures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("roughcut_jobs", "Jobs by status.", labels=["status"])
        for status, count in self._figures.by_status.items():
            jobs.add_metric([status], count)
        yield jobs
        waiting = self._figures.by_status[JobStatus.PENDING]
        yield GaugeMetricFamily("roughcut_queue_depth", "Jobs that wait for a worker.", value=waiting)
        yield GaugeMetricFamily(
            "roughcut_queue_oldest_seconds",
            "How long the first of them has waited.",
            value=self._figures.waiting_s,
        )
        yield GaugeMetricFamily(
            "roughcut_workers", "Processes that run jobs, and live.", value=self._figures.workers
        )


def _job_figures(session: Session, lease_s: float, now: datetime) -> JobFigures:
    oldest = usage.oldest_pending(session)
    return JobFigures(
        by_status=usage.jobs_by_status(session),
        waiting_s=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        workers=len(executors.live(session, lease_s=lease_s)),
    )
