"""A node's numbers for Prometheus, read from the node itself whenever they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from browser_pool.node import Node

_PREFIX = "roughcut_pool_"


def registry_of(node: Node) -> CollectorRegistry:
    """What there is to tell of *node* now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_NodeCollector(node))
    return registry


class _NodeCollector(Collector):
    def __init__(self, node: Node) -> None:
        self._node = node

    def collect(self) -> Iterator[Metric]:
        yield from self._slots()
        yield from self._machine()
        yield from self._counts()
        yield from self._sessions()

    def _slots(self) -> Iterator[Metric]:
        now = self._node.pressure()
        yield _gauge("slots", "Sessions that the node can have at once.", now.max_sessions)
        yield _gauge("slots_free", "Slots that nobody holds.", now.free)
        yield _gauge("queued", "Requests that wait for a slot.", now.queued)
        yield _gauge("warm_browsers", "Browsers that wait for a session.", now.warm)
        yield _gauge("available", "1 if another session would be taken now.", now.available)
        yield _gauge("draining", "1 while the node drains.", now.draining)

    def _machine(self) -> Iterator[Metric]:
        now = self._node.pressure()
        yield _gauge("cpu_ratio", "Smoothed load of all cores.", now.cpu_pct / 100)
        yield _gauge("memory_ratio", "Memory in use.", now.mem_pct / 100)
        yield _gauge("disk_free_bytes", "Free disk where the sessions are.", now.disk_free_bytes)
        if now.gpu_mem_pct is not None:
            yield _gauge("gpu_memory_ratio", "Memory in use of the fullest GPU.", now.gpu_mem_pct / 100)

    def _counts(self) -> Iterator[Metric]:
        tally = self._node.tally
        yield CounterMetricFamily(_PREFIX + "created", "Sessions created.", value=tally.created)
        yield _by_label("ended", "Sessions ended.", "reason", {str(r): n for r, n in tally.ended.items()})
        yield _by_label("rejected", "Requests for a session refused.", "code", tally.rejected)
        yield SummaryMetricFamily(
            _PREFIX + "launch_seconds",
            "From slot to browser.",
            count_value=tally.launches,
            sum_value=tally.launch_s_sum,
        )

    def _sessions(self) -> Iterator[Metric]:
        live = self._node.live
        sessions = GaugeMetricFamily(_PREFIX + "sessions", "Sessions by status.", labels=["status"])
        for status, count in Counter(lease.status for lease in live).items():
            sessions.add_metric([status], count)
        yield sessions
        usages = [lease.usage for lease in live if lease.usage]
        yield _gauge(
            "sessions_pss_bytes", "Memory of all sessions.", sum(usage.pss_mb for usage in usages) * (1 << 20)
        )
        yield _gauge("clients", "Connected CDP clients.", sum(len(lease.presence) for lease in live))


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, documentation, value=value)


def _by_label(name: str, documentation: str, label: str, counts: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(_PREFIX + name, documentation, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
