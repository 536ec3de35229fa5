"""A node: takes requests for browser sessions, watches their time, and ends them all before it goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from browser_pool.background import every
from browser_pool.clock import Clock, SystemClock
from browser_pool.errors import Forbidden, NoSlot, NotFound, PoolError, SessionEnded
from browser_pool.idempotency import OncePerKey
from browser_pool.ids import node_of
from browser_pool.lease import Lease
from browser_pool.lending import Lending
from browser_pool.lifecycle import EndReason
from browser_pool.load import Ceilings, LoadMeter
from browser_pool.relay.route import Link
from browser_pool.schemas import PressureReason, PressureView, SessionRequest
from browser_pool.settings import PoolSettings
from browser_pool.tally import Tally
from browser_pool.tenants import Tenant
from browser_pool.timers import Attendance
from browser_pool.warm import StartBrowser

log = logging.getLogger(__name__)

_TICK_S = 0.25
_MEASURE_MACHINE_S = 2.0
_MEASURE_SESSIONS_S = 10.0  # asking the kernel costs 20 ms of a core for each session
_USAGE_TIMEOUT_S = 5.0
_DRAINING_RETRY_S = 30.0
_OVERLOADED_RETRY_S = 5.0


class Node:
    """The sessions of one machine; used with `async with`, which ends all of them on the way out."""

    def __init__(
        self, settings: PoolSettings, start: StartBrowser, *, disk: Path, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.tally = Tally()
        self._lending = Lending(settings, start, self.clock, self.tally)
        self._once = OncePerKey[Lease](settings.tombstone_s)
        self._meter = LoadMeter(disk, _ceilings(settings))
        self._draining: asyncio.Task[None] | None = None
        self._background: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Watch the timers and the machine from now on."""
        self._background = [
            asyncio.create_task(every(_TICK_S, self.tick)),
            asyncio.create_task(every(_MEASURE_MACHINE_S, self.measure_machine)),
            asyncio.create_task(every(_MEASURE_SESSIONS_S, self.measure_sessions)),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every session and every browser."""
        self.drain(deadline_s=0)
        await self.drained()
        for task in self._background:
            task.cancel()
        await asyncio.wait(self._background)

    async def create(
        self, request: SessionRequest, tenant: Tenant, idempotency_key: str | None = None
    ) -> Lease:
        """A session with a running browser, or, if *request* is `async`, one that will have it.

        Raises `NoSlot`, `QuotaExceeded`, `LaunchFailed` and the like, and then it holds no slot. Cancelled,
        it gives everything back. With an *idempotency_key* it is created once, however often asked for.
        """
        if idempotency_key is None:
            return await self._create(request, tenant)
        return await self._once.run(
            (tenant.name, idempotency_key),
            request,
            lambda: self._create(request, tenant),
            self.clock.monotonic(),
        )

    def get(self, session_id: str, tenant: Tenant | None = None) -> Lease:
        """The session, also one that ended within the last hour.

        Raises `BadRequest` or `NotFound`, and `Forbidden` if it is not *tenant*'s; None asks for the node.
        """
        if node_of(session_id) != self.settings.node:
            raise NotFound(f"The session is not of this node, {self.settings.node}.", code="unknown_node")
        lease = self._lending.get(session_id)
        if lease is None:
            raise NotFound("There is no such session.", code="session_not_found")
        if tenant and not tenant.owns(lease.tenant):
            raise Forbidden("The session belongs to another key.", code="foreign_session")
        return lease

    def sessions(self, tenant: Tenant) -> Iterator[Lease]:
        """Those of *tenant*, newest first, with those that ended within the last hour."""
        known = sorted(self._lending, key=lambda lease: lease.created_at, reverse=True)
        return (lease for lease in known if tenant.owns(lease.tenant))

    @property
    def live(self) -> list[Lease]:
        """All sessions that have not begun to end."""
        return self._lending.live

    async def release(self, lease: Lease) -> None:
        """End the session; return when nothing is left of it, also if something else ends it already."""
        self._lending.end(lease, EndReason.RELEASED)
        await self._lending.ended(lease)

    def client_closed(self, lease: Lease) -> None:
        """A client is done with the browser: the session ends, unless it is to be kept alive."""
        if not lease.request.keep_alive:
            self._lending.end(lease, EndReason.CLIENT_CLOSED)

    @property
    def browser_product(self) -> str | None:
        """Name and version of the browser of the latest session; None before the first."""
        known = [lease.facts for lease in self._lending if lease.facts]
        return known[-1].product if known else None

    def extend(self, lease: Lease, timeout_s: float) -> None:
        """Let the session live for *timeout_s* from now, within the node's `max_lifetime_s`."""
        lease.extend(timeout_s, max_lifetime_s=self.settings.max_lifetime_s)

    async def reset(self, lease: Lease) -> None:
        """Replace the session's pages, hung ones included, by a fresh one."""
        await lease.usable().browser.reset()
        lease.reset()

    def leave(self, lease: Lease, link: Link, *, clean: bool) -> None:
        """A client has left: for good, or to come back within the grace."""
        lease.leave(link, clean=clean)
        if lease.presence.attendance is Attendance.CLOSED:
            self.client_closed(lease)
        self._end_if_over(lease)

    def drain(self, deadline_s: float) -> None:
        """Take no more sessions, and end those that are still there after *deadline_s*."""
        self._lending.slots.close(
            NoSlot("The node is draining.", code="draining", retry_after_s=_DRAINING_RETRY_S)
        )
        for lease in self.live:
            lease.tell_end_soon(EndReason.DRAINED, deadline_s)
        if self._draining:
            self._draining.cancel()
        self._draining = asyncio.create_task(self._drain(deadline_s))
        log.info("node drains", extra={"action": "drain", "deadline_s": deadline_s})

    async def drained(self) -> None:
        """Return once no session and no browser is left; at once if the node does not drain."""
        while (draining := self._draining) and not draining.done():
            await asyncio.wait([draining])

    def resume(self) -> None:
        """Take sessions again."""
        if self._draining:
            self._draining.cancel()
        self._draining = None
        self._lending.slots.reopen()

    def pressure(self) -> PressureView:
        """Whether it takes another session, and the numbers behind it."""
        lending, load = self._lending, self._meter.load
        reason = self._refusal_reason()
        launch_p50_s = self.tally.launch_p50_s
        return PressureView(
            available=reason == "none",
            reason=reason,
            running=lending.slots.used,
            queued=lending.slots.queued,
            warm=lending.warm.ready,
            max_sessions=lending.slots.capacity,
            max_queue=lending.slots.max_queue,
            free=lending.slots.free,
            cpu_pct=round(load.cpu_pct, 1),
            mem_pct=load.mem_pct,
            gpu_mem_pct=load.gpu_mem_pct,
            disk_free_bytes=load.disk_free_bytes,
            recently_rejected=self.tally.recently_rejected(self.clock.monotonic()),
            launch_p50_ms=None if launch_p50_s is None else round(1000 * launch_p50_s, 1),
            draining=self._draining is not None,
        )

    async def tick(self) -> None:
        """End sessions whose time is up, and forget what is old."""
        for lease in self.live:
            self._end_if_over(lease)
        self._once.forget_old(self.clock.monotonic())
        if not self._draining:
            self._lending.keep_house()

    async def measure_machine(self) -> None:
        """Read the machine's load."""
        await self._meter.read()

    async def measure_sessions(self) -> None:
        """Read what each session uses; one that does not tell holds up none."""
        await asyncio.gather(*(_read_usage(lease) for lease in self.live))

    async def _create(self, request: SessionRequest, tenant: Tenant) -> Lease:
        lease = self._open(request, tenant)
        if request.run_async:
            return lease
        try:
            await lease.decided.wait()
        except asyncio.CancelledError:
            self._lending.end(lease, EndReason.CLIENT_CLOSED)
            raise
        if lease.end_reason:
            await self._lending.ended(lease)
            raise lease.failure or SessionEnded(lease.id, lease.end_reason)
        return lease

    def _open(self, request: SessionRequest, tenant: Tenant) -> Lease:
        try:
            if self._meter.overload and not self._draining:
                raise NoSlot(
                    f"The node has too little left of: {self._meter.overload}.",
                    code="overloaded",
                    retry_after_s=_OVERLOADED_RETRY_S,
                )
            lease = self._lending.open(request, tenant)
        except PoolError as exc:
            self.tally.reject(exc.code, self.clock.monotonic())
            raise
        self.tally.created += 1
        return lease

    def _end_if_over(self, lease: Lease) -> None:
        if reason := lease.time_up():
            self._lending.end(lease, reason)

    async def _drain(self, deadline_s: float) -> None:
        await self._lending.warm.close()
        try:
            async with asyncio.timeout(deadline_s):
                await self._lending.emptied()
        except TimeoutError:
            for lease in self.live:
                self._lending.end(lease, EndReason.DRAINED)
            await self._lending.emptied()

    def _refusal_reason(self) -> PressureReason:
        if self._draining:
            return "draining"
        slots = self._lending.slots
        if self.tally.launches_fail(self.clock.monotonic()):
            return "launches"
        return self._meter.overload or ("none" if slots.free > slots.queued else "full")


async def _read_usage(lease: Lease) -> None:
    try:
        async with asyncio.timeout(_USAGE_TIMEOUT_S):
            lease.usage = await lease.usable().browser.usage()
    except (PoolError, OSError, TimeoutError):
        # It is starting, ending or gone: what was read before stays.
        log.debug("usage not read", extra={"action": "usage_unread", "session_id": lease.id})


def _ceilings(settings: PoolSettings) -> Ceilings:
    return Ceilings(
        cpu_pct=settings.max_cpu_pct,
        mem_pct=settings.max_mem_pct,
        gpu_mem_pct=settings.max_gpu_mem_pct,
        min_free_disk_bytes=settings.min_free_disk_bytes,
    )
