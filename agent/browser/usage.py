"""What work costs in the browser, as the browser itself counts it, wherever it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from agent.browser.cdp import CdpError, CdpTimeout
from agent.browser.protocol import GpuReport
from agent.tracing import current_span
from browser_pool.chromium.cdp import CdpConnection


@asynccontextmanager
async def usage_noted(connection: CdpConnection, gpu: GpuReport) -> AsyncIterator[None]:
    """Notes on the span under way the CPU time that all processes of the browser spend within.

    In a browser that others use too, theirs is counted as well. Also noted is what the page draws with.
    """
    traced = current_span()
    if not traced.is_recorded:
        yield
        return
    before = await _cpu_s(connection)
    yield
    after = await _cpu_s(connection)
    spent_s = sum(cpu_s - before.get(process, 0.0) for process, cpu_s in after.items())
    traced.set(cpu_s=round(spent_s, 3) if before and after else None, gpu=gpu.model_dump())


async def _cpu_s(connection: CdpConnection) -> dict[int, float]:
    """By process; nothing in a browser that does not say."""
    with suppress(CdpError, CdpTimeout):
        told = await connection.call("SystemInfo.getProcessInfo")
        return {process["id"]: process["cpuTime"] for process in told["processInfo"]}
    return {}
