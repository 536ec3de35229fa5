"""How sessions come and go.

`open` claims a slot; then a browser is taken or started and watched until it exits. Whatever ends a session
first goes through `end`, which acts once: the session is out of the table before anything is awaited, then
its browser is ended, and only then its slot is free.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from browser_pool.clock import Clock
from browser_pool.errors import LaunchFailed, PoolError
from browser_pool.ids import new_session_id
from browser_pool.lease import Lease
from browser_pool.lifecycle import EndReason
from browser_pool.schemas import SessionRequest
from browser_pool.session import BrowserSession
from browser_pool.settings import PoolSettings
from browser_pool.slots import Slots
from browser_pool.spec import spec_for
from browser_pool.tally import Tally
from browser_pool.tenants import Tenant
from browser_pool.tombstones import Tombstones
from browser_pool.uploads import UploadLimits
from browser_pool.warm import StartBrowser, WarmBrowsers

log = logging.getLogger(__name__)


class Lending:
    """The sessions of a node, from their claim on a slot until nothing is left of them but a tombstone."""

    def __init__(self, settings: PoolSettings, start: StartBrowser, clock: Clock, tally: Tally) -> None:
        self.slots = Slots(settings.max_sessions, settings.max_queue)
        self.warm = WarmBrowsers(start, spec_for(SessionRequest(), settings), settings.warm_browsers, clock)
        self._settings = settings
        self._start = start
        self._clock = clock
        self._tally = tally
        self._launching = asyncio.Semaphore(settings.parallel_launches)
        self._live: dict[str, Lease] = {}
        self._lives: dict[str, asyncio.Task[None]] = {}
        self._endings: dict[str, asyncio.Task[None]] = {}
        self._tombstones = Tombstones[Lease](settings.tombstone_s)

    @property
    def live(self) -> list[Lease]:
        """Sessions that have not begun to end."""
        return list(self._live.values())

    def __iter__(self) -> Iterator[Lease]:
        """Every session that is known: ended ones first, then the living."""
        yield from self._tombstones
        yield from self.live

    def get(self, session_id: str) -> Lease | None:
        """The session with that id, if it is known."""
        return self._live.get(session_id) or self._tombstones.get(session_id)

    def open(self, request: SessionRequest, tenant: Tenant) -> Lease:
        """A session that has a slot or waits for one, and gets its browser in the background.

        Raises `NoSlot`, `QuotaExceeded` or `Unprocessable`, and then there is none.
        """
        spec = spec_for(request, self._settings)
        claim = self.slots.claim(tenant.name, quota=tenant.max_sessions, may_wait=request.wait_s > 0)
        lease = Lease(new_session_id(self._settings.node), tenant.name, request, spec, claim, self._clock)
        self._live[lease.id] = lease
        self._lives[lease.id] = asyncio.create_task(self._live_through(lease))
        return lease

    def end(self, lease: Lease, reason: EndReason, failure: PoolError | None = None) -> None:
        """Begin to end the session; nothing to do if something else has."""
        if lease.id not in self._live:
            return
        del self._live[lease.id]
        self._tombstones.add(lease.id, lease, self._clock.monotonic())
        lease.end(reason, failure)
        self._endings[lease.id] = asyncio.create_task(self._finish(lease))

    async def ended(self, lease: Lease) -> None:
        """Return once nothing is left of a session that has begun to end."""
        if ending := self._endings.get(lease.id):
            await asyncio.shield(ending)

    async def emptied(self) -> None:
        """Return once there is no session any more."""
        while tasks := {*self._lives.values(), *self._endings.values()}:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)

    def keep_house(self) -> None:
        """Forget old tombstones, and start warm browsers where slots are free."""
        self._tombstones.forget_old(self._clock.monotonic())
        self.warm.fill(self.slots.free - len(self.warm))

    async def _live_through(self, lease: Lease) -> None:
        try:
            browser = await self._browser_for(lease)
        except PoolError as exc:
            if isinstance(exc, LaunchFailed):
                self._tally.launch_failed(self._clock.monotonic())
            self.end(lease, EndReason.LAUNCH_FAILED, exc)
            return
        except Exception:  # whatever it is, the slot has to come back
            log.exception("session did not start", extra={"action": "start_failed", "session_id": lease.id})
            self.end(lease, EndReason.LAUNCH_FAILED, LaunchFailed("The browser could not be started."))
            return
        lease.ready(browser, _upload_limits(self._settings), max_lifetime_s=self._settings.max_lifetime_s)
        self._tally.launched(lease.launch_s or 0.0)
        await browser.exited.wait()
        self.end(lease, browser.exit_reason or EndReason.BROWSER_CRASHED)

    async def _browser_for(self, lease: Lease) -> BrowserSession:
        await lease.claim.granted(wait_s=min(lease.request.wait_s, self._settings.max_wait_s))
        lease.starting()
        async with self._launching:
            if warm := await self.warm.take(lease.spec):
                return warm
            while len(self.warm) and self.slots.used + len(self.warm) > self.slots.capacity:
                await self.warm.make_room()
            return await self._start(lease.spec)

    async def _finish(self, lease: Lease) -> None:
        life = self._lives[lease.id]
        life.cancel()
        await asyncio.wait([life])
        try:
            if lease.running:
                await lease.running.browser.end()
        except Exception:  # whatever it is, the slot has to come back
            log.exception("browser did not end", extra={"action": "end_failed", "session_id": lease.id})
        finally:
            lease.claim.release()
            lease.ended()
            del self._lives[lease.id], self._endings[lease.id]
            self._tell(lease)

    def _tell(self, lease: Lease) -> None:
        assert lease.end_reason
        self._tally.ended[lease.end_reason] += 1
        log.info(
            "session ended",
            extra={"action": "session_ended", "session_id": lease.id, "end_reason": lease.end_reason},
        )


def _upload_limits(settings: PoolSettings) -> UploadLimits:
    return UploadLimits(
        file_bytes=settings.upload_bytes,
        session_bytes=settings.session_disk_bytes,
        min_free_disk_bytes=settings.min_free_disk_bytes,
    )
